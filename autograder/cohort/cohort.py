"""A class in a folder, for one assignment: grades, regrades, overrides, publishes and exports.

`Cohort` reports progress to a `Listener`, returns records, and prints nothing. Each method imports what only
it needs: `show` does not wait for the judge, and `grade` starts the judge's processes before other imports.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cohort.facts import Facts
from autograder.cohort.listener import Listener
from autograder.cohort.records import (
    Back,
    Chosen,
    Format,
    Graded,
    How,
    Overridden,
    Regraded,
    Sent,
    Settled,
    Student,
    Template,
)
from autograder.errors import UsageError
from autograder.grades import inventory, overrides
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade
from autograder.records import choices
from autograder.records.assignment import Assignment
from autograder.records.choices import Choice
from autograder.records.origin import Kind
from autograder.records.results import Result

if TYPE_CHECKING:
    from autograder.cohort.run import Run
    from autograder.exports.fill import Filled
    from autograder.grades.attention import Need
    from autograder.grading.processes import Pool

QUIET = Listener()


class Cohort:
    """A class in the folder `out`. Reads each fact once, when first needed."""

    def __init__(self, out: Path, assignment: Assignment) -> None:
        self.out, self.assignment = out, assignment
        self._facts = Facts(out, assignment)

    def grade(
        self,
        paths: Sequence[Path],
        how: How,
        kind: Kind = "auto",
        roster: Path | None = None,
        gradebook: str | None = None,
        listener: Listener = QUIET,
    ) -> Graded:
        """Grade what is at `paths` and has no valid result, and publish the whole class.

        Raises UsageError before grading anything, SandboxError and CanaryError if grading is impossible.
        """
        if self.out.exists() and not self.out.is_dir():
            raise UsageError(f"--out {self.out}: expected a folder, got a file; name another")
        self.assignment.require_hidden_checks()
        facts = self._facts
        with _early(facts, how) as pool:
            from autograder.cohort import run
            from autograder.gradebook import course
            from autograder.intake import finding

            roster = roster or run.roster_of(facts)
            known = run.known_of(facts)
            how_read = (kind, roster, facts.choices, known)
            intake = finding.collect(paths, self.assignment, self.out, *how_read)
            listener.found(intake.sources)
            wanted = run.only(intake, how.only)
            course.prepare(self.out, gradebook)
            setting, warning = run.setting_of(facts, how, paths, listener)
            listed = str(roster.absolute()) if roster else None
            found = (intake.sources, listed, intake.students, intake.ids, intake.doubts)
            every = [submission.id for submission in intake.submissions]
            facts.set_inventory(inventory.add(facts.inventory, *found, every))
            return self._grade(run.Run(intake, wanted, setting, warning, how, pool), listener)

    def regrade(self, how: How, listener: Listener = QUIET, dry_run: bool = False) -> Regraded:
        """Regrade submissions whose suite, image or work has changed; with `dry_run`, only report which.

        Raises what `grade` raises.
        """
        from autograder.cohort import run
        from autograder.gradebook import course
        from autograder.grades.regrade import compare
        from autograder.grading import batch

        facts = self._facts
        intake = run.again(facts)
        wanted = run.only(intake, how.only)
        closed = [Path(source.path) for source in facts.inventory.sources]
        setting, warning = run.setting_of(facts, how, closed, listener)
        reasons = batch.why(wanted, setting, facts.store)
        listener.due(reasons)
        if dry_run or not reasons:
            return Regraded(len(wanted), reasons)
        course.prepare(self.out)
        before = {result.submission.id: result for result in facts.store.everything()}
        graded = self._grade(run.Run(intake, wanted, setting, warning, how), listener)
        moved = compare(before, [r for r in facts.results() if r.submission.id in reasons])
        fixed = {name: overrides.standing(facts.changes, name) for name in reasons}
        return Regraded(len(wanted), reasons, graded, moved, fixed)

    def _grade(self, work: Run, listener: Listener) -> Graded:
        from autograder.cohort import run

        outcome = run.grade(self._facts, work, listener)
        needs = self.publish(outcome.before, work.warning)
        wanted = {s.id: outcome.now.get(s.id) or outcome.valid[s.id] for s in work.wanted}
        return Graded(wanted, outcome.now, needs)

    def publish(self, before: Mapping[str, Result] | None = None, warning: str = "") -> tuple[Need, ...]:
        """Write every page, grades.csv and the gradebook's late penalties; return what needs a human.

        `before` contains the results that were just replaced. Raises UsageError if there are no results, or
        if the gradebook cannot be used.
        """
        from autograder.gradebook import course
        from autograder.grades import attention
        from autograder.pages.publish import publish

        facts = self._facts
        results, grades, sources = facts.results(), facts.grades(), facts.inventory
        course.take_off(self.out, self.assignment, grades)
        failures = facts.store.failures(results)
        needs = attention.needs(results, grades, sources, before or {}, failures, facts.suite)
        publish(results, grades, sources, self.assignment, self.out, warning, needs)
        return needs

    def override(self, who: str, what: str, value: str, reason: str, by: str | None = None) -> Overridden:
        """Set a question, the grade or the late days of one student, and write the pages that show it.

        Raises UsageError unless `who` matches exactly one student, or if overrides.append refuses the change.
        """
        facts = self._facts
        result = facts.one(who)
        before = facts.grades()[result.submission.id]
        number = overrides.value_of(what, value, self.assignment)
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        author = by or getpass.getuser()
        change = Change(now, author, before.id, what, number, _value(before, what), reason)
        after = facts.add(change, result)
        self.publish()
        return Overridden(result, before, after, self._page(result))

    def same(self, who: str, rows: Sequence[str]) -> Settled:
        """Record that `rows`, students on the roster, handed in the submission `who`, or undo it with `back`.

        It counts at once and for later downloads. Raises UsageError if anyone cannot be found.
        """
        from autograder.cohort import same

        settled = same.settle(self._facts, who, rows)
        self.publish()
        return settled

    def choose(self, who: str, file: str, reason: str, by: str | None = None) -> Chosen:
        """Write down which of a student's candidates counts; the next `grade` or `regrade` follows it.

        Raises UsageError unless `who` matches exactly one student, who has a candidate called `file`.
        """
        facts = self._facts
        result = facts.one(who)
        info = result.submission
        if not info.candidates:
            raise UsageError(
                f"{info.id}: expected several files to choose from, got one; choose only for students whom "
                "`grade` lists with several files"
            )
        now = datetime.now(UTC).replace(microsecond=0).isoformat()
        choice = Choice(now, by or getpass.getuser(), info.id, file, dict(info.candidates), reason)
        choices.append(choice, self.out)
        return Chosen(result, choice)

    def student(self, who: str) -> Student:
        """Return everything about one student. Raises UsageError unless `who` matches exactly one."""
        facts = self._facts
        result = facts.one(who)
        name = result.submission.id
        changes = tuple(change for change in facts.changes if change.submission == name)
        grade, earlier = facts.grades()[name], tuple(facts.store.earlier(name))
        chosen = tuple(choice for choice in facts.choices if choice.submission == name)
        return Student(result, grade, self._page(result), earlier, facts.store.failure(name), changes, chosen)

    def export(
        self, to: Format, template: Template, target: Path | None = None, checks_only: bool = False
    ) -> tuple[Filled, Path]:
        """Write the grades for another program; return what was written and where. See export.write."""
        from autograder.cohort import export

        place = target or export.place_of(to, self.out)
        return export.write(self._facts, to, template, place, checks_only), place

    def feedback(
        self, to: Back, worksheet: Path | None = None, name: str = "", target: Path | None = None
    ) -> tuple[Sent, Path]:
        """Write the feedback pages for another program; return what and where. See handback.write."""
        from autograder.cohort import handback

        place = target or handback.place_of(to, self.out)
        return handback.write(self._facts, to, worksheet, name, place), place

    def suites(self) -> frozenset[str | None]:
        """Return the suites that the grades come from; grades from different suites are not comparable."""
        results = self._facts.results()
        return frozenset(r.provenance.get("suite") for r in results if r.score is not None)

    def size(self) -> int:
        """Return how many submissions have a result."""
        return len(self._facts.results())

    def _page(self, result: Result) -> Path:
        return self.out / "feedback" / f"{result.submission.id}.html"


def _early(facts: Facts, how: How) -> AbstractContextManager[Pool]:
    """Start the judge's processes early if nothing is graded yet, because then grading will need them."""
    from autograder.grading import processes

    first = not facts.inventory.sources and not how.scheduler
    return processes.ahead(how.jobs) if first else nullcontext(processes.pool)


def _value(grade: Grade, what: str) -> float | None:
    """Return the current value of `what` in `grade`: points, the grade or the days late."""
    marks = {mark.id: mark.points for mark in grade.marks}
    return {**marks, "grade": grade.points, "late_days": grade.days_late}[what]
