"""A class in a folder, for one assignment: grades, regrades, overrides, publishes and exports.

`Cohort` reports progress to a `Listener`, returns records, and prints nothing. Each method imports what only
it needs: `show` does not wait for the judge, and `grade` starts the judge's processes before other imports.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cohort import changes
from autograder.cohort.facts import Facts
from autograder.cohort.listener import Listener
from autograder.cohort.records import (
    Back,
    Chosen,
    Format,
    Graded,
    How,
    Marked,
    Overridden,
    Regraded,
    Ruled,
    Sent,
    Settled,
    Student,
    Template,
)
from autograder.errors import KitError, LatentLabError, UsageError
from autograder.grades import extensions, inventory, lock, overrides
from autograder.grades.policy import Grade
from autograder.grades.rulings import Ruling, What
from autograder.grades.store import Store
from autograder.records import choices
from autograder.records.assignment import Assignment
from autograder.records.origin import Kind
from autograder.records.results import Result

if TYPE_CHECKING:
    from autograder.cohort.answers import Answers
    from autograder.cohort.compared import Against
    from autograder.cohort.run import Run
    from autograder.cohort.running import Running
    from autograder.exports.fill import Filled
    from autograder.grades.attention import Need
    from autograder.grading.processes import Pool
    from autograder.likeness.store import Look

QUIET = Listener()
ALIKE = "autograder alike OUT --against FOLDER"


class Cohort:
    """A class in the folder `out`. Reads each fact once, when needed; results from `store`, if given."""

    def __init__(self, out: Path, assignment: Assignment, store: Store | None = None) -> None:
        self.out = out
        self._facts = Facts(out, assignment, store)

    def notice(self) -> str:
        """Return a sentence on how today's version of the assignment differs from the class's, or "".

        Raises UsageError if the folder belongs to another assignment.
        """
        if not (differs := self._facts.differences):
            return ""
        return (
            f"{self.out} keeps the version of {self._facts.today.name} that it was graded with; today's "
            f"differs ({', '.join(differs)}); autograder regrade {self.out} moves the class to today's"
        )

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

        Raises UsageError before grading anything, for instance if an extension fits nobody; SandboxError and
        CanaryError if grading is impossible.
        """
        facts = self._facts
        facts.today.require_hidden_checks()
        if self.out.exists() and not self.out.is_dir():
            raise UsageError(f"--out {self.out}: expected a folder, got a file; name another")
        with lock.held(self.out, "grade"), _early(facts, how) as pool:
            from autograder.cohort import guard, run
            from autograder.gradebook import course
            from autograder.intake import finding

            guard.refuse_own(paths)
            guard.refuse_other_points(facts, self.notice())
            roster = roster or run.roster_of(facts)
            how_read = (kind, roster, facts.choices, run.known_of(facts))
            intake = finding.collect(paths, facts.today, self.out, *how_read)
            listener.found(intake.sources)
            if text := self.notice():
                listener.warned(text)
            infos = [*intake.submissions, *(result.submission for result in facts.store.readable())]
            extensions.check(facts.today.late, infos, intake.students or facts.inventory.students)
            wanted = run.only(intake, how.only)
            course.prepare(self.out, gradebook)
            setting, warning = run.setting_of(facts, how, paths, listener)
            held = {} if how.older else guard.older(facts, intake)
            listed = str(roster.absolute()) if roster else None
            found = (intake.sources, listed, intake.students, intake.ids, intake.doubts)
            every = [submission.id for submission in intake.submissions]
            known = inventory.add(facts.inventory, *found, every)
            facts.set_inventory(inventory.stamped(known, intake.orders, held))
            facts.record()
            return self._grade(run.Run(intake, wanted, setting, warning, how, pool, held), listener)

    def regrade(self, how: How, listener: Listener = QUIET, dry_run: bool = False) -> Regraded:
        """Regrade submissions whose suite, image or work has changed; with `dry_run`, only report which.

        If the assignment has changed since, the class takes over today's version of it. Raises what `grade`
        raises.
        """
        from autograder.cohort import guard, run
        from autograder.grading import batch

        facts = self._facts
        with nullcontext() if dry_run else self._alone("regrade"):
            version = facts.differences
            intake = run.again(facts)
            guard.refuse_half_a_move(facts, how.only)
            wanted = run.only(intake, how.only)
            closed = [Path(source.path) for source in facts.inventory.sources]
            setting, warning = run.setting_of(facts, how, closed, listener)
            held = guard.older(facts, intake)
            reasons = batch.why([s for s in wanted if s.id not in held], setting, facts.store)
            listener.due(reasons)
            if dry_run or not (reasons or version):
                return Regraded(len(wanted), reasons, version=version)
            facts.set_inventory(inventory.stamped(facts.inventory, intake.orders, held))
            return self._regrade(run.Run(intake, wanted, setting, warning, how, held=held), reasons, listener)

    def _regrade(self, work: Run, reasons: Mapping[str, str], listener: Listener) -> Regraded:
        from autograder.gradebook import course
        from autograder.grades import regrade

        facts = self._facts
        course.prepare(self.out)
        before = {result.submission.id: result for result in facts.store.everything()}
        version, grades = facts.differences, facts.grades() if facts.differences else {}
        graded = self._grade(replace(work, moves=True), listener)
        moved = regrade.compare(before, [r for r in facts.results() if r.submission.id in reasons])
        fixed = {name: overrides.standing(facts.changes, name) for name in reasons}
        changed = regrade.changed(grades, facts.grades())
        return Regraded(len(work.wanted), reasons, graded, moved, fixed, version, changed)

    def _grade(self, work: Run, listener: Listener) -> Graded:
        from autograder.cohort import run

        outcome = run.grade(self._facts, work, listener)
        needs = self._publish(outcome.before, work.warning, work.held)
        now = {s.id: outcome.now.get(s.id) or outcome.valid.get(s.id) for s in work.wanted}
        return Graded({name: r for name, r in now.items() if r is not None}, outcome.now, needs)

    def publish(self) -> tuple[Need, ...]:
        """Write every page, grades.csv and the gradebook's late penalties; return what needs a human.

        Raises UsageError if there are no results, or if the gradebook cannot be used.
        """
        with self._alone("report"):
            return self._publish()

    def _publish(
        self,
        before: Mapping[str, Result] | None = None,
        warning: str = "",
        held: Mapping[str, str] | None = None,
        against: Against | None = None,
    ) -> tuple[Need, ...]:
        """Publish the class; `before` contains the results that were just replaced, `held` the older work.

        `against` are the classes to compare it with; if None, those that it was last compared with.
        """
        from autograder.cohort import compared
        from autograder.gradebook import course
        from autograder.grades.attention import Need
        from autograder.pages.publish import publish

        facts = self._facts
        results, grades, sources = facts.results(), facts.grades(), facts.inventory
        course.take_off(self.out, facts.assignment, grades)
        needs = self._needs(before or {}, held)
        others, lost_folders = compared.kept(self.out) if against is None else (against, ())
        if lost_folders:
            needs = (*needs, Need("no longer compared with, the folder is gone", lost_folders, ALIKE))
        notice = warning or self.notice()
        whole = facts.opened()
        publish(results, grades, sources, facts.assignment, self.out, notice, needs, others, whole)
        return needs

    def _needs(self, before: Mapping[str, Result], held: Mapping[str, str] | None) -> tuple[Need, ...]:
        from autograder.grades import attention

        facts = self._facts
        results = facts.results()
        failures, better = facts.store.failures(results), facts.store.better(results)
        lost, gone = facts.lost_extensions(), facts.idle_rulings()
        whole = (facts.grades(), facts.inventory, before, failures, facts.suite, held, better, lost, gone)
        return attention.needs(results, *whole)

    def _show(self) -> None:
        """Publish what has just been recorded; raise KitError that says it counts if that fails."""
        try:
            self._publish()
        except (LatentLabError, OSError) as error:
            raise KitError(
                f"the change is recorded and counts, but its pages could not be written: {error}; do not "
                f"make it again; correct that, then run autograder report {self.out}"
            ) from error

    def alike(self, against: Sequence[Path] = ()) -> Look:
        """Compare the submissions with each other and with those in other classes' folders.

        Writes the report, whose pages rank the pairs; later commands compare with the same folders again.
        Raises UsageError for a folder without results.
        """
        from autograder.cohort import compared
        from autograder.likeness import store

        others = compared.chosen(self.out, against)
        with self._alone("alike"):
            self._publish(against=others)
        return store.look(self._facts.results(), self._facts.assignment, self.out, others)

    def override(
        self, who: str, what: str, value: str, reason: str, by: str | None = None, seen: int | None = None
    ) -> Overridden:
        """Change one student; see override_each."""
        return self.override_each([who], what, value, reason, by, seen)[0]

    def override_each(
        self,
        who: Sequence[str] | None,
        what: str,
        value: str,
        reason: str,
        by: str | None = None,
        seen: int | None = None,
    ) -> tuple[Overridden, ...]:
        """Set a question, a check, the grade or the late days of each student in `who`; None means everyone.

        Writes the pages that show it. Raises UsageError, and changes nothing, unless each name matches
        exactly one student and each change is possible, or if they do not have `seen` overrides so far.
        """
        asked = changes.Asked(what, value, reason, by or getpass.getuser())
        with self._alone("override"):
            facts = self._facts
            planned = changes.plan(facts, who, asked)
            named = {p.result.submission.id for p in planned}
            _require_seen(seen, sum(change.submission in named for change in facts.changes))
            before = facts.grades()
            made = [(p.change, p.result) for p in planned if p.change]
            facts.add([change for change, _ in made], [result for _, result in made])
            self._show()
            grades = facts.grades()
        ids = [p.result.submission.id for p in planned]
        return tuple(
            Overridden(p.result, before[name], grades[name], self._page(p.result), p.change, p.skipped)
            for name, p in zip(ids, planned, strict=True)
        )

    def rule(
        self, check: str, what: What, reason: str, by: str | None = None, seen: int | None = None
    ) -> Ruled:
        """Drop a check for the whole class, give everybody its points, or take that back.

        It counts for later work too, and the pages show it. Raises UsageError; see rulings.append; also if
        the check does not have `seen` rulings so far.
        """
        ruling = Ruling(changes.now(), by or getpass.getuser(), check, what, reason)
        with self._alone("rule"):
            facts = self._facts
            _require_seen(seen, sum(made.check == check for made in facts.rulings))
            having = [r for r in facts.results() if any(c.id == check for c in r.checks)]
            before = facts.grades()
            facts.rule(ruling)
            self._show()
            return Ruled(ruling, tuple(having), before, facts.grades())

    def marks(self, path: Path) -> int:
        """Write a spreadsheet of the marks by hand to `path`; return its number of rows."""
        from autograder.cohort import guard
        from autograder.exports import marks
        from autograder.records.files import write_whole

        guard.refuse_place(path, folder=False)
        facts = self._facts
        write_whole(path, marks.to_csv(facts.results(), facts.assignment, facts.marks))
        return len(facts.results())

    def mark(self, path: Path, replace: bool = False, by: str | None = None) -> Marked:
        """Give the marks and comments in the spreadsheet at `path`, and write the pages that show them.

        Raises UsageError, and changes nothing, unless every cell is possible; see marking.give.
        """
        from autograder.cohort import marking

        with self._alone("marks"):
            marked = marking.give(self._facts, path, replace, by or getpass.getuser())
            self._show()
        return marked

    def answers(self, question: str, by: str | None = None) -> Answers:
        """Return a written question across the class, to mark. Raises UsageError if there is none such."""
        from autograder.cohort.answers import Answers

        return Answers(self._facts, question, by or getpass.getuser())

    def same(self, who: str, rows: Sequence[str]) -> Settled:
        """Record that `rows`, students on the roster, handed in the submission `who`, or undo it with `back`.

        It counts at once and for later downloads. Raises UsageError if anyone cannot be found.
        """
        from autograder.cohort import same

        with self._alone("same"):
            settled = same.settle(self._facts, who, rows)
            self._show()
        return settled

    def choose(self, who: Sequence[str], file: str, reason: str, by: str | None = None) -> tuple[Chosen, ...]:
        """Write down which candidate of each student in `who` counts, or with `back` that none does any more.

        The next `grade` or `regrade` follows it. Raises UsageError, and writes nothing, unless each name
        matches exactly one student, who has a candidate called `file`, or a choice to undo.
        """
        with self._alone("choose"):
            facts = self._facts
            results = {(found := facts.one(name)).submission.id: found for name in who}
            made = changes.choices_of(facts, list(results.values()), file, reason, by or getpass.getuser())
            choices.append(made, self.out)
        return tuple(Chosen(results[choice.submission], choice) for choice in made)

    def student(self, who: str) -> Student:
        """Return everything about one student. Raises UsageError unless `who` matches exactly one."""
        facts = self._facts
        result = facts.one(who)
        name = result.submission.id
        made = tuple(change for change in facts.changes if change.submission == name)
        grade, earlier = facts.grades()[name], tuple(facts.store.earlier(name))
        chosen = tuple(choice for choice in facts.choices if choice.submission == name)
        return Student(result, grade, self._page(result), earlier, facts.store.failure(name), made, chosen)

    def export(
        self, to: Format, template: Template, target: Path | None = None, checks_only: bool = False
    ) -> tuple[Filled, Path]:
        """Write the grades for another program; return what was written and where. See export.write."""
        from autograder.cohort import export, guard

        place = target or export.place_of(to, self.out)
        guard.refuse_place(place, folder=to == "gradescope")
        return export.write(self._facts, to, template, place, checks_only), place

    def feedback(
        self, to: Back, worksheet: Path | None = None, name: str = "", target: Path | None = None
    ) -> tuple[Sent, Path]:
        """Write the feedback pages for another program; return what and where. See handback.write."""
        from autograder.cohort import guard, handback

        place = target or handback.place_of(to, self.out)
        guard.refuse_place(place, folder=to not in handback.ZIPPED)
        with self._alone("export"):  # it writes the pages again
            return handback.write(self._facts, to, worksheet, name, place), place

    def everyone(self) -> tuple[tuple[Result, Grade], ...]:
        """Return every submission with its grade, by name."""
        grades = self._facts.grades()
        order = sorted(
            self._facts.results(), key=lambda r: (r.submission.student.casefold(), r.submission.id)
        )
        return tuple((result, grades[result.submission.id]) for result in order)

    def running(self) -> Running | None:
        """Return how far another command is that grades this class now, or None."""
        from autograder.cohort.running import running

        return running(self._facts)

    def needs(self) -> tuple[Need, ...]:
        """Return what needs a human, the most urgent first."""
        return self._needs({}, {})

    def rulings(self) -> tuple[Ruling, ...]:
        """Return the rulings about checks, oldest first."""
        return self._facts.rulings

    def suites(self) -> frozenset[str | None]:
        """Return the suites that the grades come from; grades from different suites are not comparable."""
        results = self._facts.results()
        return frozenset(r.provenance.get("suite") for r in results if r.score is not None)

    def size(self) -> int:
        """Return how many submissions have a result."""
        return len(self._facts.results())

    def _alone(self, command: str) -> AbstractContextManager[None]:
        """Keep other commands from changing the folder; a folder that is not there needs no lock."""
        return lock.held(self.out, command) if self.out.is_dir() else nullcontext()

    def _page(self, result: Result) -> Path:
        return self.out / "feedback" / f"{result.submission.id}.html"


def _require_seen(seen: int | None, made: int) -> None:
    """Raise UsageError if somebody decided between, since a page showed `seen` decisions."""
    if seen not in (None, made):
        raise UsageError(
            "expected what the page showed, got a decision that somebody made meanwhile; nothing was "
            "changed: read it, then decide again"
        )


def _early(facts: Facts, how: How) -> AbstractContextManager[Pool]:
    """Start the judge's processes early if nothing is graded yet, because then grading will need them."""
    from autograder.grading import processes

    first = not facts.inventory.sources and not how.scheduler
    return processes.ahead(how.jobs) if first else nullcontext(processes.pool)
