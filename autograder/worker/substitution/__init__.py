"""Lets stand-ins replace the answers to other questions wherever student code holds them.

Theory of operation. Student code reaches another question's answer not only by its name: also by an alias, a
default argument, a table, a partial, a class attribute or a subclass. So the objects themselves are changed.
While a submission is loaded, definitions.py notes each object that was ever an answer and changes none of
them. `Substitution.replace`, called in a check of another question, then changes them in place: functions
and instances (objects.py) and classes (classes.py). An object that cannot be changed, such as a function of
torch, keeps its behaviour; references.py replaces the references to it that the submission holds.
`restore` undoes everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograder.worker.substitution import classes, objects
from autograder.worker.substitution.calls import Switch
from autograder.worker.substitution.definitions import Definitions
from autograder.worker.substitution.references import replace_references

Undo = Callable[[], object]
MISSING = object()


class Substitution:
    """Replaces objects of a submission, whose namespace is `names`, by stand-ins, and restores them."""

    def __init__(self, names: dict[str, Any], definitions: Definitions) -> None:
        self._names = names
        self._definitions = definitions
        self._undo: list[Undo] = []

    def replace(self, standins: Mapping[str, Any]) -> None:
        """Replace the answer called NAME by `standins[NAME]`, for each of them, wherever it is held."""
        self._definitions.look(self._names, standins)
        held = self._definitions.objects(standins)
        several, entangled = _shared(held, standins)
        others: dict[int, tuple[Any, Any]] = {}  # by id: an object that stays as it is, and its replacement
        for name, standin in standins.items():
            changed = [own for own in held[name] if id(own) not in entangled and self._change(own, standin)]
            rest = [own for own in held[name] if not any(own is one for one in changed)]
            others |= {id(own): (own, _instead(own, standin)) for own in rest if id(own) not in several}
            self._bind(name, standin, changed)
        if others:
            self._undo += replace_references(self._names, others)

    def restore(self) -> None:
        """Undo every replacement."""
        while self._undo:
            self._undo.pop()()

    def _change(self, own: Any, standin: Any) -> bool:
        """Change `own` in place; return False, with nothing changed, if that is impossible."""
        begun = len(self._undo)
        change = classes.replaced if issubclass(type(own), type) else objects.replaced
        try:
            for undo in change(own, standin, self._names):
                self._undo.append(undo)
        except Exception:  # student code decides what its objects allow
            while len(self._undo) > begun:
                self._undo.pop()()
        return len(self._undo) > begun

    def _bind(self, name: str, standin: Any, changed: list[Any]) -> None:
        """Bind `name` to a replacement, unless its object was changed."""
        names, own = self._names, self._names.get(name, MISSING)
        if any(own is one for one in changed):
            return
        names[name] = standin if own is MISSING else _instead(own, standin)
        self._undo.append(lambda: names.pop(name, None) if own is MISSING else names.update({name: own}))


def _instead(own: Any, standin: Any) -> Any:
    """Return what takes the place of `own` where the object itself cannot be changed."""
    return Switch(standin, own) if callable(own) and not issubclass(type(own), type) else standin


def _shared(held: Mapping[str, list[Any]], standins: Mapping[str, Any]) -> tuple[set[int], set[int]]:
    """Return the ids of the objects that several names stood for, and of those that share a part so.

    What has a part in common with another name's object cannot be changed in place; what is another name's
    object cannot even be told from it.
    """
    several, entangled = set(), set()
    for name, owns in held.items():
        others = [one for other in held if standins[other] is not standins[name] for one in held[other]]
        wholes, parts = {objects.identity(one) for one in others}, {objects.changed_by(one) for one in others}
        several |= {id(own) for own in owns if objects.identity(own) in wholes}
        entangled |= {id(own) for own in owns if objects.changed_by(own) in parts}
    return several, entangled


__all__ = ["Definitions", "Substitution"]
