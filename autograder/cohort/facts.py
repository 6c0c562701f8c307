"""The facts about a class: inventory, results, ledger, marks and grades. Each file is read once."""

from __future__ import annotations

import difflib
from functools import cached_property
from pathlib import Path

from autograder.errors import UsageError
from autograder.grades import extensions, inventory, overrides, policy
from autograder.grades.inventory import Inventory
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade, HandMark
from autograder.grades.store import Store
from autograder.records.assignment import Assignment
from autograder.records.results import Result


class Facts:
    """The facts in a class's folder, each read when first needed. Every change goes through this class."""

    def __init__(self, out: Path, assignment: Assignment) -> None:
        self.out, self.assignment, self.store = out, assignment, Store(out)
        self._grades: dict[bool, dict[str, Grade]] = {}

    @cached_property
    def inventory(self) -> Inventory:
        """The sources and roster of the class. Raises UsageError if its file cannot be read."""
        return inventory.read(self.out)

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The ledger. Raises UsageError that names a malformed line."""
        return overrides.read(self.out)

    @cached_property
    def marks(self) -> dict[str, dict[str, HandMark]]:
        """The marks by hand, by submission and question. Raises UsageError if they cannot be read."""
        from autograder import gradebook

        return gradebook.marks_in(self.out, self.assignment)

    @cached_property
    def suite(self) -> str:
        """The hash of the current suite, which up-to-date results carry."""
        from autograder import grading

        return grading.suite_hash(self.assignment, grading.OFFICIAL)

    def results(self) -> list[Result]:
        """Return the results that count, by id. Raises UsageError if there are none."""
        results = self.store.everything()
        if not results:
            raise UsageError(f"{self.out}: expected a folder with results, got none; grade first")
        return results

    def grades(self, written: bool = True) -> dict[str, Grade]:
        """Return the grades by id, computed once; see policy.grade_of.

        Raises AssignmentError if an extension fits no student, or several.
        """
        if written not in self._grades:
            self.lost_extensions()
            facts = (self.results(), self.assignment, self.changes, self.marks)
            self._grades[written] = policy.grades_of(*facts, written)
        return self._grades[written]

    def lost_extensions(self) -> tuple[str, ...]:
        """Return the extensions that fit nobody so far. Raises AssignmentError; see extensions.check."""
        infos = [result.submission for result in self.results()]
        whole = sum(source.count for source in self.inventory.sources) <= len(infos)
        return extensions.check(self.assignment.late, infos, self.inventory.students, whole)

    def set_inventory(self, new: Inventory) -> None:
        """Replace the inventory, and write it."""
        inventory.write(new, self.out)
        self.inventory = new

    def add(self, change: Change, result: Result) -> Grade:
        """Append a change to the ledger; return the new grade of `result`. Other grades stay as they are."""
        overrides.append(change, self.assignment, self.out)
        self.changes = (*self.changes, change)
        name = result.submission.id
        after = policy.grade_of(result, self.assignment, self.changes, self.marks.get(name))
        self._grades = {True: {**self.grades(), name: after}}
        return after

    def forget_grades(self) -> None:
        """Drop marks and grades after results or the gradebook changed: the next use reads them again."""
        self.__dict__.pop("marks", None)
        self._grades = {}

    def one(self, who: str) -> Result:
        """Return the result that `who`, part of an id, name or email, matches.

        Raises UsageError if none or several match.
        """
        results = self.results()
        exact = [result for result in results if result.submission.id == who]
        part = who.casefold()
        likely = exact or [r for r in results if any(part in name.casefold() for name in _names(r))]
        if len(likely) == 1:
            return likely[0]
        if likely:
            names = ", ".join(r.submission.id for r in likely)
            raise UsageError(f"{who!r} matches several students; name one of {names}")
        near = difflib.get_close_matches(who, [name for r in results for name in _names(r)], 1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise UsageError(f"no student {who!r} in {self.out}{hint}")


def _names(result: Result) -> list[str]:
    info = result.submission
    members = [name for m in info.members for name in (m.name, m.id, m.email) if name]
    return [info.id, info.student, *members]
