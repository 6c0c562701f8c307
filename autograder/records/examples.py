"""An assignment's examples: common mistakes, each with code that prints other numbers than right work does.

They are public. `examples.toml`, beside assignment.toml, lists them by question; an assignment may have none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from autograder.errors import AssignmentError
from autograder.records.assignment import Assignment

FILE = "examples.toml"


@dataclass(frozen=True)
class Example:
    """One mistake: `code`, run after a student's own work, prints `right`, or `wrong` with this mistake.

    `cause` is a part of the causes that checks of the `question` name; `sample` is the mistaken sample that
    shows it.
    """

    question: str
    cause: str
    sample: str
    code: str
    right: str
    wrong: str


ENTRIES = tuple(field.name for field in fields(Example) if field.name != "question")


def load(assignment: Assignment) -> tuple[Example, ...]:
    """Return the assignment's examples, in their order in its examples.toml; none if it has no such file.

    Raises AssignmentError that names the file and the entry. A class may have been graded with a version of
    the assignment that lacks a question, so an example of an unknown one is no error here; see require_known.
    """
    path = assignment.folder / FILE if assignment.folder else None
    if path is None or not path.is_file():
        return ()
    return _parsed(path, path.read_text(encoding="utf-8"))


def require_known(assignment: Assignment, listed: Iterable[Example]) -> None:
    """Raise AssignmentError if an example belongs to no question of the assignment."""
    known = [question.id for question in assignment.questions]
    for example in listed:
        if example.question not in known:
            raise AssignmentError(
                f"{FILE} of {assignment.name}: expected examples of {', '.join(known)}, got one of "
                f"{example.question!r}; name a question"
            )


def named(examples: Iterable[Example], question: str, cause: str) -> Example | None:
    """Return the example of a question's `cause`, that with the longest text if several fit; None if none."""
    fitting = [e for e in examples if e.question == question and e.cause in cause]
    return max(fitting, key=lambda example: len(example.cause), default=None)


@cache
def _parsed(path: Path, text: str) -> tuple[Example, ...]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise AssignmentError(f"{path}: not readable as TOML ({error}); correct that line") from error
    for question, entries in table.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise AssignmentError(
                f"{path}: expected entries such as [[QUESTION]], got {question} = {entries!r}; write each "
                "example below such a line, with the question's id"
            )
    found = tuple(_example(path, q, n, e) for q, part in table.items() for n, e in enumerate(part, 1))
    _require_different(path, found)
    return found


def _example(path: Path, question: str, number: int, entry: dict[str, Any]) -> Example:
    where = f"{path}: entry {number} of {question}"
    if set(entry) != set(ENTRIES):
        raise AssignmentError(
            f"{where}: expected {', '.join(ENTRIES)}, got {', '.join(entry) or 'nothing'}; "
            "write these, and only these"
        )
    for name, value in entry.items():
        if not isinstance(value, str) or not value.strip() or (name != "code" and "\n" in value):
            kind = "lines of Python" if name == "code" else "one line of text"
            raise AssignmentError(f"{where}: {name}: expected {kind}, got {value!r}; correct it")
    if entry["right"] == entry["wrong"]:
        raise AssignmentError(
            f"{where}: expected `wrong` to differ from `right`, got {entry['right']!r} for both; "
            "choose code that shows the mistake"
        )
    return Example(question, **{**entry, "code": entry["code"].strip("\n")})


def _require_different(path: Path, examples: Iterable[Example]) -> None:
    seen = set()
    for example in examples:
        if (key := (example.question, example.cause)) in seen:
            raise AssignmentError(
                f"{path}: expected one example for each cause of {example.question}, got two for "
                f"{example.cause!r}; remove one"
            )
        seen.add(key)
