"""The assignment as a record: what `assignment.toml` says, checked, and nothing that is not in it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.errors import AssignmentError
from autograder.records.places import ASSIGNMENTS, SOLUTIONS, SUITES

DUE = "2026-03-01T23:59:00+01:00"
RESERVED = ("grade", "late_days")  # what a change may be of, beside a question: see overrides.py


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds of CPU and of wall clock, megabytes, kilobytes of output."""

    load_seconds: int = 60
    check_cpu_seconds: int = 10
    check_wall_seconds: int = 60
    submission_wall_seconds: int = 600
    memory_mb: int = 2048
    processes: int = 64
    scratch_mb: int = 64
    output_kb: int = 64
    source_kb: int = 1024


@dataclass(frozen=True)
class Question:
    """One question: the names that it asks for, its whole points, where to read, and its stand-ins.

    `standins` maps a name of this question to the stand-in that takes its place in the checks of every
    other question, so that a mistake here costs nothing there.
    """

    id: str
    title: str
    points: int
    defines: tuple[str, ...]
    read: str = ""
    standins: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """A written answer, graded by hand."""

    id: str
    title: str
    points: int


@dataclass(frozen=True)
class LatePolicy:
    """What lateness costs: nothing until `grace` minutes after `due`, then `per_day` percent a begun day.

    Percent are of all points that can be had, and never more than `cap` of them are lost. `extensions` are
    whole days more, by a submission's id or a student's id, email or name.
    """

    due: datetime | None = None
    grace: int = 0
    per_day: int = 0
    cap: int = 100
    extensions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """An assignment as its author wrote it. `files` are the names that a submission may go by.

    `suites` is the folder of its suites where that is not the kit's own; `folder` holds the assignment's own
    files (handout, template), None where it was not read from one. Commands take the `default` assignment
    where none is named.
    """

    name: str
    title: str
    files: tuple[str, ...]
    questions: tuple[Question, ...]
    written: tuple[Written, ...]
    limits: Limits
    suites: Path | None = None
    late: LatePolicy = LatePolicy()
    folder: Path | None = None
    default: bool = False

    @property
    def max_score(self) -> int:
        """The points that checks award; written answers come on top, by hand."""
        return sum(q.points for q in self.questions)

    @property
    def suite(self) -> Path:
        """The folder of this assignment's suites: in its own folder, as staff get it, else in the kit."""
        staff = self.folder / "suites" / self.name if self.folder else None
        return self.suites or (staff if staff and staff.is_dir() else SUITES / self.name)

    @property
    def solution(self) -> Path:
        """The folder of the known-good solution: in its own folder, as staff get it, else in the checkout."""
        staff = self.folder / "solution" if self.folder else None
        return staff if staff and staff.is_dir() else SOLUTIONS / self.name

    def require_hidden_checks(self) -> None:
        """Raise AssignmentError where only the public checks are here, by which nothing is graded."""
        if not (self.suite / "hidden").is_dir():
            raise AssignmentError(
                f"{self.suite}: expected public and hidden checks of {self.name}, got public ones only; "
                "name the staff folder of a release: --assignment staff"
            )

    def question(self, name: str) -> Question:
        """Return the question called `name`. Raises AssignmentError when there is none."""
        for question in self.questions:
            if question.id == name:
                return question
        known = ", ".join(q.id for q in self.questions)
        raise AssignmentError(f"no question {name!r} in {self.name}: it has {known}")

    def substitutes(self, question: str) -> dict[str, str]:
        """Return name → stand-in for everything that `question` may use but other questions ask for."""
        others = [q for q in self.questions if q.id != question]
        return {name: kind for q in others for name, kind in q.standins.items()}


def load(path: Path) -> Assignment:
    """Read the assignment.toml at `path`. Raises AssignmentError naming the file and the entry at fault."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AssignmentError(f"{path}: no such file; expected an assignment.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path}: not readable as TOML ({error}); mend that line") from error
    try:
        return replace(_assignment(table), folder=path.parent)
    except (KeyError, TypeError) as error:
        raise AssignmentError(f"{path}: {_complaint(error)}; compare with another assignment's") from error
    except AssignmentError as error:
        raise AssignmentError(f"{path}: {error}") from None


def find(path: Path | None = None) -> Assignment:
    """Return the assignment in the folder, or the file, at `path`; without one, the default of those here.

    Raises AssignmentError where there is none, or where several could be meant.
    """
    if path is not None:
        return load(path / "assignment.toml" if path.is_dir() or not path.suffix else path)
    here = known()
    chosen = [assignment for assignment in here if assignment.default] if len(here) > 1 else here
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(assignment.name for assignment in here) or "none"
    raise AssignmentError(
        f"expected one assignment here, or a default one, got {names}; name it: --assignment"
    )


def known() -> list[Assignment]:
    """Return every assignment that this copy of the kit has, by name. Raises AssignmentError."""
    checkout = sorted(ASSIGNMENTS.glob("*/assignment.toml"))
    return [load(path) for path in checkout or sorted(SUITES.glob("*/assignment.toml"))]


def _complaint(error: Exception) -> str:
    return f"the entry {error} is missing" if isinstance(error, KeyError) else str(error)


def _assignment(table: dict[str, Any]) -> Assignment:
    assignment = Assignment(
        name=table["name"],
        title=table["title"],
        files=tuple(table["files"]),
        questions=tuple(_question(q) for q in table["question"]),
        written=tuple(Written(**w) for w in table.get("written", [])),
        limits=Limits(**table.get("limits", {})),
        late=_late(LatePolicy(**table.get("late", {}))),
        default=table.get("default", False),
    )
    items: list[Question | Written] = [*assignment.questions, *assignment.written]
    for item in items:
        if type(item.points) is not int or item.points < 1:
            raise AssignmentError(f"{item.id}: points must be whole and at least 1, got {item.points!r}")
    ids = [item.id for item in items]
    if len(set(ids)) < len(ids):
        raise AssignmentError(f"question ids must differ, got {', '.join(ids)}")
    if taken := set(ids) & set(RESERVED):
        raise AssignmentError(f"question id {taken.pop()!r} has a meaning of its own; name it otherwise")
    return assignment


def _late(policy: LatePolicy) -> LatePolicy:
    """Return `policy` when it makes sense. Raises AssignmentError."""
    if policy.due is None and policy.per_day:
        raise AssignmentError("late.per_day: expected late.due beside it, got none; say when it is due")
    if policy.due is not None and (not isinstance(policy.due, datetime) or policy.due.tzinfo is None):
        raise AssignmentError(f"late.due: expected a time such as {DUE}, got {policy.due}; add its offset")
    whole = {"grace": policy.grace, "per_day": policy.per_day, "cap": policy.cap}
    whole |= {f"extensions.{who}": days for who, days in policy.extensions.items()}
    for name, value in whole.items():
        most = 100 if name in ("per_day", "cap") else 100_000
        if type(value) is not int or not 0 <= value <= most:
            raise AssignmentError(f"late.{name}: expected a whole number from 0 to {most}, got {value!r}")
    return policy


def _question(table: dict[str, Any]) -> Question:
    return Question(**{**table, "defines": tuple(table["defines"])})
