"""What a class is asked and what it answers, as records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from autograder.grades.attention import Need
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade
from autograder.grades.regrade import Moved
from autograder.records.results import Result

Format = Literal["canvas", "moodle", "gradescope", "csv", "json"]


@dataclass(frozen=True)
class How:
    """How to grade: in which sandbox, how many at a time, by which cluster, and what.

    `only` names the submissions; all where it is empty. `fresh` grades again what has a valid result.
    """

    sandbox: str = "auto"
    jobs: int = 2
    scheduler: str = ""
    only: tuple[str, ...] = ()
    fresh: bool = False


@dataclass(frozen=True)
class Graded:
    """What a run found: `now` are the results that it made, `wanted` all that were asked for, by id.

    `needs` are what of the whole class needs a human.
    """

    wanted: Mapping[str, Result]
    now: Mapping[str, Result]
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Regraded:
    """What a regrade came to. `reasons` says, by id, why a submission had to be graded; `wanted` counts all.

    `moved` are those whose checks changed; `fixed` is, by id, what of them staff have set, and so stays.
    """

    wanted: int
    reasons: Mapping[str, str]
    graded: Graded | None = None
    moved: tuple[Moved, ...] = ()
    fixed: Mapping[str, Mapping[str, Change]] = field(default_factory=dict)


@dataclass(frozen=True)
class Student:
    """All about one submission: what counts, what counted before, what failed last, what staff changed."""

    result: Result
    grade: Grade
    page: Path
    earlier: tuple[Result, ...]
    failure: Result | None
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Overridden:
    """One submission's grade before and after a change, and its page, written again."""

    result: Result
    before: Grade
    after: Grade
    page: Path


@dataclass(frozen=True)
class Template:
    """How an LMS's own file is to be filled: where it is, which column, whether grades are scaled to it."""

    path: Path | None = None
    column: str | None = None
    scaled: bool = False
