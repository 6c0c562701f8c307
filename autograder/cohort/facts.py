"""The facts about a class: inventory, results, ledger, marks and grades. Each file is read once."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from autograder.cohort import who
from autograder.errors import UsageError
from autograder.grades import inventory, overrides, policy
from autograder.grades.inventory import Inventory
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade, HandMark
from autograder.grades.store import Store
from autograder.records import choices
from autograder.records.assignment import Assignment
from autograder.records.choices import Choice
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
    def choices(self) -> tuple[Choice, ...]:
        """The choices among several files. Raises UsageError that names a malformed line."""
        return choices.read(self.out)

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
        """Return the grades by id, computed once; see policy.grade_of."""
        if written not in self._grades:
            facts = (self.results(), self.assignment, self.changes, self.marks)
            self._grades[written] = policy.grades_of(*facts, written)
        return self._grades[written]

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

    def one(self, name: str) -> Result:
        """Return the result of the student whom `name` means. Raises UsageError; see who.one."""
        results = {result.submission.id: result for result in self.results()}
        class_ = [result.submission for result in results.values()]
        return results[who.one(name, class_, self.inventory.students, self.out).id]
