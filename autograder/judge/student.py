"""The `student` that a check talks to: a short, closed list of verbs; arrays travel as NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.errors import Malformed, Mismatch
from autograder.judge import evidence
from autograder.judge.replies import NO_ANSWER
from autograder.judge.session import Session
from autograder.wire import Handle, printable

NO_GRADIENTS = "what came back was not an answer about gradients; return plain tensors"


class RemoteObject:
    """An object that lives in the student's process: a model, a stand-in, a value put there."""

    def __init__(self, session: Session, handle: Handle) -> None:
        self._session = session
        self.handle = handle

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method and return its value."""
        _about(method)
        return _ask(self._session, "call", args, kwargs, handle=self.handle.id, method=method)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the object itself and return its value."""
        _about("forward")
        return _ask(self._session, "call", args, kwargs, handle=self.handle.id)

    def get(self, attribute: str | None = None) -> Any:
        """Return the value of the object, or of one attribute."""
        return _wrap(self._session, self._session.ask("get", handle=self.handle.id, method=attribute))

    def state(self) -> dict[str, Any]:
        """Return a model's parameters and buffers, by name, as arrays.

        A lazy layer has parameters only after the first call of the model.
        """
        return _arrays(self._session.ask("state", handle=self.handle.id))

    def load_state(self, arrays: dict[str, Any]) -> None:
        """Overwrite a model's parameters and buffers in place."""
        self._session.ask("load_state", handle=self.handle.id, arrays=arrays)

    def vjp(self, method: str, args: list[Any], cotangent: Any, path: tuple[Any, ...] = ()) -> dict[str, Any]:
        """Call a method and pull `cotangent` back through its result (or the part of it at `path`).

        Returns `value`, `differentiable`, and if differentiable also `arguments` (gradients of the
        floating-point arrays among `args`, in order) and `parameters` (by name); a missing gradient is None.
        """
        _about(method)
        request = {"args": _unwrap(args), "cotangent": cotangent, "path": list(path)}
        return _gradients(self._session.ask("vjp", handle=self.handle.id, method=method, **request))


class Student:
    """One submission during one check, in one fresh process."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the submission and return its value."""
        _about(name)
        return _ask(self._session, "call", args, kwargs, name=name)

    def new(self, name: str, *args: Any, **kwargs: Any) -> RemoteObject:
        """Call a class (or any callable) of the submission and keep the object in the student's process."""
        _about(name)
        return _kept(_ask(self._session, "call", args, kwargs, name=name, keep=True))

    def make(self, kind: str, *args: Any, **kwargs: Any) -> RemoteObject:
        """Build one of the assignment's stand-ins in the student's process."""
        request = {"args": _unwrap(list(args)), "kwargs": _unwrap(kwargs), "kind": kind}
        return RemoteObject(self._session, self._session.keep("make", **request))

    def put(self, value: Any) -> RemoteObject:
        """Place a value in the student's process, to pass it to a call and read it afterwards."""
        return RemoteObject(self._session, self._session.keep("put", value=_unwrap(value)))

    def start_again(self) -> None:
        """Continue in another fresh process; everything kept in the first one, handles included, is gone."""
        self._session.again()

    def vjp(self, name: str, args: list[Any], cotangent: Any) -> dict[str, Any]:
        """Call a function of the submission and pull `cotangent` back; see RemoteObject.vjp."""
        _about(name)
        request = {"args": _unwrap(args), "cotangent": cotangent}
        return _gradients(self._session.ask("vjp", name=name, **request))


def _about(name: str) -> None:
    """Note which of the student's functions the following comparisons are about."""
    if not name.startswith("__"):
        evidence.running().about = name


def _kept(answer: Any) -> RemoteObject:
    """Return the handle that an honest process sends for a kept object; anything else raises Malformed."""
    if not isinstance(answer, RemoteObject):
        raise Malformed(NO_ANSWER)
    return answer


def _arrays(answer: Any) -> dict[str, Any]:
    """Return a model's state if it is a dict of arrays by name, so that checks can compute with it."""
    if not isinstance(answer, dict) or not all(type(name) is str for name in answer):
        raise Mismatch(
            "the model's parameters: expected arrays by name, got something else; do not override state_dict"
        )
    if odd := sorted(name for name, value in answer.items() if not isinstance(value, np.ndarray)):
        names = ", ".join(printable(name) for name in odd[:3])
        raise Mismatch("the model's parameters: expected arrays, got values that are not numbers", names)
    return answer


def _gradients(answer: Any) -> dict[str, Any]:
    """Return the answer to `vjp` if it is well formed: each gradient is an array, or None if missing."""
    if not isinstance(answer, dict) or type(answer.get("differentiable")) is not bool:
        raise Malformed(NO_GRADIENTS)
    if not answer["differentiable"]:
        return {"value": answer.get("value"), "differentiable": False, "arguments": [], "parameters": {}}
    arguments, parameters = answer.get("arguments"), answer.get("parameters")
    if not isinstance(arguments, list) or not isinstance(parameters, dict):
        raise Malformed(NO_GRADIENTS)
    if not all(type(name) is str for name in parameters):
        raise Mismatch(
            "the model's parameters: expected gradients by name, got something else; "
            "do not override named_parameters"
        )
    if not all(g is None or isinstance(g, np.ndarray) for g in (*arguments, *parameters.values())):
        raise Malformed(NO_GRADIENTS)
    return answer


def _ask(session: Session, verb: str, args: Any, kwargs: Any, **request: Any) -> Any:
    return _wrap(session, session.ask(verb, args=_unwrap(list(args)), kwargs=_unwrap(kwargs), **request))


def _unwrap(value: Any) -> Any:
    if isinstance(value, RemoteObject):
        return value.handle
    if isinstance(value, (list, tuple)):
        return type(value)(_unwrap(v) for v in value)
    if isinstance(value, dict):
        return {k: _unwrap(v) for k, v in value.items()}
    return value


def _wrap(session: Session, value: Any) -> Any:
    if isinstance(value, Handle):
        return RemoteObject(session, value)
    if isinstance(value, (list, tuple)):
        return type(value)(_wrap(session, v) for v in value)
    if isinstance(value, dict):
        return {k: _wrap(session, v) for k, v in value.items()}
    return value
