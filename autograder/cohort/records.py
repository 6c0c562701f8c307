"""The records that Cohort's methods take and return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autograder.grades.attention import Need
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade
from autograder.grades.regrade import Moved
from autograder.grades.rulings import Ruling
from autograder.records.choices import Choice
from autograder.records.results import Result
from autograder.records.submission import Member, SubmissionInfo

Format = Literal["canvas", "moodle", "gradescope", "csv", "json"]
Back = Literal["feedback-moodle", "feedback-canvas", "feedback-nbgrader", "feedback-folder"]


@dataclass(frozen=True)
class How:
    """How to grade: in which sandbox, how many at once, on which cluster, and what.

    `only` names the submissions; if empty, all. `fresh` also grades what already has a valid result, and
    `older` work that is older than the work that counts.
    """

    sandbox: str = "auto"
    jobs: int = 2
    scheduler: str = ""
    only: tuple[str, ...] = ()
    fresh: bool = False
    older: bool = False


@dataclass(frozen=True)
class Graded:
    """The results of a run, by id: `now` contains the new ones, `wanted` all that were asked for.

    `needs` lists what needs a human in the whole class.
    """

    wanted: Mapping[str, Result]
    now: Mapping[str, Result]
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Regraded:
    """The outcome of a regrade. `reasons` says, by id, why a submission was due; `wanted` counts all.

    `moved` lists submissions whose score or checks changed; `fixed` maps ids to the overrides in force.
    `version` lists what the folder's version of the assignment took over from today's, and `grades` the
    grades that changed with it.
    """

    wanted: int
    reasons: Mapping[str, str]
    graded: Graded | None = None
    moved: tuple[Moved, ...] = ()
    fixed: Mapping[str, Mapping[str, Change]] = field(default_factory=dict)
    version: tuple[str, ...] = ()
    grades: tuple[str, ...] = ()


@dataclass(frozen=True)
class Student:
    """One submission: current and earlier results, the last failed regrade, overrides, choices of files."""

    result: Result
    grade: Grade
    page: Path
    earlier: tuple[Result, ...]
    failure: Result | None
    changes: tuple[Change, ...]
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Overridden:
    """One submission's grade before and after a change of `what`, its updated page, and the change itself.

    `change` is None where the change does not apply to the submission; `skipped` then says why.
    """

    result: Result
    before: Grade
    after: Grade
    page: Path
    change: Change | None = None
    skipped: str = ""


@dataclass(frozen=True)
class Ruled:
    """A ruling about a check, and the grades of all whom it may concern, before and after it.

    `results` are those of the submissions that have the check.
    """

    ruling: Ruling
    results: tuple[Result, ...]
    before: Mapping[str, Grade]
    after: Mapping[str, Grade]


@dataclass(frozen=True)
class Marked:
    """What a spreadsheet changed: numbers of marks and comments, how many of these replaced another one.

    `same` counts the cells that say what stood there already; `ignored` lists the columns that were not read.
    """

    marks: int
    comments: int
    replaced: int
    same: int
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class Settled:
    """One submission and the students on the roster whom staff named for it; none: no longer."""

    submission: SubmissionInfo
    students: tuple[Member, ...]


@dataclass(frozen=True)
class Chosen:
    """A submission with several files that could be meant, and the choice of the one that counts."""

    result: Result
    choice: Choice


@dataclass(frozen=True)
class Template:
    """How to fill an LMS's own file: its path, the column, and whether to scale grades to its points.

    With `keep`, a cell whose student has no grade yet keeps what it contains.
    """

    path: Path | None = None
    column: str | None = None
    scaled: bool = False
    keep: bool = False


@dataclass(frozen=True)
class Sent:
    """Feedback on its way back: the number of pages, who gets none, and who gets one without a grade yet.

    `looks` lists the marks on these pages that were given before the work or its points changed; `pages` are
    the ids of the submissions, by the path of each page.
    """

    written: int
    left_out: tuple[str, ...]
    early: tuple[str, ...]
    looks: tuple[str, ...]
    pages: Mapping[str, str]
