"""Answers the judge's requests about one loaded submission during one check; the list of verbs is fixed."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import autograder.wire as wire
from autograder.errors import WireError
from autograder.worker import loader, notes
from autograder.worker.substitution import Definitions, Substitution
from autograder.worker.values import Registry, from_wire, to_wire


class Missing(Exception):
    """The submission has no such name."""


class Refused(Exception):
    """The request cannot be answered; the message, written by the kit, gives the reason."""


class Child:
    """One check's view of a submission: its module, the stand-ins, and the objects kept so far."""

    def __init__(
        self,
        module: types.ModuleType,
        cells: list[str],
        standins: types.ModuleType,
        definitions: Definitions | None = None,
    ) -> None:
        self.module = module
        self.cells = cells
        self.standins = standins
        self.substitution = Substitution(vars(module), definitions or Definitions())
        self.registry = Registry()
        self.verbs: dict[str, Callable[[dict[str, Any]], Any]] = {
            "call": self.call,
            "get": self.get,
            "state": self.state,
            "load_state": self.load_state,
            "vjp": self.vjp,
        }
        self.first: dict[str, Callable[[dict[str, Any]], None]] = {
            "make": self.make,
            "put": self.put,
            "substitute": self.substitute,
        }

    def answer(self, request: dict[str, Any]) -> bytes:
        """Return the frame that replies to `request`; an exception in student code becomes part of it."""
        number = request.get("id")
        try:
            value = to_wire(self.do(request), self.registry)
            return wire.encode(wire.REPLY, {"id": number, "value": value})
        except Missing as missing:
            reply: dict[str, Any] = {"missing": str(missing)}
        except Refused as refused:
            reply = {"refused": str(refused)}
        except WireError as error:
            reply = {"refused": f"the returned value cannot be sent: {error}"}
        except BaseException as error:  # student code may raise anything, SystemExit included
            reply = {"raised": self._report(error)}
        return wire.encode(wire.REPLY, {"id": number, **reply})

    def do(self, request: dict[str, Any]) -> Any:
        """Carry out a request and return its value; the requests in its `first` are carried out before it."""
        for earlier in request.get("first", []):
            self.first[earlier["verb"]](earlier)
        return self.verbs[request["verb"]](request)

    def _report(self, error: BaseException) -> dict[str, Any]:
        text = notes.describe(error)
        memory = isinstance(error, MemoryError) or "can't allocate memory" in text
        return {
            "type": wire.printable(type(error).__name__),
            "builtin": type(error).__module__ == "builtins",
            "text": text,
            "where": loader.where(error, self.cells),
            "memory": memory,
        }

    def _target(self, request: dict[str, Any]) -> Any:
        name, handle, method = request.get("name"), request.get("handle"), request.get("method")
        if name is not None:
            if name not in vars(self.module):
                raise Missing(name)
            return vars(self.module)[name]
        target = self.registry[int(handle or 0)]
        return target if method is None else getattr(target, method)

    def _arguments(self, request: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        return from_wire(request.get("args", []), self.registry), from_wire(
            request.get("kwargs", {}), self.registry
        )

    def call(self, request: dict[str, Any]) -> Any:
        """Call a name of the submission, a kept object or its method; with `keep`, return a handle."""
        args, kwargs = self._arguments(request)
        value = self._target(request)(*args, **kwargs)
        return self.registry.keep(value) if request.get("keep") else value

    def make(self, request: dict[str, Any]) -> None:
        """Build a stand-in and keep it under the judge's number."""
        args, kwargs = self._arguments(request)
        built = getattr(self.standins, request["kind"])(*args, **kwargs)
        self.registry.keep(built, request["number"])

    def substitute(self, request: dict[str, Any]) -> None:
        """Replace the submission's answers to other questions by stand-ins, wherever it holds them."""
        standins = {name: getattr(self.standins, kind) for name, kind in request["names"].items()}
        self.substitution.replace(standins)

    def put(self, request: dict[str, Any]) -> None:
        """Keep a value under the judge's number, so that it can be passed as an argument and read again."""
        self.registry.keep(from_wire(request["value"], self.registry), request["number"])

    def get(self, request: dict[str, Any]) -> Any:
        """Return a kept object's value, or one attribute of it."""
        return self._target(request)

    def state(self, request: dict[str, Any]) -> Any:
        """Return the parameters and buffers of a kept model by name."""
        return _state(self._target(request))

    def load_state(self, request: dict[str, Any]) -> None:
        """Overwrite the parameters and buffers of a kept model in place."""
        import torch

        current = _state(self._target(request))
        given = from_wire(request["arrays"], self.registry)
        if current.keys() != given.keys():
            raise Refused("the names of the model's parameters differ between two instances")
        with torch.no_grad():
            for name, tensor in current.items():
                if tensor.shape != given[name].shape:
                    shape = f"the shape of parameter {wire.printable(name)}"
                    raise Refused(f"{shape} differs between two instances of the model")
                tensor.copy_(given[name])

    def vjp(self, request: dict[str, Any]) -> Any:
        """Call, then pull `cotangent` back; return the value and gradients by argument and parameter."""
        import torch

        args, kwargs = self._arguments(request)
        tracked = [a.requires_grad_() for a in args if _is_float_tensor(a, torch)]
        target = self._target(request)
        output = target(*args, **kwargs)
        for step in request.get("path", []):
            output = output[step]
        if not isinstance(output, torch.Tensor) or not output.requires_grad:
            return {"value": output, "differentiable": False}
        cotangent = from_wire(request["cotangent"], self.registry)
        pulled = output * cotangent.reshape(output.shape).to(output.dtype)
        pulled.sum().backward()  # like output.backward(cotangent), which would import sympy
        owner = self.registry[request["handle"]] if "handle" in request else None
        named = dict(owner.named_parameters()) if isinstance(owner, torch.nn.Module) else {}
        return {
            "value": output,
            "differentiable": True,
            "arguments": [a.grad for a in tracked],
            "parameters": {name: p.grad for name, p in named.items()},
        }


def _state(model: Any) -> dict[str, Any]:
    """Return a model's parameters and buffers; a tensor with several names occurs once, under the first."""
    named = model.state_dict(keep_vars=True)
    first = {id(value): name for name, value in reversed(named.items())}
    return {name: value for name, value in named.items() if first[id(value)] == name}


def _is_float_tensor(value: Any, torch: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.is_floating_point()
