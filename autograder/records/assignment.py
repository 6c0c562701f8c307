"""The assignment as a record: the validated contents of `assignment.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.errors import AssignmentError
from autograder.records import due
from autograder.records.places import ASSIGNMENTS, SOLUTIONS, SUITES

RESERVED = ("grade", "late_days")  # what an override may change besides a question: see overrides.py


@dataclass(frozen=True)
class Limits:
    """The resources that one submission may use: CPU and wall-clock seconds, MB of memory, kB of output."""

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
    """One question: the names it asks for, its points (a whole number), what to read, and its stand-ins.

    `standins` maps a name of this question to the stand-in that replaces it in the checks of all other
    questions, so that a mistake here does not cost points there.
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
    """The late penalty: none until `grace` minutes after `due`, then `per_day` percent per started day.

    Days are days on the clock of the zone of `due`: 23 or 25 hours if the clocks change. Percentages are of
    the maximum score; the penalty is at most `cap` percent. `extensions` gives extra whole days by a
    submission's id or a student's id, email or name.
    """

    due: datetime | None = None
    grace: int = 0
    per_day: int = 0
    cap: int = 100
    extensions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Assignment:
    """An assignment as its author wrote it. `files` are the accepted file names of a submission.

    `suites` is the folder of its suites if that is not the kit's; `folder` contains the assignment's files
    (handout, template), None if it was not read from a folder. Commands use the `default` assignment if none
    is named. `feedback` is "open" if feedback pages show everything about hidden checks after the last
    deadline.
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
    feedback: str = "closed"

    @property
    def max_score(self) -> int:
        """The points that checks award; written answers are graded by hand and added to them."""
        return sum(q.points for q in self.questions)

    @property
    def suite(self) -> Path:
        """The folder of this assignment's suites: in its folder in a staff release, otherwise in the kit."""
        staff = self.folder / "suites" / self.name if self.folder else None
        return self.suites or (staff if staff and staff.is_dir() else SUITES / self.name)

    @property
    def solution(self) -> Path:
        """The known-good solution: in the same folder in a staff release, otherwise in the checkout."""
        staff = self.folder / "solution" if self.folder else None
        return staff if staff and staff.is_dir() else SOLUTIONS / self.name

    def require_hidden_checks(self) -> None:
        """Raise AssignmentError if only the public checks are installed, which do not suffice to grade."""
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
        """Return name → stand-in for every name that other questions ask for and `question` may use."""
        others = [q for q in self.questions if q.id != question]
        return {name: kind for q in others for name, kind in q.standins.items()}


def load(path: Path) -> Assignment:
    """Read the assignment.toml at `path`. Raises AssignmentError, naming file and entry."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise AssignmentError(f"{path}: no such file; expected an assignment.toml") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path}: not readable as TOML ({error}); correct that line") from error
    try:
        return replace(_assignment(table), folder=path.parent)
    except (KeyError, TypeError) as error:
        raise AssignmentError(f"{path}: {_complaint(error)}; compare with another assignment's") from error
    except AssignmentError as error:
        raise AssignmentError(f"{path}: {error}") from None


def find(path: Path | None = None) -> Assignment:
    """Return the assignment in the folder or file at `path`; without a path, the default assignment here.

    Raises AssignmentError if there is none, or if there are several and no default.
    """
    if path is not None:
        return load(path / "assignment.toml" if path.is_dir() or not path.suffix else path)
    here = known()
    chosen = [assignment for assignment in here if assignment.default] if len(here) > 1 else here
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(assignment.name for assignment in here) or "none"
    raise AssignmentError(
        f"expected one assignment or a default here, got {names}; name it with --assignment"
    )


def known() -> list[Assignment]:
    """Return every assignment in this copy of the kit, sorted by name. Raises AssignmentError."""
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
        feedback=table.get("feedback", "closed"),
    )
    if assignment.feedback not in ("closed", "open"):
        raise AssignmentError(f'feedback: expected "closed" or "open", got {assignment.feedback!r}')
    if assignment.feedback == "open" and assignment.late.due is None:
        raise AssignmentError('feedback: expected late.due with "open", got none; add the due date')
    items: list[Question | Written] = [*assignment.questions, *assignment.written]
    for item in items:
        if type(item.points) is not int or item.points < 1:
            raise AssignmentError(f"{item.id}: points must be whole and at least 1, got {item.points!r}")
    ids = [item.id for item in items]
    if len(set(ids)) < len(ids):
        raise AssignmentError(f"question ids must differ, got {', '.join(ids)}")
    if taken := set(ids) & set(RESERVED):
        raise AssignmentError(f"question id {taken.pop()!r} is reserved; choose another id")
    return assignment


def _late(policy: LatePolicy) -> LatePolicy:
    """Return `policy` with its due date as a time. Raises AssignmentError if it is not valid."""
    if policy.due is None and policy.per_day:
        raise AssignmentError("late.per_day: expected late.due as well, got none; add the due date")
    if policy.due is not None:
        policy = replace(policy, due=due.parse(policy.due))
    whole = {"grace": policy.grace, "per_day": policy.per_day, "cap": policy.cap}
    whole |= {f"extensions.{who}": days for who, days in policy.extensions.items()}
    for name, value in whole.items():
        most = 100 if name in ("per_day", "cap") else 100_000
        if type(value) is not int or not 0 <= value <= most:
            raise AssignmentError(f"late.{name}: expected a whole number from 0 to {most}, got {value!r}")
    return policy


def _question(table: dict[str, Any]) -> Question:
    return Question(**{**table, "defines": tuple(table["defines"])})
