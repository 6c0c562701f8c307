"""Fixtures: a few results, and an empty gradebook in SQLite and, where a server answers, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from databases import in_postgres

from autograder.gradebook import tables
from autograder.records.assignment import Assignment, Limits, Question, Written
from autograder.records.results import CheckResult, QuestionResult, Result
from autograder.records.submission import Member, SubmissionInfo

ONE = Question("one", "The first", 3, ("f",))
TWO = Question("two", "The second", 2, ("g",))
ESSAY = Written("essay", "What did you see?", 5)
CLASS = Assignment("scratch", "Scratch", ("scratch.ipynb",), (ONE, TWO), (ESSAY,), Limits())
Make = Callable[..., Result]


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """Two questions of 3 and 2 points, a written answer of 5 points; its folder is `tmp_path`."""
    return replace(CLASS, folder=tmp_path)


@pytest.fixture
def make() -> Make:
    """Return `make(student, one, two, …)`, which makes a graded result; without scores, an ungraded one."""

    def made(
        student: str, *scores: int, work: str = "first", name: str = "", suite: str = "s1", reason: str = "x"
    ) -> Result:
        info = SubmissionInfo(student, name or student, "", work, members=(Member(name or student),))
        if not scores:
            return Result(info, "ungraded", reason, None, 5)
        pairs = list(zip((ONE, TWO), scores, strict=False))
        questions = tuple(QuestionResult(q.id, q.title, score, q.points) for q, score in pairs)
        checks = tuple(
            CheckResult(f"{q.id}.c", q.id, "public", "It is.", "passed", score, q.points)
            for q, score in pairs
        )
        made_by = {"kit": "0", "suite": suite, "image": "i", "sandbox": "docker"}
        return Result(info, "graded", None, sum(scores), 5, questions, checks, provenance=made_by)

    return made


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty, prepared gradebook, in each kind of database."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'gradebook.db'}"
        tables.prepare(made)
        yield made
    else:
        yield from in_postgres()


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of an empty, prepared gradebook in PostgreSQL; without a server, see databases."""
    yield from in_postgres()
