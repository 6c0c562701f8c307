"""Opens nbgrader's database in one transaction, with its tables by name and the kit's tables beside them.

This module uses SQL on nbgrader's tables after checking their revision: importing nbgrader costs four seconds
of CPU, and its API 0.1 s per student. It imports nbgrader only to create a new gradebook outside SQLite.
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

REVISION = "e43177bfe90b"  # of the tables of nbgrader 0.9.6; a test compares it with nbgrader's
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
PATIENCE = 30_000  # milliseconds that SQLite waits for a lock; an error breaks a running formgrader
Row = dict[str, Any]


@dataclass(frozen=True)
class Book:
    """An open gradebook: a connection in a transaction, and nbgrader's tables by name."""

    connection: Any
    table: dict[str, Any]

    def rows(self, query: Any) -> list[Any]:
        """Return the rows of a query."""
        return list(self.connection.execute(query))

    def insert(self, table: Any, rows: Sequence[Row]) -> None:
        """Insert all rows in one statement; do nothing if there are none."""
        if rows:
            self.connection.execute(sql.insert(table), rows)

    def update(self, table: Any, key: Row, values: Row) -> None:
        """Set `values` in the rows that match `key`."""
        self.connection.execute(sql.update(table).filter_by(**key).values(**values))

    def ensure(
        self, name: str, by: str, wanted: Iterable[str], within: Mapping[str, Any], **more: Any
    ) -> dict[str, str]:
        """Return value of `by` → id for the rows that match `within`; insert missing rows for `wanted`."""
        table = self.table[name]
        query = sql.select(table.c[by], table.c.id).filter_by(**within)
        ids: dict[str, str] = {row[0]: row[1] for row in self.rows(query)}
        new = {value: uuid4().hex for value in wanted if value not in ids}
        self.insert(table, [{"id": made, by: value, **within, **more} for value, made in new.items()])
        return ids | new


def shown(url: str) -> str:
    """Return a database's URL without its password."""
    return sql.make_url(url).render_as_string(hide_password=True)


def prepare(url: str) -> None:
    """Create missing tables at `url`, nbgrader's and the kit's. Raises UsageError if that is impossible."""
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
                "; back it up, run `nbgrader db upgrade` in its course, then run this command again"
            )
        METADATA.create_all(engine)


def _create(engine: Any) -> None:
    """Create nbgrader's tables as nbgrader does, but without running `alembic` from the PATH."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # sqlite3 begins no transaction for DDL
            if sql.inspect(connection).has_table("assignment"):
                return  # another process was faster
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
    """Yield an engine for `url`; turn database errors into a UsageError that hides the password."""
    try:
        engine = sql.create_engine(url)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise UsageError(
            "--gradebook: expected a database's URL such as postgresql://user@host/course or "
            f"sqlite:////folder/gradebook.db, got one that cannot be used ({error}); correct it"
        ) from error
    sql.event.listen(engine, "connect", be_patient)
    try:
        yield engine
    except DBAPIError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise UsageError(
            f"{shown(url)}: the gradebook cannot be used ({reason}). Results are kept: check that the "
            "database is running, that you may write to it and that no other process locks it, then run the "
            "same command again."
        ) from error
    finally:
        engine.dispose()


def be_patient(connection: Any, _record: Any) -> None:
    """Make a new SQLite connection wait while another process writes."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute(f"pragma busy_timeout = {PATIENCE}")


@contextmanager
def opened(url: str) -> Iterator[Book]:
    """Yield the gradebook at `url` in one transaction: either all writes are kept, or none."""
    with _engine(url) as engine, engine.begin() as connection:
        metadata = sql.MetaData()
        metadata.reflect(connection, only=TABLES)
        yield Book(connection, {name: metadata.tables[name] for name in TABLES})
