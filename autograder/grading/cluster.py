"""Grades submissions on the workers of a Dask cluster, which stands in for the pool of processes.

Needs the optional extra `cluster`. Each worker grades with its own copy of the kit and its own engine, so
all workers are compared with this kit before grading starts; each result is compared too, in case a worker
joins later. Dask repeats the work of a lost worker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from autograder.errors import UsageError
from autograder.records.results import Result

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10


@contextmanager
def executor(address: str, provenance: Callable[[], dict[str, str]]) -> Iterator[Executor]:
    """Yield an executor over the cluster whose scheduler is at `address`.

    Calls `provenance` here and on every worker. Raises UsageError if Dask is not installed, no scheduler
    answers, it has no workers, or a worker has another kit, suite, sandbox or image.
    """
    client = _connect(address)
    try:
        require_same(provenance(), client.run(provenance, on_error="return"))
        yield client.get_executor(pure=False)
    finally:
        client.close()


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask, which is not installed; run: pip install 'latent-lab[cluster]'"
        ) from None
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--scheduler {address}: no Dask scheduler answers there ({error or type(error).__name__}); "
            "start one (`dask scheduler`) and give the address that it prints"
        ) from error


def require_same(ours: dict[str, str], theirs: dict[str, Any]) -> None:
    """Raise UsageError unless the provenance of every worker (by address) agrees with `ours`."""
    if not theirs:
        raise UsageError("the scheduler has no workers; start some (`dask worker ADDRESS --nthreads 1`)")
    for worker, provenance in theirs.items():
        if difference := _difference(ours, provenance):
            raise UsageError(f"the worker {worker} would grade differently: {difference}")


def verified(ours: dict[str, str], result: Result) -> Result:
    """Return `result`, or an ungraded one instead if its provenance differs from `ours`."""
    difference = _difference(ours, result.provenance) if result.status == "graded" else ""
    if not difference:
        return result
    why = f"a worker graded it differently: {difference}"
    return replace(result, status="ungraded", reason=why, score=None, questions=(), checks=())


def _difference(ours: dict[str, str], theirs: Any) -> str:
    """Describe how a worker's provenance (or the error it raised) differs from `ours`; "" if it agrees."""
    if not isinstance(theirs, dict):
        return f"{type(theirs).__name__}: {theirs}"
    differences = [
        f"{name}: expected {value}, got {theirs.get(name)}"
        for name, value in ours.items()
        if theirs.get(name) != value
    ]
    step = "Install this kit and its image there too, then grade again"
    return f"{'; '.join(differences)}. {step}" if differences else ""


def is_loss(error: BaseException) -> bool:
    """True if the worker or scheduler was lost, not if its work failed."""
    return isinstance(error, CancelledError) or type(error).__name__ in (
        "KilledWorker",
        "FutureCancelledError",
    )
