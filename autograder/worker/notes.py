"""The notes that a student reads about loading: what failed, what followed from it, names used too early."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

import autograder.wire as wire
from autograder.worker import bindings

SKIPPED = "skipped: fix this statement if your answers need it"


class Notes:
    """Collects notes while statements run; `names` are those of the module, `place` says which one runs."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.place = ""
        self._names = names
        self._texts: list[str] = []
        self._follow: dict[int, int] = {}  # by note: how many later statements failed because of it
        self._lost: dict[str, int] = {}  # by name: the note on the statement that should have bound it
        self._early: dict[str, list[int]] = {}  # by name: the notes on statements that lacked it
        self._found: dict[int, str] = {}  # by note: where the name that it lacks is bound at last

    def add(self, text: str) -> None:
        """Say something about the current statement."""
        self._texts.append(f"{self.place}: {wire.printable(text, 300)}")

    def failed(self, error: BaseException, statement: ast.stmt) -> None:
        """Say how the current statement failed, or count it with the one that it follows from."""
        missing = (getattr(error, "name", None) or "") if type(error) is NameError else ""
        cause = self._lost.get(missing)
        if cause is None:
            self._texts.append(f"{self.place}: {describe(error)}; {SKIPPED}")
            cause = len(self._texts) - 1
            if missing:
                self._early.setdefault(missing, []).append(cause)
        else:
            self._follow[cause] = self._follow.get(cause, 0) + 1
        self._lost |= dict.fromkeys(bindings.bound(statement) - self._names.keys(), cause)

    def unread(self, text: str, source: str) -> None:
        """Say something about code that Python cannot read, and note the names that it seems to define."""
        self._texts.append(text)
        self._lost |= dict.fromkeys(bindings.bound_in_text(source), len(self._texts) - 1)

    def look(self) -> None:
        """Note which of the names that were used too early the current statement has bound."""
        for name in [name for name in self._early if name in self._names]:
            where = f"`{name}` is there only from {self.place} on: move that up, above its first use"
            self._found |= dict.fromkeys(self._early.pop(name), where)

    def all(self) -> list[str]:
        """Return the notes, each with how many later statements failed because of what it says."""
        follow = {
            n: f" ({count} later statements failed because of this)" for n, count in self._follow.items()
        }
        found = {n: f"; {where}" for n, where in self._found.items()}
        return [text + found.get(n, "") + follow.get(n, "") for n, text in enumerate(self._texts)]


def describe(error: BaseException) -> str:
    """Return `Type: message` of an exception on one short line, even if its `__str__` raises."""
    try:
        message = str(error)
    except BaseException:
        message = "(its message cannot be shown)"
    return wire.printable(f"{type(error).__name__}: {message}" if message else type(error).__name__, 300)
