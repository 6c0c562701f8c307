"""What the report measures: which runs it needs, and every number that the runs of one seed give.

`measure` reads the finished runs of one seed and returns plain numbers; `intervals` combines the seeds later.
It trains nothing, so its numbers are those of the runs in the folder.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from reference import pictures, properties, triples
from reference.arithmetic import class_centroids
from reference.baselines import PCA, mean_predictor_error, pca_errors
from reference.data import Batches
from reference.losses import LOSSES
from reference.noise import gradient, logit_gradient, moved_by_outliers
from reference.report.runs import Plan, images_of, load, new_model
from reference.training import evaluate

__all__ = ["KNOWN_DIM", "KNOWN_DIMS", "SETTINGS", "SHARES", "Settings", "measure", "plans", "trained"]

Numbers = dict[str, Any]
KNOWN_DIM, KNOWN_DIMS = 4, (1, 2, 3, 4, 5, 6, 8)  # of the synthetic images; the k of the sweep over them
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4)  # of inverted images, for the best single image
MOST = 5000  # latents or images where every pair is compared


@dataclass(frozen=True)
class Settings:
    """Everything that a report depends on."""

    data: str
    seeds: tuple[int, ...]
    epochs: int                     # of every run
    batch_size: int
    latent_dim: int                 # of the models that are examined closely
    dims: tuple[int, ...]           # of the sweep; latent_dim and 2 are among them
    known_epochs: int = 15          # of the runs on images of known dimension
    outliers: float = 0.2           # share of training pixels inverted, for robustness
    root: str | None = None


SETTINGS = {
    "digits": Settings("digits", tuple(range(5)), 15, 32, 16, (2, 4, 8, 16, 32, 64)),
    "mnist": Settings("mnist", tuple(range(3)), 15, 128, 32, (2, 4, 8, 16, 32, 64, 128, 256)),
}


def plans(s: Settings, seed: int) -> dict[tuple[Any, ...], Plan]:
    """The runs of one seed by purpose: ("sweep", k), ("loss", name), ("outliers", name), ("known", k)."""
    base = Plan(s.data, seed, "MSE", s.latent_dim, s.epochs, s.batch_size, root=s.root)
    known = replace(base, data=f"synthetic-{KNOWN_DIM}", batch_size=32, epochs=s.known_epochs)
    return {
        **{("sweep", k): replace(base, latent_dim=k) for k in s.dims},
        **{("loss", name): replace(base, loss=name) for name in LOSSES},
        **{("outliers", name): replace(base, loss=name, outliers=s.outliers) for name in LOSSES},
        **{("known", k): replace(known, latent_dim=k) for k in KNOWN_DIMS},
    }


def trained(plan: Plan, folder: Path) -> tuple[nn.Module, list[float]]:
    """The finished run (model, history). Raises FileNotFoundError where the folder lacks it."""
    found = load(plan, folder)
    if found is None:
        raise FileNotFoundError(
            f"{plan.name}: expected its finished run in {folder}, got none; make the "
            "report again, which trains what is missing"
        )
    return found


def measure(s: Settings, seed: int, folder: Path) -> Numbers:
    """Every number of one seed, from the functions below. Reads finished runs, writes nothing."""
    wanted = plans(s, seed)
    models = {what: trained(plan, folder)[0] for what, plan in wanted.items()}
    sets = {
        part: Batches(*tensors, 500)
        for part, tensors in zip(("train", "test"), images_of(wanted["loss", "MSE"])[:2], strict=True)
    }
    by_loss = {name: models["loss", name] for name in LOSSES}
    return {
        "losses": losses(by_loss, sets["test"]),
        "histories": {name: trained(wanted["loss", name], folder)[1] for name in LOSSES},
        "outliers": outliers(s, models, sets),
        "sweep": sweep(s, models, sets),
        "properties": latent_properties(s, wanted, models, sets),
        "interpolation": interpolation(by_loss["MSE"], sets),
        "errors": errors_by_class(by_loss["MSE"], sets["test"]),
        "known": known_dimension(wanted, models),
        "arithmetic": arithmetic(models, sets, new_model(wanted["loss", "MSE"])),
    }


def _flat(batches: Batches) -> Tensor:
    return batches.tensors[0].flatten(1)  # (N, d)


@torch.no_grad()
def losses(models: dict[str, nn.Module], test: Batches) -> Numbers:
    """Each model's test error by each loss, and the sharpness and gradients of its reconstructions."""
    x = _flat(test)
    found: Numbers = {"originals": _looks(x)}
    for name, model in models.items():
        x_hat, _ = model(x)
        small = {
            "small gradients at the output": _small(gradient(name, x_hat, x)),
            "small gradients at the logit": _small(logit_gradient(name, x_hat, x)),
        }
        found[name] = {other: float(loss(x_hat, x)) for other, loss in LOSSES.items()} | _looks(x_hat) | small
    return found


def _looks(images: Tensor) -> Numbers:
    return {
        "gradient energy": pictures.gradient_energy(images),
        "saturation": pictures.saturation(images),
        "entropy": pictures.entropy(images),
    }


def _small(g: Tensor) -> float:
    """Share of the gradients that are below a hundredth of the 99th percentile of their sizes."""
    sizes = g.abs().flatten().numpy()
    return float((sizes < 0.01 * np.quantile(sizes, 0.99)).mean())


def outliers(s: Settings, models: dict[tuple[Any, ...], nn.Module], sets: dict[str, Batches]) -> Numbers:
    """Robustness, measured on the best single image of each class and on models trained on spoilt pixels."""
    images, labels = _flat(sets["train"]), sets["train"].tensors[1]
    groups = [images[labels == c][: MOST // 10] for c in labels.unique()]
    found: Numbers = {}
    for name in LOSSES:
        moved = {
            str(share): float(np.mean([moved_by_outliers(name, g, share) for g in groups]))
            for share in SHARES
        }
        errors = {
            when: {
                other: evaluate(models[what, name], sets["test"], loss, "cpu")
                for other, loss in LOSSES.items()
            }
            for when, what in (("clean", "loss"), ("spoilt", "outliers"))
        }
        found[name] = {"moved": moved, **errors}
    return found


def sweep(s: Settings, models: dict[tuple[Any, ...], nn.Module], sets: dict[str, Batches]) -> Numbers:
    """Error and participation ratio by k, PCA's error, and that of the mean image."""
    by_k = {k: models["sweep", k] for k in s.dims}
    return {
        "autoencoder": [evaluate(model, sets["test"], LOSSES["MSE"], "cpu") for model in by_k.values()],
        "pca": pca_errors(sets["train"], sets["test"], s.dims),
        "mean image": mean_predictor_error(sets["train"], sets["test"]),
        "participation": [
            properties.participation_ratio(properties.encode_all(model, sets["test"], "cpu")[0])
            for model in by_k.values()
        ],
        "participation of the pixels": properties.participation_ratio(_flat(sets["test"])),
    }


def latent_properties(
    s: Settings,
    wanted: dict[tuple[Any, ...], Plan],
    models: dict[tuple[Any, ...], nn.Module],
    sets: dict[str, Batches],
) -> Numbers:
    """Compactness, smoothness and correlation of both latent spaces, of PCA's and of an untrained model's."""
    spaces = {
        f"untrained, k = {s.latent_dim}": new_model(wanted["loss", "MSE"]).eval(),
        f"PCA, k = {s.latent_dim}": PCA(sets["train"], s.latent_dim),
        f"autoencoder, k = {s.latent_dim}": models["loss", "MSE"],
        "PCA, k = 2": PCA(sets["train"], 2),
        "autoencoder, k = 2": models["sweep", 2],
    }
    return {name: _properties(model, sets) for name, model in spaces.items()}


def _properties(model: nn.Module, sets: dict[str, Batches]) -> Numbers:
    z, y = (t[: 2 * MOST] for t in properties.encode_all(model, sets["train"], "cpu"))
    z_test, y_test = (t[:MOST] for t in properties.encode_all(model, sets["test"], "cpu"))
    some = z_test[:200]
    return {
        "silhouette": properties.silhouette(z_test, y_test),
        "5-NN accuracy": properties.knn_accuracy(z, y, z_test, y_test),
        "nearest-centroid accuracy": properties.nearest_centroid_accuracy(z, y, z_test, y_test),
        "path / chord": properties.path_to_chord(model, some[:100], some[100:]),
        "local sensitivity": properties.local_sensitivity(model, some),
        "local Lipschitz constant": properties.local_lipschitz(model, some),
        "mean |correlation|": properties.mean_correlation(z_test),
        "participation ratio": properties.participation_ratio(z_test),
    }


@torch.no_grad()
def interpolation(model: nn.Module, sets: dict[str, Batches]) -> Numbers:
    """Distance to the nearest training image, half way between two test images: by latents, by pixels."""
    x, y = _flat(sets["test"])[:1000], sets["test"].tensors[1][:1000]
    data = _flat(sets["train"])[: 2 * MOST]
    pairs = [(i, i + len(x) // 2) for i in range(len(x) // 2) if y[i] != y[i + len(x) // 2]]
    i, j = torch.tensor(pairs).T
    half_way = {
        "test images": x[i],
        "reconstructions": model(x[i])[0],
        "half way in latent space": model.decode((model.encode(x[i]) + model.encode(x[j])) / 2),
        "half way in pixels": (x[i] + x[j]) / 2,
    }
    return {
        name: float(properties.distance_to_nearest(images, data).mean()) for name, images in half_way.items()
    }


@torch.no_grad()
def errors_by_class(model: nn.Module, test: Batches) -> Numbers:
    """Mean squared error of the test images of each class."""
    x, y = _flat(test), test.tensors[1]
    errors = (model(x)[0] - x).square().mean(dim=1)  # (N,)
    return {str(c): float(errors[y == c].mean()) for c in y.unique().tolist()}


def known_dimension(wanted: dict[tuple[Any, ...], Plan], models: dict[tuple[Any, ...], nn.Module]) -> Numbers:
    """On images of KNOWN_DIM factors: the error by k; disentanglement; arithmetic with answers."""
    train, test, factors = images_of(wanted["known", KNOWN_DIM])
    assert factors is not None
    batches, model = Batches(*test, 500), models["known", KNOWN_DIM]
    x = torch.cat([train[0], test[0]]).flatten(1)  # (1280, d)
    z = model.encode(x).detach()  # (1280, KNOWN_DIM)
    generator = torch.Generator().manual_seed(wanted["known", KNOWN_DIM].seed)
    rotation, _ = torch.linalg.qr(torch.randn(KNOWN_DIM, KNOWN_DIM, generator=generator))
    latents = {"true factors": factors, "true factors, rotated": factors @ rotation, "autoencoder": z}
    return {
        "errors": [evaluate(models["known", k], batches, LOSSES["MSE"], "cpu") for k in KNOWN_DIMS],
        "pca": pca_errors(Batches(*train, 500), batches, KNOWN_DIMS),
        "disentanglement": {name: _indices(factors, each) for name, each in latents.items()},
        "arithmetic": triples.known_answers(model, test[0].flatten(1), factors[len(train[0]) :]),
    }


def _indices(factors: Tensor, z: Tensor) -> Numbers:
    return {
        "DCI disentanglement": properties.dci_disentanglement(factors, z),
        "mutual information gap": properties.mutual_information_gap(factors, z),
        "linear R²": properties.informativeness(factors, z),
        "mean |correlation|": properties.mean_correlation(z),
    }


@torch.no_grad()
def arithmetic(
    models: dict[tuple[Any, ...], nn.Module], sets: dict[str, Batches], untrained: nn.Module
) -> Numbers:
    """How each triple is judged: in the larger space, in the plane, in an untrained model."""
    judge = triples.classifier(*sets["train"].tensors)
    x, y = _flat(sets["test"])[:2000], sets["test"].tensors[1][:2000]
    spaces = {"autoencoder": models["loss", "MSE"], "k = 2": models["sweep", 2], "untrained": untrained}
    return {"classifier accuracy": float((judge(x) == y.numpy()).mean())} | {
        name: opinions(model, sets["train"], judge) for name, model in spaces.items()
    }


@torch.no_grad()
def opinions(model: nn.Module, train: Batches, judge: Any) -> Numbers:
    """The class of every triple by the nearest centroid and by the classifier, and that of the centroids."""
    centroids = class_centroids(model, train, "cpu")  # (10, k)
    every = triples.all_triples()
    z = triples.new_latents(centroids, every)  # (720, k)
    images, data = model.decode(z), _flat(train)[: 2 * MOST]
    seen, near = judge(images), triples.nearest_centroid(centroids, z)
    own = judge(model.decode(centroids)) == np.arange(len(centroids))
    return {
        "seen": seen.tolist(),
        "near": near.tolist(),
        "distance": properties.distance_to_nearest(images, data).tolist(),
        "centroids seen as their class": float(own.mean()),
    }


def every_seed(s: Settings, folder: Path, mapper: Any = map) -> Iterator[Numbers]:
    """`measure` of each seed, in their order."""
    n = len(s.seeds)
    return mapper(measure, [s] * n, s.seeds, [folder] * n)
