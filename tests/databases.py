"""A new database in PostgreSQL for one test, with an empty gradebook."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
import sqlalchemy as sql

from autograder.gradebook import tables

POSTGRES = os.environ.get("LATENTLAB_POSTGRES", "postgresql:///postgres")
# `drop database … with (force)` would also end the server's own autovacuum, which needs a superuser.
END_SESSIONS = sql.text(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = :name and usename = current_user"
)


def in_postgres() -> Iterator[str]:
    """Yield the URL of a prepared gradebook; without a server, see _server."""
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
