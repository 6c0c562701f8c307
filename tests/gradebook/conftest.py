"""Fixtures: a few results, and an empty gradebook in SQLite and, where a server answers, in PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sql

from autograder.gradebook import tables
from autograder.records.assignment import Assignment, Limits, Question, Written
from autograder.records.results import CheckResult, QuestionResult, Result
from autograder.records.submission import Member, SubmissionInfo

POSTGRES = os.environ.get("LATENTLAB_POSTGRES", "postgresql:///postgres")
# `drop database … with (force)` would also end the server's own autovacuum, which needs a superuser.
END_SESSIONS = sql.text(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = :name and usename = current_user"
)
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
        yield from _in_postgres()


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of an empty, prepared gradebook in PostgreSQL; without a server, see _server."""
    yield from _in_postgres()


def _in_postgres() -> Iterator[str]:
    server, name = _server(), f"latentlab_test_{uuid.uuid4().hex[:12]}"
    engine = sql.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sql.text(f"create database {name}"))
    try:
        made = server.set(database=name).render_as_string(hide_password=False)
        tables.prepare(made)
        yield made
    finally:
        with engine.connect() as connection:
            connection.execute(END_SESSIONS, {"name": name})
            connection.execute(sql.text(f"drop database {name}"))
        engine.dispose()


def _server() -> sql.URL:
    """The URL of a PostgreSQL server. Without one, skip, or fail if LATENTLAB_REQUIRE_POSTGRES=1."""
    engine = sql.create_engine(POSTGRES, connect_args={"connect_timeout": 3})
    try:
        engine.connect().close()
    except sql.exc.DBAPIError as error:
        message = f"expected PostgreSQL at {engine.url}, got {error.orig}: .ci/postgres starts one"
        (pytest.fail if os.environ.get("LATENTLAB_REQUIRE_POSTGRES") == "1" else pytest.skip)(message)
    finally:
        engine.dispose()
    return engine.url
