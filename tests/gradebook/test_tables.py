"""Opening a gradebook: created as nbgrader creates one, refused if outdated, passwords never shown."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sql
from alembic.script import ScriptDirectory
from nbgrader.dbutil import ALEMBIC_DIR

from autograder.errors import UsageError
from autograder.gradebook import tables


def test_a_new_gradebook_needs_no_alembic_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from nbgrader.api import Gradebook

    monkeypatch.setenv("PATH", "")
    with pytest.raises(FileNotFoundError, match="alembic"):
        Gradebook(f"sqlite:///{tmp_path / 'its.db'}")
    url = f"sqlite:///{tmp_path / 'kit.db'}"
    tables.prepare(url)
    tables.prepare(url)
    with Gradebook(url) as gradebook:
        assert gradebook.assignments == []


def test_a_new_gradebook_has_the_tables_that_nbgrader_creates(tmp_path: Path) -> None:
    from alembic.migration import MigrationContext
    from nbgrader.api import Base

    nbgraders = sql.create_engine(f"sqlite:///{tmp_path / 'nbgraders.db'}")
    with nbgraders.begin() as connection:
        Base.metadata.create_all(connection)
        MigrationContext.configure(connection).stamp(ScriptDirectory(ALEMBIC_DIR), "head")
    tables.prepare(f"sqlite:///{tmp_path / 'kit.db'}")
    made = tables_in(tmp_path / "kit.db")
    expected = tables_in(tmp_path / "nbgraders.db")
    assert {name: made.get(name) for name in expected} == expected
    assert set(made) - set(expected) == {
        f"latentlab_{name}" for name in ("history", "provenance", "rubric", "readings")
    }


def test_all_tables_are_created_or_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'kit.db'}"
    broken = tmp_path / "broken.sql"
    broken.write_text(tables.IN_SQLITE.read_text("utf-8") + "create table;\n")
    with monkeypatch.context() as patch:
        patch.setattr(tables, "IN_SQLITE", broken)
        with pytest.raises(UsageError, match="the gradebook cannot be used"):
            tables.prepare(url)
    assert tables_in(tmp_path / "kit.db") == {}
    tables.prepare(url)
    assert "assignment" in tables_in(tmp_path / "kit.db")


def tables_in(path: Path) -> dict[str, str]:
    """Return the SQL that created each table of an SQLite file, by name, with whitespace normalised."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("select name, sql from sqlite_master where type = 'table'")
        return {name: " ".join(made.split()) for name, made in rows}


def test_the_expected_revision_is_nbgraders_newest() -> None:
    assert ScriptDirectory(ALEMBIC_DIR).get_current_head() == tables.REVISION


def test_a_gradebook_can_be_created_beside_other_tables(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table somebody_elses (id integer)")
    tables.prepare(f"sqlite:///{path}")
    with tables.opened(f"sqlite:///{path}") as book:
        assert book.rows(sql.select(book.table["grade"])) == []


def test_an_old_gradebook_is_refused_with_the_command_to_upgrade_it(tmp_path: Path) -> None:
    path = tmp_path / "gradebook.db"
    tables.prepare(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("update alembic_version set version_num = '724cde206c17'")
    with pytest.raises(UsageError) as caught:
        tables.prepare(f"sqlite:///{path}")
    assert str(caught.value) == (
        f"sqlite:///{path}: expected a gradebook of revision e43177bfe90b (nbgrader 0.9.6), got 724cde206c17"
        "; back it up, run `nbgrader db upgrade` in its course, then run this command again"
    )


@pytest.mark.parametrize("url", ["gradebook.db", "oracle+nothing://host/x", "mysql://host/x"])
def test_an_unusable_url_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="--gradebook: expected a database's URL such as postgresql://"):
        tables.prepare(url)


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with pytest.raises(UsageError) as caught:
        tables.prepare("postgresql://ta:secret@127.0.0.1:1/course?connect_timeout=2")
    message = str(caught.value)
    assert message.startswith(
        "postgresql://ta:***@127.0.0.1:1/course?connect_timeout=2: the gradebook cannot be"
    )
    assert "secret" not in message
    assert "run the same command again" in message


def test_a_locked_gradebook_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tables, "PATIENCE", 100)
    path = tmp_path / "gradebook.db"
    url = f"sqlite:///{path}"
    tables.prepare(url)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("begin exclusive")
    try:
        with (
            pytest.raises(UsageError, match=r"database is locked.*no other process locks it"),
            tables.opened(url),
        ):
            pass
    finally:
        other.close()
