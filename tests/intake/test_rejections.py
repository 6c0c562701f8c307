"""Every message that rejects a submission ends by telling the student what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograder

ADVICE = ("clear", "hand", "remove", "rename", "save", "zip")  # how the last clause may begin


def constants(tree: ast.Module) -> dict[str, str]:
    """Return the strings that a module assigns to names at its top level."""
    return {
        target.id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name) and isinstance(statement.value.value, str)
    }


def text_of(message: ast.expr, names: dict[str, str]) -> str:
    """Return a message with its constants filled in, and an ellipsis for every other value."""
    match message:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return names.get(name, "…")
        case ast.JoinedStr(values=parts):
            return "".join(text_of(part, names) for part in parts)
        case ast.FormattedValue(value=value):
            return text_of(value, names)
        case ast.Call(func=ast.Attribute(value=template, attr="format")):
            return text_of(template, names)
    return "…"


def rejections() -> Iterator[tuple[str, str]]:
    """Yield the place and the message of every RejectedError that the kit raises."""
    package = Path(autograder.__file__).parent
    for path in sorted(package.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = constants(tree)
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id="RejectedError"), args=[message]):
                    yield f"{path.name}:{node.lineno}", text_of(message, names)


def tells_what_to_do(message: str) -> bool:
    """Whether the last clause of a message is an instruction."""
    _, mark, advice = message.rpartition("; ")
    return bool(mark) and advice.startswith(tuple(f"{verb} " for verb in ADVICE))


def test_the_source_contains_rejections() -> None:
    assert len(list(rejections())) > 15


@pytest.mark.parametrize(("place", "message"), list(rejections()))
def test_a_rejection_tells_the_student_what_to_do(place: str, message: str) -> None:
    assert tells_what_to_do(message), f"{place}: {message!r} does not end in '; ' and one of {ADVICE}"


@pytest.mark.parametrize("message", ["x.py: it is empty", "x.py: it is empty; sorry", "hand in x.py"])
def test_a_message_without_advice_is_recognised(message: str) -> None:
    assert not tells_what_to_do(message)
