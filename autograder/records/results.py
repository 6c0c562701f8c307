"""The result of grading one submission, as records and as the documented JSON (docs/results.md)."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from autograder.errors import UsageError
from autograder.records.files import write_whole
from autograder.records.submission import Cell, Member, SubmissionInfo

SCHEMA = 2
OLD = 1  # the previous schema, which can still be read: it had messages instead of a fault
Outcome = Literal["passed", "failed", "raised", "timeout", "memory", "crashed", "malformed", "untried"]
Visibility = Literal["public", "hidden"]
Status = Literal["graded", "ungraded", "rejected", "waiting"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One small grey picture: its bytes in hexadecimal, row by row, and the sign to its left in a strip."""

    label: str
    pixels: str
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A picture that a public check shows beside its message, drawn from values that the judge received.

    `images` and `strip` have pictures of a `width`; a `curve` has `y` over `x`, the band from `low` to
    `high` that contains correct work, and a `mark` at one x. The `..._name` fields label these.
    """

    kind: Literal["images", "strip", "curve"]
    caption: str
    width: int = 0
    pictures: tuple[Picture, ...] = ()
    x: tuple[float, ...] = ()
    y: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    mark: float | None = None
    x_name: str = "x"
    y_name: str = "value"
    mark_name: str = "mark"


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the graded code: its cell, named as the student knows it, and its number in the cell."""

    cell: str
    line: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a check was lost, as facts; words.py makes the sentence and decides who sees `detail`.

    `detail` is the evidence: values, or the text of an exception.
    """

    what: str
    cause: str | None = None
    place: Place | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check; `fault` is None if it passed.

    `told` is what the student reads of a lost hidden check, in place of `fault`: see judge/closed.py.
    `printed` is what student code printed during a lost check, for staff; it may differ between runs. A check
    that was not tried names, in `because`, the check whose fault stopped it too.
    """

    id: str
    question: str
    visibility: Visibility
    title: str
    outcome: Outcome
    points: int
    max_points: int
    fault: Fault | None = None
    printed: str = ""
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    margin: float | None = None  # the largest fraction used of any allowance; over 1 fails
    exhibits: tuple[Exhibit, ...] = ()
    because: str = ""
    told: Fault | None = None


@dataclass(frozen=True, slots=True)
class QuestionResult:
    """The points of one question, the sum of its checks."""

    id: str
    title: str
    score: int
    max_score: int


@dataclass(frozen=True)
class Result:
    """The result of one submission. If ungraded or waiting, `score` is None and `questions` is empty.

    `schema` is the schema of the file it was read from, which an older kit may have written.
    """

    submission: SubmissionInfo
    status: Status
    reason: str | None
    score: int | None
    max_score: int
    questions: tuple[QuestionResult, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    provenance: dict[str, str] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    schema: int = SCHEMA


def to_json(result: Result) -> str:
    """Return the result as JSON text in the current schema, with keys in record order and a final newline."""
    return json.dumps(asdict(replace(result, schema=SCHEMA)), indent=1, ensure_ascii=False) + "\n"


def from_json(text: str) -> Result:
    """Read a result from JSON. Raises UsageError unless it has the current or previous schema."""
    try:
        table = json.loads(text)
        if table["schema"] not in (OLD, SCHEMA):
            raise UsageError(
                f"expected a result of schema {OLD} or {SCHEMA}, got schema {table['schema']}; grade it again"
            )
        check = _old_check if table["schema"] == OLD else _check
        return Result(
            **{
                **table,
                "submission": _info(table["submission"]),
                "questions": tuple(QuestionResult(**_interned(q)) for q in table["questions"]),
                "checks": tuple(check(c) for c in table["checks"]),
                "flags": tuple(table["flags"]),
                "notes": tuple(table["notes"]),
                "cells": tuple(Cell(**c) for c in table.get("cells", ())),
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"not a result file ({type(error).__name__}: {error}); grade it again") from error


def _check(table: dict[str, Any]) -> CheckResult:
    faults = {name: _fault(table.get(name)) for name in ("fault", "told")}
    exhibits = tuple(_exhibit(e) for e in table.get("exhibits", ()))
    return CheckResult(**{**_interned(table), **faults, "exhibits": exhibits})


def _fault(table: dict[str, Any] | None) -> Fault | None:
    if table is None:
        return None
    place = None if table["place"] is None else Place(**_interned(table["place"]))
    return Fault(**{**_interned(table), "place": place})


def _old_check(table: dict[str, Any]) -> CheckResult:
    """Return a check of the previous schema with its message unchanged; it has no cause and no place.

    `message` was for students and contained the detail in public checks; `staff_message` always did.
    """
    rest = {name: value for name, value in table.items() if name not in ("message", "staff_message")}
    message, whole = table["message"], table["staff_message"]
    what = message.partition("\n")[0] if table["visibility"] == "public" else message
    detail = whole.removeprefix(what).removeprefix("\n")
    fault = {"what": what, "cause": None, "place": None, "detail": detail} if whole else None
    return _check({**rest, "fault": fault})


def _exhibit(table: dict[str, Any]) -> Exhibit:
    pictures = tuple(Picture(**_interned(p)) for p in table["pictures"])
    lines = {name: tuple(table[name]) for name in ("x", "y", "low", "high")}
    return Exhibit(**{**table, "pictures": pictures, **lines})


def _interned(table: dict[str, Any]) -> dict[str, Any]:
    """Return a table with equal strings shared (interned): most strings occur many times in a class."""
    return {name: sys.intern(value) if type(value) is str else value for name, value in table.items()}


def _info(table: dict[str, Any]) -> SubmissionInfo:
    members = tuple(Member(**member) for member in table.get("members", ()))
    return SubmissionInfo(**{**table, "members": members, "doubts": tuple(table.get("doubts", ()))})


def write(result: Result, path: Path) -> Result:
    """Write `result` to `path` completely or not at all, even after a crash.

    Returns it as `read` would, with equal strings shared.
    """
    text = to_json(result)
    write_whole(path, text, durable=True)
    return from_json(text)


def read(path: Path) -> Result:
    """Read the result at `path`. Raises UsageError, which names the file, if it is not a result."""
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except (UsageError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error


def without_timing(result: Result) -> dict[str, Any]:
    """Return the part of a result that must be equal in two runs: everything except seconds, printed text
    (which may contain seconds) and the source's path.
    """
    untimed = replace(
        result,
        checks=tuple(replace(c, seconds=0.0, cpu_seconds=0.0, printed="") for c in result.checks),
        submission=replace(result.submission, source=""),
        timing={},
    )
    return {f.name: getattr(untimed, f.name) for f in fields(untimed)}
