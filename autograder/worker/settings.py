"""The settings of a whole process that cells may leave changed, and that checks must not inherit."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from typing import Any

FRESH = {  # the values with which torch and NumPy start
    "torch.inference": False,
    "torch.grad": True,
    "torch.dtype": "float32",
    "torch.device": "cpu",
    "torch.matmul": "highest",
    "torch.deterministic": False,
    "torch.anomaly": False,
    "torch.autocast": False,
    "numpy.errors": {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"},
}
GUARDS: list[Any] = []  # entered for good: inference mode has no other way to be switched off


def read() -> dict[str, Any]:
    """Return the settings that hold now, of torch and NumPy only if they are imported."""
    found: dict[str, Any] = {"warnings": list(warnings.filters)}
    if "torch" in sys.modules:
        found |= {name: get() for name, (get, _) in _of_torch(sys.modules["torch"]).items()}
    if "numpy" in sys.modules:
        found["numpy.errors"] = sys.modules["numpy"].geterr()
    return found


def apply(wanted: dict[str, Any]) -> None:
    """Make the settings what `read` found earlier, or FRESH; leaves alone what is right already."""
    now = read()
    setters = (
        {name: put for name, (_, put) in _of_torch(sys.modules["torch"]).items()}
        if "torch.grad" in now
        else {}
    )
    setters["warnings"] = _put_warnings
    setters["numpy.errors"] = lambda value: sys.modules["numpy"].seterr(**value)
    for name, value in wanted.items():
        if name in now and now[name] != value:
            setters[name](value)


def _put_warnings(filters: list[Any]) -> None:
    warnings.resetwarnings()  # also forgets what was warned of before
    warnings.filters[:] = filters  # type: ignore[index]


def _of_torch(torch: Any) -> dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]]:
    """Return how to read and set each setting of torch; inference mode first, as it sets grad mode too."""
    return {
        "torch.inference": (torch.is_inference_mode_enabled, lambda on: _enter(torch.inference_mode(on))),
        "torch.grad": (torch.is_grad_enabled, torch.set_grad_enabled),
        "torch.dtype": (
            lambda: str(torch.get_default_dtype()).removeprefix("torch."),
            lambda name: torch.set_default_dtype(getattr(torch, name)),
        ),
        "torch.device": (lambda: str(torch.get_default_device()), lambda name: _put_device(torch, name)),
        "torch.matmul": (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
        "torch.deterministic": (
            torch.are_deterministic_algorithms_enabled,
            torch.use_deterministic_algorithms,
        ),
        "torch.anomaly": (torch.is_anomaly_enabled, torch.autograd.set_detect_anomaly),
        "torch.autocast": (
            lambda: torch.is_autocast_enabled("cpu"),
            lambda on: torch.set_autocast_enabled("cpu", on),
        ),
    }


def _enter(guard: Any) -> None:
    guard.__enter__()
    GUARDS.append(guard)


def _put_device(torch: Any, name: str) -> None:
    torch.set_default_device(None if name == "cpu" else name)
