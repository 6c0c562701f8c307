"""Runs the seed experiment on real MNIST twice: written the plain way, and as the reference runs it.

Three losses (k = 32) and a sweep over eight dimensions; every model is trained on all 60,000 images. Plain:
torchvision's MNIST with ToTensor through a DataLoader, the default Adam, torch's own threads, one model after
the other. Ours: `reference.report.runs`. The two alternate, each in a separate process; CPU is that of the
process and all its children, imports included. The floor is the CPU of that training's matrix products alone,
on one thread: at their own shapes, and at the rate of one large product.

    python -m benchmarks.mnist --data-root DIR [--epochs LOSSES SWEEP] [--repeats 3]

writes benchmarks/mnist.json and prints its table. With --per-epoch it measures one epoch of one model each
way (k = 32, MSE) and the products of that epoch, in one process on one thread, and writes mnist-epoch.json;
this takes a minute of CPU, where the whole takes many. With --seeds N it trains N models of one loss each
way, with different seeds, and writes mnist-seeds.json, which shows how much seeds change the error.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
DIMS, LATENT_DIM, BATCH, IMAGES = (2, 4, 8, 16, 32, 64, 128, 256), 32, 128, 60_000
Epochs = tuple[int, int]  # of the models that compare losses, and of the sweep's models


def plain(root: str, epochs: Epochs, seed: int) -> dict[str, float]:
    """Run the experiment the plain way; return the test error (MSE) by model."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    torch.manual_seed(seed)
    sets = [datasets.MNIST(root, train=train, transform=transforms.ToTensor()) for train in (True, False)]
    train_loader, test_loader = DataLoader(sets[0], BATCH, shuffle=True), DataLoader(sets[1], BATCH)

    def error(criterion: nn.Module, latent_dim: int, epochs: int) -> float:
        model, total = plain_training(train_loader, criterion, latent_dim, epochs), 0.0
        with torch.no_grad():
            for images, _ in test_loader:
                x = images.view(images.size(0), -1)
                total += ((model(x)[0] - x) ** 2).mean(dim=1).sum().item()
        return total / len(sets[1])

    losses = {"MSE": nn.MSELoss(), "BCE": nn.BCELoss(), "L1": nn.L1Loss()}
    errors = {name: error(criterion, LATENT_DIM, epochs[0]) for name, criterion in losses.items()}
    return errors | {f"k = {k}": error(nn.MSELoss(), k, epochs[1]) for k in DIMS}


def plain_training(loader: Any, criterion: Any, latent_dim: int, epochs: int) -> Any:
    """Train one model the plain way and return it."""
    import torch

    from reference.model import AutoencoderWithAnalysis

    model = AutoencoderWithAnalysis(784, latent_dim)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    for _ in range(epochs):
        epoch_loss = 0.0
        for images, _ in loader:
            x = images.view(images.size(0), -1)
            reconstruction, _ = model(x)
            loss = criterion(reconstruction, x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item()
    return model


def ours(root: str, epochs: Epochs, seed: int) -> dict[str, float]:
    """Run the experiment with the reference; return the test error (MSE) by model.

    The two ways share no models.
    """
    from multiprocessing import forkserver

    from reference.data import Batches
    from reference.losses import mse_loss
    from reference.report.runs import Plan, images_of, load, run_all, workers
    from reference.training import evaluate

    first, second = epochs
    plans = {
        name: Plan("mnist", seed, name, LATENT_DIM, first, BATCH, root=root) for name in ("MSE", "BCE", "L1")
    }
    plans |= {f"k = {k}": Plan("mnist", seed + 1000, "MSE", k, second, BATCH, root=root) for k in DIMS}
    with tempfile.TemporaryDirectory() as folder, workers("cpu") as pool:
        run_all(plans.values(), Path(folder), pool, "cpu", lambda line: print(line, file=sys.stderr))
        models = {name: load(plan, Path(folder)) for name, plan in plans.items()}
    test = Batches(*images_of(plans["MSE"])[1], 500)
    forkserver._forkserver._stop()  # wait for it, so that its CPU is counted
    return {name: evaluate(loaded[0], test, mse_loss, "cpu") for name, loaded in models.items() if loaded}


def of_seed(way: str, root: str, loss: str, epochs: int, seed: int) -> float:
    """Train one model (k = 32) one way from one seed, on one thread; return its test error (MSE)."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    from reference.data import Batches
    from reference.losses import mse_loss
    from reference.report.runs import Plan, images_of, train_run
    from reference.training import evaluate

    torch.set_num_threads(1)
    plan = Plan("mnist", seed, loss, LATENT_DIM, epochs, BATCH, root=root)
    if way == "ours":
        model = train_run(plan)[0]
    else:
        torch.manual_seed(seed)
        images = datasets.MNIST(root, transform=transforms.ToTensor())
        criterion = {"MSE": nn.MSELoss, "BCE": nn.BCELoss, "L1": nn.L1Loss}[loss]()
        model = plain_training(DataLoader(images, BATCH, shuffle=True), criterion, LATENT_DIM, epochs)
    return evaluate(model, Batches(*images_of(plan)[1], 500), mse_loss, "cpu")


def over_seeds(root: str, loss: str, epochs: int, count: int) -> dict[str, Any]:
    """Return the test errors of `count` seeds each way, and the p-value of Welch's t-test on their means."""
    from scipy import stats

    errors: dict[str, list[float]] = {}
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        for way in ("plain", "ours"):
            work = [pool.submit(of_seed, way, root, loss, epochs, seed) for seed in range(1, count + 1)]
            errors[way] = [future.result() for future in work]
    p = float(stats.ttest_ind(errors["plain"], errors["ours"], equal_var=False).pvalue)
    means = {f"mean error, {way}": statistics.mean(errors[way]) for way in errors}
    spread = {f"standard deviation, {way}": statistics.stdev(errors[way]) for way in errors}
    return {"loss": loss, "epochs": epochs, "errors": errors, "ratios": {**means, **spread, "p": p}}


def products(latent_dim: int) -> list[tuple[int, int, int]]:
    """Return one update's matrix products (m, k, n): forward, gradients of weights, gradients of inputs."""
    sizes = [784, 256, 128, latent_dim, 128, 256, 784]
    shapes = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        shapes += [(BATCH, a, b), (b, BATCH, a)] + [(BATCH, b, a)] * (i > 0)
    return shapes


def floor(work: Sequence[tuple[int, int]]) -> dict[str, float]:
    """Measure the CPU seconds of the matrix products, on one thread, of training the models of `work`.

    `work` lists (latent dimension, epochs).
    """
    import torch

    torch.set_num_threads(1)
    steps = -(-IMAGES // BATCH)
    shapes = [torch.empty(s) for k, _ in work for m, i, n in products(k) for s in ((m, i), (i, n), (m, n))]
    for tensor in shapes:
        tensor.uniform_()
    triples = list(zip(shapes[::3], shapes[1::3], shapes[2::3], strict=True))
    each = len(triples) // len(work)
    rounds, seconds = 200, 0.0
    for index, (_, epochs) in enumerate(work):
        began = time.process_time()
        for _ in range(rounds):
            for a, b, out in triples[index * each : (index + 1) * each]:
                torch.mm(a, b, out=out)
        seconds += (time.process_time() - began) / rounds * steps * epochs
    flop = sum(2 * m * i * n * epochs * steps for k, epochs in work for m, i, n in products(k))
    big, out, best = torch.rand(2048, 2048), torch.empty(2048, 2048), float("inf")
    for _ in range(10):
        began = time.process_time()
        torch.mm(big, big, out=out)
        best = min(best, time.process_time() - began)
    rate = 2 * 2048**3 / best
    return {
        "at their own shapes": seconds,
        "at the rate of one large product": flop / rate,
        "GFLOP/s": rate / 1e9,
    }


def per_epoch(root: str, repeats: int) -> dict[str, Any]:
    """Measure the CPU seconds of one epoch of one model each way, in this process on one thread."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    from reference.report.runs import Plan, images_of, train_run

    torch.set_num_threads(1)
    plan = Plan("mnist", 0, "MSE", LATENT_DIM, 1, BATCH, root=root)
    loader = DataLoader(datasets.MNIST(root, transform=transforms.ToTensor()), BATCH, shuffle=True)
    images_of(plan)
    torch.optim.Adam(
        [torch.zeros(1, requires_grad=True)]
    )  # the first Adam imports 800 modules, which are not part of an epoch
    rows = []
    for _ in range(repeats):
        start = time.process_time()
        plain_training(loader, nn.MSELoss(), LATENT_DIM, 1)
        middle = time.process_time()
        train_run(plan)
        end = time.process_time()
        rows.append({"plain": middle - start, "ours": end - middle, "floor": floor([(LATENT_DIM, 1)])})
    return {
        "repeats": rows,
        "load": os.getloadavg()[0],
        "ratios": {
            "CPU, plain / ours": statistics.median(row["plain"] / row["ours"] for row in rows),
            **{
                f"CPU, ours / products {name}": statistics.median(
                    row["ours"] / row["floor"][name] for row in rows
                )
                for name in ("at their own shapes", "at the rate of one large product")
            },
        },
    }


def measured(way: str, root: str, epochs: Epochs, seed: int) -> dict[str, Any]:
    """Run one way in a separate process; return wall and CPU seconds, and its test errors."""
    command = [sys.executable, "-m", "benchmarks.mnist", "--way", way, "--data-root", root]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--epochs", *map(str, epochs), "--seed", str(seed)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{way}: expected exit status 0, got {status}; read its output above")
    return {
        "wall": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "errors": json.loads(output),
    }


def main() -> None:
    """Measure, write and print; with --way, run only that way and print its errors."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-root", required=True, help="the folder that contains 'MNIST'")
    parser.add_argument(
        "--epochs", type=int, nargs=2, default=(1, 1), metavar=("LOSSES", "SWEEP"), help="of each model"
    )
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=["plain", "ours"], help=argparse.SUPPRESS)
    parser.add_argument("--per-epoch", action="store_true", help="measure only one epoch of one model")
    parser.add_argument("--seeds", type=int, help="compare that many seeds of one loss instead")
    parser.add_argument("--loss", choices=["MSE", "BCE", "L1"], default="L1")
    options = parser.parse_args()
    first, second = options.epochs
    if options.way:
        way = plain if options.way == "plain" else ours
        print(json.dumps(way(options.data_root, (first, second), options.seed)))
        return
    if options.seeds:
        keep(over_seeds(options.data_root, options.loss, first, options.seeds), HERE / "mnist-seeds.json")
        return
    if options.per_epoch:
        keep(per_epoch(options.data_root, options.repeats), HERE / "mnist-epoch.json")
        return
    rows = []
    work = [*[(LATENT_DIM, first)] * 3, *((k, second) for k in DIMS)]
    for repeat in range(options.repeats):
        order = ("plain", "ours") if repeat % 2 == 0 else ("ours", "plain")
        row = {way: measured(way, options.data_root, (first, second), repeat) for way in order}
        rows.append(row | {"floor": floor(work), "load": os.getloadavg()[0]})
        print(
            f"repeat {repeat}:", *(f"{w} {row[w]['cpu']:.0f} CPU-s, {row[w]['wall']:.0f} s;" for w in order)
        )
    result = {
        "epochs": {"losses": first, "sweep": second},
        "cores": os.cpu_count(),
        "repeats": rows,
        "ratios": ratios(rows),
    }
    keep(result, HERE / "mnist.json")


def keep(result: dict[str, Any], path: Path) -> None:
    """Write the result and print its ratios."""
    path.write_text(json.dumps(result, indent=1) + "\n")
    for name, value in result["ratios"].items():
        print(f"{name:48} {value:.4g}")


def ratios(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return the medians over the repeats of each ratio, and the largest difference of the errors."""

    def median(of):
        return statistics.median(of(row) for row in rows)

    def mean(way, name):
        return statistics.mean(row[way]["errors"][name] for row in rows)

    names = rows[0]["plain"]["errors"]
    return {
        "CPU, plain / ours": median(lambda row: row["plain"]["cpu"] / row["ours"]["cpu"]),
        "wall, plain / ours": median(lambda row: row["plain"]["wall"] / row["ours"]["wall"]),
        "CPU, ours / products at their own shapes": median(
            lambda row: row["ours"]["cpu"] / row["floor"]["at their own shapes"]
        ),
        "CPU, ours / products at the rate of a large one": median(
            lambda row: row["ours"]["cpu"] / row["floor"]["at the rate of one large product"]
        ),
        "largest difference of a mean test error, %": max(
            abs(mean("ours", name) / mean("plain", name) - 1) * 100 for name in names
        ),
    }


if __name__ == "__main__":
    main()
