"""The whole lesson in one run: trains the models, writes the figures as PNG and the numbers as JSON and
Markdown.

It draws through matplotlib's figures only and shows none of them; the caller chooses the backend.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.utils.data import DataLoader

from reference import analysis, properties
from reference.arithmetic import class_centroids, decode_arithmetic
from reference.baselines import mean_predictor_error, pca_errors
from reference.data import make_loader, unilin
from reference.losses import bce_loss, compare_loss_functions, mae_loss, mse_loss
from reference.model import AutoencoderWithAnalysis
from reference.sweep import find_elbow, find_optimal_latent_dim
from reference.training import evaluate, first_images, train

__all__ = ["Run", "Table", "as_markdown", "tables", "write_report"]

Numbers = dict[str, Any]
Say = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """Everything that a report depends on."""

    data: str                   # the name of the images
    train_loader: DataLoader
    test_loader: DataLoader
    out: Path
    epochs: int
    latent_dim: int             # of the model that is looked at closely
    dims: tuple[int, ...]       # of the sweep
    seed: int = 0
    device: str = "cpu"

    @property
    def model_class(self) -> Callable[..., nn.Module]:
        """The autoencoder, bound to the size of these images."""
        return partial(AutoencoderWithAnalysis, first_images(self.test_loader, 1).shape[1])

    def save(self, figure: Figure, name: str) -> None:
        figure.savefig(self.out / f"{name}.png", dpi=130)
        plt.close(figure)


def write_report(run: Run, say: Say = lambda line: None) -> Numbers:
    """Run every part, write its figures, numbers.json and numbers.md into `run.out`, and return the numbers.

    Creates the folder. `say` is called with one line before each part.
    """
    began = time.perf_counter()
    run.out.mkdir(parents=True, exist_ok=True)
    numbers: Numbers = {name: getattr(run, name) for name in ("data", "seed", "epochs", "latent_dim")}
    say(f"training with each of three losses, k = {run.latent_dim}, {run.epochs} epochs")
    numbers["losses"], model = compare(run)
    say(f"training once for each k in {', '.join(map(str, run.dims))}")
    numbers |= sweep(run)
    say("looking at latent spaces, errors and arithmetic")
    look_at_latents(run, model)
    numbers["errors"] = look_at_errors(run, model)
    do_arithmetic(run, model)
    say("measuring compactness, smoothness and disentanglement")
    numbers["properties"] = measure(run, model)
    numbers["disentanglement"] = measure_disentanglement(run)
    numbers["seconds"] = round(time.perf_counter() - began, 1)
    (run.out / "numbers.json").write_text(json.dumps(numbers, indent=2) + "\n")
    (run.out / "numbers.md").write_text(as_markdown(numbers))
    return numbers


def compare(run: Run) -> tuple[Numbers, nn.Module]:
    """Exercise 1: every model's test error by every loss, {trained by: {evaluated by: value}}, and the
    MSE model."""
    torch.manual_seed(run.seed)
    new = partial(run.model_class, latent_dim=run.latent_dim)
    results = compare_loss_functions(new, run.train_loader, run.test_loader, run.device, run.epochs)
    run.save(analysis.plot_loss_comparison(results, first_images(run.test_loader)), "loss_comparison")
    table = {name: _test_losses(run, result["model"]) for name, result in results.items()}
    return table, results["MSE"]["model"]


def _test_losses(run: Run, model: nn.Module) -> Numbers:
    losses = {"MSE": mse_loss, "BCE": bce_loss, "L1": mae_loss}
    return {name: evaluate(model, run.test_loader, loss, run.device) for name, loss in losses.items()}


def sweep(run: Run) -> Numbers:
    """Exercise 2: the error per dimension beside PCA's, the elbow, and the mean image's error."""
    torch.manual_seed(run.seed)
    results = find_optimal_latent_dim(
        run.train_loader, run.test_loader, run.device, run.dims, run.epochs, model_class=run.model_class
    )
    elbow = find_elbow(run.dims, [r["error"] for r in results])
    pca = pca_errors(run.train_loader, run.test_loader, run.dims)
    mean = mean_predictor_error(run.train_loader, run.test_loader)
    run.save(analysis.plot_error_curve(results, elbow, pca, mean), "error_curve")
    rows = [{**r, "pca": error} for r, error in zip(results, pca, strict=True)]
    return {"sweep": rows, "elbow": elbow, "mean_predictor": mean}


def look_at_latents(run: Run, model: nn.Module) -> None:
    """The latent space of a two-dimensional model as it is, and that of the larger one through t-SNE."""
    torch.manual_seed(run.seed)
    flat = run.model_class(latent_dim=2)
    train(flat, run.train_loader, mse_loss, run.device, run.epochs, lr=1e-3)
    run.save(analysis.visualize_latent_space(flat, run.test_loader, run.device), "latent_2d")
    run.save(analysis.visualize_latent_space(model, run.test_loader, run.device, "tsne"), "latent_tsne")


def look_at_errors(run: Run, model: nn.Module) -> Numbers:
    """Summary of the test images' errors, over all and by class."""
    errors, labels = analysis.analyze_reconstruction_quality(model, run.test_loader, run.device)
    run.save(plt.gcf(), "reconstruction_errors")
    by_class = {str(c): float(errors[labels == c].mean()) for c in sorted(set(labels.tolist()))}
    return {"mean": float(errors.mean()), "max": float(errors.max()), "by_class": by_class}


def do_arithmetic(run: Run, model: nn.Module) -> None:
    """Exercise 3: 3 + (8 - 0), and the way from 3 to 8 in eight steps, both between mean training latents."""
    centroids = class_centroids(model, run.train_loader, run.device)
    images = {f"centroid of {i}": decode_arithmetic(model, centroids, run.device, i, i, i) for i in (3, 8, 0)}
    images["3 + (8 $-$ 0)"] = decode_arithmetic(model, centroids, run.device)
    run.save(analysis.plot_images(images, "Latent arithmetic"), "arithmetic")
    way = [(i / 7, torch.lerp(centroids[3], centroids[8], i / 7)) for i in range(8)]
    steps = {f"{t:.0%}": model.decode(z) for t, z in way}
    run.save(analysis.plot_images(steps, "From the centroid of 3 to the centroid of 8"), "interpolation")


def measure(run: Run, model: nn.Module) -> dict[str, Numbers]:
    """Compactness, smoothness and dimensions in use, each for an untrained model and for the trained one."""
    torch.manual_seed(run.seed)
    untrained = run.model_class(latent_dim=run.latent_dim).to(run.device)
    before, after = _properties(run, untrained), _properties(run, model)
    return {name: {"untrained": before[name], "trained": after[name]} for name in before}


def _properties(run: Run, model: nn.Module) -> Numbers:
    z, y = properties.encode_all(model, run.train_loader, run.device)
    z_test, y_test = properties.encode_all(model, run.test_loader, run.device)
    some = z_test[:200].to(run.device)
    return {
        "silhouette": properties.silhouette(z_test, y_test),
        "kNN accuracy": properties.knn_accuracy(z, y, z_test, y_test),
        "nearest-centroid accuracy": properties.nearest_centroid_accuracy(z, y, z_test, y_test),
        "path / chord": properties.path_to_chord(model, some[:100], some[100:]),
        "local sensitivity": properties.local_sensitivity(model, some),
        "participation ratio": properties.participation_ratio(z_test),
    }


def measure_disentanglement(run: Run, r: int = 4) -> dict[str, Numbers]:
    """The indices for images made from r known factors: a trained autoencoder's latents beside two
    yardsticks."""
    torch.manual_seed(run.seed)
    images, factors = unilin(r, seed=run.seed)
    model = AutoencoderWithAnalysis(images.shape[1], r)
    loader = make_loader(images, factors, batch_size=64, shuffle=True, seed=run.seed)
    train(model, loader, mse_loss, "cpu", epochs=20, lr=3e-3)
    z, factors = properties.encode_all(model, make_loader(images, factors), "cpu")
    rotation, _ = torch.linalg.qr(torch.randn(r, r))
    candidates = {"true factors": factors, "true factors, rotated": factors @ rotation, "autoencoder": z}
    return {name: _indices(factors, latents) for name, latents in candidates.items()}


def _indices(factors: torch.Tensor, z: torch.Tensor) -> Numbers:
    return {
        "DCI disentanglement": properties.dci_disentanglement(factors, z),
        "MIG": properties.mutual_information_gap(factors, z),
        "linear R²": properties.informativeness(factors, z),
    }


@dataclass(frozen=True)
class Table:
    """A table of strings, to be printed or written."""

    title: str
    header: list[str]
    rows: list[list[str]]


def tables(numbers: Numbers) -> list[Table]:
    """The numbers of a report as tables to be read."""
    sweep_rows = [[str(r["dim"]), f"{r['error']:.4f}", f"{r['pca']:.4f}"] for r in numbers["sweep"]]
    errors = numbers["errors"]
    return [
        _table(f"Test loss at k = {numbers['latent_dim']}", "trained by", numbers["losses"]),
        Table("Test MSE by latent dimension", ["k", "autoencoder", "PCA"], [
            ["0 (mean image)", "", f"{numbers['mean_predictor']:.4f}"], *sweep_rows,
            ["elbow", str(numbers["elbow"]), ""],
        ]),
        Table("Test MSE by class", ["class", "MSE"], [
            *([name, f"{error:.4f}"] for name, error in errors["by_class"].items()),
            ["all", f"{errors['mean']:.4f}"], ["worst image", f"{errors['max']:.4f}"],
        ]),
        _table(f"Latent space at k = {numbers['latent_dim']}", "property", numbers["properties"]),
        _table("Disentanglement, synthetic images of 4 known factors", "latents", numbers["disentanglement"]),
    ]


def _table(title: str, corner: str, rows: dict[str, Numbers]) -> Table:
    header = [corner, *next(iter(rows.values()))]
    return Table(title, header, [[name, *(f"{v:.4f}" for v in row.values())] for name, row in rows.items()])


def as_markdown(numbers: Numbers) -> str:
    """The tables of a report as one Markdown page."""
    head = "# Latent space and reconstruction loss: {data}, seed {seed}, {epochs} epochs, {seconds} s\n"
    parts = [head.format(**numbers)]
    for table in tables(numbers):
        lines = [table.header, ["---"] * len(table.header), *table.rows]
        parts.append(f"## {table.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n")
    return "\n".join(parts)
