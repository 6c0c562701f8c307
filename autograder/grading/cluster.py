"""Hands submissions to the workers of a Dask cluster, as a pool of processes hands them to its own.

Needs the optional extra `cluster`. What a worker grades it grades by its own copy of the kit, in its own
engine, so all of them are held against this one before anything is graded; one that joins later is held
against it by every result. Dask runs again what a lost worker had.
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

    `provenance` is called on every worker and here. Raises UsageError when Dask is not installed, no
    scheduler answers, it has no worker, or one of them would grade by something else.
    """
    client = _connect(address)
    try:
        hold_against(provenance(), client.run(provenance, on_error="return"))
        yield client.get_executor(pure=False)
    finally:
        client.close()


def _connect(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask, which is not installed here: pip install 'latent-lab[cluster]'"
        ) from None
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--scheduler {address}: no Dask scheduler answers there ({error or type(error).__name__}); "
            "start one (`dask scheduler`) or give the address that it prints"
        ) from error


def hold_against(ours: dict[str, str], theirs: dict[str, Any]) -> None:
    """Raise UsageError unless every worker (address → provenance, or what it raised) grades as we do."""
    if not theirs:
        raise UsageError("the scheduler has no workers; start some (`dask worker ADDRESS --nthreads 1`)")
    for worker, found in theirs.items():
        if told := _difference(ours, found):
            raise UsageError(f"the worker {worker} would grade by something else: {told}")


def held_against(ours: dict[str, str], result: Result) -> Result:
    """Return `result`, or an ungraded one in its place when a worker graded by something else."""
    told = _difference(ours, result.provenance) if result.status == "graded" else ""
    why = f"it was graded by something else: {told}"
    return (
        replace(result, status="ungraded", reason=why, score=None, questions=(), checks=())
        if told
        else result
    )


def _difference(ours: dict[str, str], found: Any) -> str:
    """Say in what a worker's provenance is not ours; nothing where it is."""
    if not isinstance(found, dict):
        return f"{type(found).__name__}: {found}"
    told = [
        f"{name}: expected {own}, got {found.get(name)}"
        for name, own in ours.items()
        if found.get(name) != own
    ]
    return f"{'; '.join(told)}. Install this kit and its image there too, then grade again" if told else ""


def is_loss(error: BaseException) -> bool:
    """Tell a worker or scheduler that was lost from an error in what it did."""
    return isinstance(error, CancelledError) or type(error).__name__ in (
        "KilledWorker",
        "FutureCancelledError",
    )
