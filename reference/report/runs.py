"""Many training runs at full speed: on all cores or on a GPU, with progress, and no run trained twice.

A `Plan` names everything that a run depends on. `run_all` trains the runs that its folder lacks: one process
per core, each with one thread (with layers this small, two processes do twice the work of one process with
two threads), on images that are indexed in memory rather than decoded, with the losses and Adam of `fused`. A
finished run is one file, written under a temporary name and then renamed, so that even after a power cut it
is complete or absent. The loop is the lesson's, `training.train_epoch`, and the numbers are the lesson's up
to rounding.
"""

import hashlib
import inspect
import os
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from reference import data
from reference.data import Batches
from reference.model import AutoencoderWithAnalysis
from reference.noise import invert_some
from reference.report import fused
from reference.training import train_epoch

__all__ = ["Plan", "images_of", "load", "new_model", "run_all", "train_run", "workers"]

Say = Callable[[str], None]
Set = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Plan:
    """One training run. Runs of one seed share split, order of batches and, at one k, initial weights."""

    data: str                   # "digits", "mnist", or "synthetic-R": images of R known factors
    seed: int
    loss: str                   # "MSE", "BCE" or "L1"
    latent_dim: int
    epochs: int
    batch_size: int
    lr: float = 1e-3
    outliers: float = 0.0       # share of the training pixels to invert, chosen at random
    root: str | None = None     # the folder of MNIST; a run does not depend on it

    @property
    def name(self) -> str:
        """The plan in words, for progress lines and errors."""
        spoilt = f", {self.outliers:.0%} of pixels inverted" if self.outliers else ""
        return f"{self.data}, seed {self.seed}: {self.loss}, k = {self.latent_dim}{spoilt}"

    @property
    def key(self) -> str:
        """Hash of everything that the run depends on: the plan, the code and torch's version."""
        parts = repr(sorted(asdict(replace(self, root=None)).items())), torch.__version__, _code()
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:24]


@lru_cache(maxsize=1)
def _code() -> list[str]:
    """The source of all that decides a run: model, losses, optimizer, loop, data."""
    parts = (AutoencoderWithAnalysis, *fused.LOSSES.values(), fused.Adam, train_epoch, invert_some, Batches,
             data.digits, data.mnist, data.unilin, data.synthetic, images_of, _images, new_model, train_run)
    return [inspect.getsource(part) for part in parts]


def images_of(plan: Plan) -> tuple[Set, Set, Tensor | None]:
    """((images, labels) to train on, (images, labels) to test on, the factors of all images or None)."""
    return _images(plan.data, 0 if plan.data == "mnist" else plan.seed, plan.root)


@lru_cache(maxsize=4)
def _images(name: str, seed: int, root: str | None) -> tuple[Set, Set, Tensor | None]:
    """The images by name, cached since many runs share them. MNIST has one split for every seed."""
    if name.startswith("synthetic-"):
        r = int(name.removeprefix("synthetic-"))
        loaders = data.synthetic(r, seed=seed)
        factors = data.unilin(r, n=1280, seed=seed)[1]                  # (1280, r)
    else:
        loaders = data.digits(seed=seed) if name == "digits" else data.mnist(root or "", seed=seed)
        factors = None
    train, test = (loader.dataset.tensors for loader in loaders)
    return train, test, factors


def new_model(plan: Plan) -> nn.Module:
    """The untrained autoencoder that the run starts from."""
    d = images_of(plan)[0][0][0].numel()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)
        return AutoencoderWithAnalysis(d, plan.latent_dim)


def train_run(plan: Plan, device: str = "cpu") -> tuple[nn.Module, list[float]]:
    """Train one plan: (the model on the CPU, the mean training loss of each epoch)."""
    images, labels = images_of(plan)[0]
    if plan.outliers:
        images = invert_some(images, plan.outliers, torch.Generator().manual_seed(plan.seed))
    net = new_model(plan).to(device)
    batches = Batches(images.to(device), labels.to(device), plan.batch_size, shuffle=True, seed=plan.seed)
    adam = fused.Adam(net.parameters(), lr=plan.lr)
    history = [train_epoch(net, batches, adam, fused.LOSSES[plan.loss], device) for _ in range(plan.epochs)]
    return net.cpu().eval(), history


def run_all(plans: Iterable[Plan], folder: Path, pool: Executor | None, device: str, say: Say) -> None:
    """Train every run that `folder` lacks, and write each there as it ends.

    Trains in the processes of `pool`, or in this one where it is None. `say` gets a line for each run that
    ended, with the time left as estimated from the epochs done so far.
    """
    wanted = list(dict.fromkeys(plans))
    todo = [plan for plan in wanted if load(plan, folder) is None]
    if len(todo) < len(wanted):
        say(f"{len(wanted) - len(todo)} of {len(wanted)} runs are there already, in {folder}")
    began, total = time.perf_counter(), sum(map(_work, todo))
    done = 0.0
    for i, plan in enumerate(_each(todo, folder, pool, device), 1):
        done += _work(plan)
        left = (time.perf_counter() - began) * (total / done - 1)
        say(f"{i:3}/{len(todo)}  {plan.name}  (about {_minutes(left)} left)")


def _each(plans: list[Plan], folder: Path, pool: Executor | None, device: str) -> Iterator[Plan]:
    """Yield each plan as its run ends."""
    if pool is None:
        for plan in plans:
            yield _train_and_keep(plan, folder, device)
        return
    futures = [pool.submit(_train_and_keep, plan, folder, device) for plan in plans]
    for future in as_completed(futures):
        yield future.result()


def _work(plan: Plan) -> float:
    """The run's cost in updates, up to a factor that runs on the same images share."""
    n = {"digits": 1437, "mnist": 60000}.get(plan.data, 1024)
    weight = 4 if plan.data == "mnist" else 1       # a larger input and batch
    return plan.epochs * n / plan.batch_size * weight


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


# one file per finished run


def _train_and_keep(plan: Plan, folder: Path, device: str) -> Plan:
    net, history = train_run(plan, device)
    arrays = {f"weight {name}": value.numpy() for name, value in net.state_dict().items()}
    save(folder / f"{plan.key}.npz", arrays | {"history": np.array(history)})
    return plan


def save(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    """Write arrays so that the file is complete or absent. Creates the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)


def load(plan: Plan, folder: Path) -> tuple[nn.Module, list[float]] | None:
    """The finished run (model, history), or None where there is none or its file is damaged."""
    try:
        with np.load(folder / f"{plan.key}.npz") as file:
            history = file["history"].tolist()
            state = {name.removeprefix("weight "): torch.from_numpy(file[name]) for name in file.files
                     if name.startswith("weight ")}
        net = new_model(plan)
        net.load_state_dict(state)
    except (OSError, ValueError, KeyError, EOFError, RuntimeError, zipfile.BadZipFile):
        return None
    return net.eval(), history


# one process per core


@contextmanager
def workers(device: str, jobs: int | None = None) -> Iterator[Executor | None]:
    """A pool of `jobs` processes (default: one per core) that compute with one thread each.

    Yields None where this process is enough: for one job, and on a GPU. Otherwise the processes are forked
    from a server that has imported everything and computed nothing, since forking a process in which a thread
    pool has run can hang. On Windows, which has no fork, each process imports for itself.
    """
    jobs = jobs or _cores()
    if jobs == 1 or torch.device(device).type != "cpu":
        _one_thread()
        yield None
        return
    context = get_context("spawn" if sys.platform == "win32" else "forkserver")
    if sys.platform != "win32":
        context.set_forkserver_preload(["reference.report.drawing"])
    pool = ProcessPoolExecutor(jobs, context, _begin)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C nothing new begins


def _begin() -> None:
    """Set up a process of the pool: one thread, and an end when its parent ends, for whatever reason."""
    _one_thread()
    if parent := parent_process():
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()


def _one_thread() -> None:
    """Compute with one thread, so that sums are the same on any number of cores."""
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
