"""The kit's own tables beside nbgrader's: where scores come from, each change, and how answers were read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, DateTime, Float, Integer, MetaData, String, Table, Text

METADATA = MetaData()

PROVENANCE = Table(
    "latentlab_provenance",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("sha256", String(64), nullable=False, comment="of the graded file"),
    Column("made_by", JSON, nullable=False, comment="kit, suite, sandbox, image: see docs/results.md"),
    Column("answers", JSON, nullable=False, comment="written question → SHA-256 of the answer"),
    Column("page", String(64), nullable=False, comment="what the notebook in autograded/ was rendered from"),
)

HISTORY = Table(
    "latentlab_history",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False, comment="UTC"),
    Column("who", String(128), nullable=False),
    Column("why", Text, nullable=False),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("question", String(128), nullable=False),
    Column("what", String(16), nullable=False, comment="auto_score, manual_score, extra_credit, comment"),
    Column("before", Text),
    Column("after", Text),
)

RUBRIC = Table(
    "latentlab_rubric",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("assignment", String(128), nullable=False),
    Column("question", String(128), nullable=False),
    Column("text", Text, nullable=False),
    Column("points", Float, nullable=False),
)

READINGS = Table(
    "latentlab_readings",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("question", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("second", Boolean, primary_key=True, comment="a second marker's, which changes no mark"),
    Column("at", DateTime, nullable=False, comment="UTC"),
    Column("who", String(128), nullable=False),
    Column("items", JSON, nullable=False, comment="ids in latentlab_rubric"),
    Column("extra", Float, nullable=False, comment="points beside those of the items"),
    Column("comment", Text, nullable=False),
    Column("points", Float, nullable=False),
    Column("settled", Boolean, nullable=False, comment="somebody decided between this one and the first"),
)


def now() -> datetime:
    """Return the time in UTC, without a time zone, as nbgrader stores times."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def noted(value: Any) -> str | None:
    """Return a score or a comment as the history stores it: `4`, `4.5`, text, or None."""
    return f"{value:g}" if isinstance(value, int | float) else value
