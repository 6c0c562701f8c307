"""Opens nbgrader's database: its own tables by name, ours beside them, and one transaction around it all.

It speaks SQL to nbgrader's tables, whose revision it checks: importing nbgrader costs four seconds of CPU and
its own calls 0.1 s a student, so nbgrader itself is only asked to make the tables of a new gradebook that is
not in SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sql
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from autograder.errors import UsageError
from autograder.gradebook.history import METADATA

REVISION = "e43177bfe90b"  # of nbgrader 0.9.6's tables; a test compares it with nbgrader's own
IN_SQLITE = Path(__file__).with_name("nbgrader_tables.sql")
TABLES = (
    "course",
    "assignment",
    "notebook",
    "base_cell",
    "grade_cells",
    "solution_cells",
    "student",
    "submitted_assignment",
    "submitted_notebook",
    "grade",
    "comment",
)
PATIENCE = 30_000  # milliseconds that SQLite waits for another writer; an error breaks a running formgrader
Row = dict[str, Any]


@dataclass(frozen=True)
class Book:
    """An open gradebook: a connection in a transaction, and nbgrader's tables by name."""

    connection: Any
    table: dict[str, Any]

    def rows(self, query: Any) -> list[Any]:
        """Return what a query finds."""
        return list(self.connection.execute(query))

    def insert(self, table: Any, rows: Sequence[Row]) -> None:
        """Insert rows, all at once; nothing where there are none."""
        if rows:
            self.connection.execute(sql.insert(table), rows)

    def update(self, table: Any, key: Row, values: Row) -> None:
        """Set `values` in the rows that have `key`."""
        self.connection.execute(sql.update(table).filter_by(**key).values(**values))

    def ensure(
        self, name: str, by: str, wanted: Iterable[str], within: Mapping[str, Any], **more: Any
    ) -> dict[str, str]:
        """Return value of `by` → id for the rows with `within`; those of `wanted` are made where missing."""
        table = self.table[name]
        query = sql.select(table.c[by], table.c.id).filter_by(**within)
        found: dict[str, str] = {row[0]: row[1] for row in self.rows(query)}
        new = {value: uuid4().hex for value in wanted if value not in found}
        self.insert(table, [{"id": made, by: value, **within, **more} for value, made in new.items()])
        return found | new


def shown(url: str) -> str:
    """Return a database's URL without its password."""
    return sql.make_url(url).render_as_string(hide_password=True)


def prepare(url: str) -> None:
    """Make what is missing at `url`: nbgrader's tables and ours. Raises UsageError where that cannot be."""
    with _engine(url) as engine:
        if "assignment" not in sql.inspect(engine).get_table_names():
            _create(engine)
        query = sql.text("select version_num from alembic_version")
        with engine.connect() as connection:
            known = sql.inspect(connection).has_table("alembic_version")
            revision = connection.scalar(query) if known else None
        if revision != REVISION:
            raise UsageError(
                f"{shown(url)}: expected a gradebook of revision {REVISION} (nbgrader 0.9.6), got {revision}"
                "; keep a copy of it, run `nbgrader db upgrade` in its course, then this again"
            )
        METADATA.create_all(engine)


def _create(engine: Any) -> None:
    """Make nbgrader's tables as nbgrader does, but for its call of an `alembic` that must be on the PATH."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # sqlite3 begins nothing by itself for these
            if sql.inspect(connection).has_table("assignment"):
                return  # somebody else was faster
            for statement in IN_SQLITE.read_text(encoding="utf-8").split(";\n"):
                connection.exec_driver_sql(statement)
        return
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from nbgrader.api import Base
    from nbgrader.dbutil import ALEMBIC_DIR

    with engine.begin() as connection:
        Base.metadata.create_all(connection)
        MigrationContext.configure(connection).stamp(ScriptDirectory(ALEMBIC_DIR), "head")


@contextmanager
def _engine(url: str) -> Iterator[Any]:
    """Yield an engine for `url`; what the database refuses becomes a UsageError that hides the password."""
    try:
        engine = sql.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise UsageError(
            "--gradebook: expected a database's URL such as postgresql://user@host/course or "
            f"sqlite:////folder/gradebook.db, got one that cannot be used ({error}); mend it"
        ) from error
    sql.event.listen(engine, "connect", be_patient)
    try:
        yield engine
    except DBAPIError as error:
        told = str(error.orig).strip().partition("\n")[0]
        raise UsageError(
            f"{shown(url)}: the gradebook cannot be used ({told}). Results are kept: see that the database "
            "runs, that you may write to it and that nobody holds it, then run the same command again."
        ) from error
    finally:
        engine.dispose()


def be_patient(connection: Any, _record: Any) -> None:
    """Let a new connection to SQLite wait while somebody else writes."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute(f"pragma busy_timeout = {PATIENCE}")


@contextmanager
def opened(url: str) -> Iterator[Book]:
    """Yield the gradebook at `url` in one transaction: all that is written in it stands, or nothing does."""
    with _engine(url) as engine, engine.begin() as connection:
        metadata = sql.MetaData()
        metadata.reflect(connection, only=TABLES)
        yield Book(connection, {name: metadata.tables[name] for name in TABLES})
