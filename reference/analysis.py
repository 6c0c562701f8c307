"""Looking at a trained autoencoder: its latent space, its errors, and the figures of the three exercises.

Every function draws on a new figure and returns at once, with or without a display; `figure.savefig` keeps
it.

Reference: van der Maaten & Hinton, "Visualizing Data using t-SNE" (2008).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

__all__ = [
    "analyze_reconstruction_quality",
    "draw_error_curve",
    "draw_latents",
    "image_grid",
    "plot_error_curve",
    "plot_images",
    "plot_interpolations",
    "plot_latent_plane",
    "plot_loss_comparison",
    "plot_reconstruction_errors",
    "show",
    "visualize_latent_space",
]


@torch.no_grad()
def visualize_latent_space(
    model: nn.Module, test_loader: DataLoader, device: torch.device | str, method: str = "direct"
) -> "plt.Figure":
    """Scatter plot of the latent vectors of the test images, coloured by class.

    With method "direct", a two-dimensional latent space is drawn as it is, and any other through t-SNE
    (perplexity 30, seed 42); "tsne" always takes t-SNE, which sees at most 5,000 images. Returns the figure.
    """
    if method not in ("direct", "tsne"):
        raise ValueError(f"visualize_latent_space: expected method 'direct' or 'tsne', got {method!r}")
    model.to(device).eval()
    batches = [(model.encode(images.flatten(1).to(device)).cpu(), labels) for images, labels in test_loader]
    latents = torch.cat([z for z, _ in batches]).numpy()                # (N, k)
    y = torch.cat([labels for _, labels in batches]).numpy()            # (N,)
    direct = method == "direct" and latents.shape[1] == 2
    if direct:
        spots = latents
    else:
        keep = np.random.default_rng(42).permutation(len(y))[:5000]
        spots, y = _tsne(latents[keep]), y[keep]                       # (N, 2)
    title = "Latent space, k = 2" if direct else f"Latent space, k = {latents.shape[1]}, unfolded by t-SNE"
    figure, axes = plt.subplots(figsize=(7, 6), layout="constrained")
    _scatter_by_class(axes, spots, y)
    names = ("$z_1$", "$z_2$") if direct else ("t-SNE 1", "t-SNE 2")
    axes.set(title=f"{title} ({len(y):,} test images)", xlabel=names[0], ylabel=names[1])
    return figure


def _tsne(z: NDArray[np.float32]) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(z) - 1) / 3)
    init = "pca" if z.shape[1] > 1 else "random"
    return TSNE(n_components=2, perplexity=perplexity, random_state=42, init=init).fit_transform(z)


def _scatter_by_class(axes: "plt.Axes", spots: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    for label in np.unique(labels):
        mine, colour = spots[labels == label], _class_colour(label)
        axes.scatter(mine[:, 0], mine[:, 1], s=10, alpha=0.7, color=colour, label=str(label))
        axes.annotate(
            str(label), np.median(mine, axis=0), ha="center", va="center", fontsize=13, fontweight="bold",
            bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": colour, "alpha": 0.85},
        )
    axes.legend(title="class", loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2, frameon=False)


def _class_colour(label: int) -> str:
    """Ten colours that stay apart for colour-blind eyes (Paul Tol's scheme "muted", and a dark grey)."""
    colours = ("#CC6677", "#332288", "#DDAA33", "#117733", "#88CCEE",
               "#882255", "#44AA99", "#999933", "#AA4499", "#777777")
    return colours[int(label) % 10]


@torch.no_grad()
def plot_latent_plane(
    model: nn.Module, test_loader: DataLoader, device: torch.device | str, n: int = 11
) -> "plt.Figure":
    """A two-dimensional latent space, twice: where the test images lie, and what each place decodes to.

    The n x n decoded images stand at the places of a grid over the middle 90 % of the latents, drawn
    as a frame among them. Returns the figure.
    """
    model.to(device).eval()
    batches = [(model.encode(images.flatten(1).to(device)).cpu(), labels) for images, labels in test_loader]
    z, y = torch.cat([z for z, _ in batches]), torch.cat([y for _, y in batches])     # (N, 2), (N,)
    (left, bottom), (right, top) = np.quantile(z.numpy(), (0.05, 0.95), axis=0)
    across, up = torch.linspace(left, right, n), torch.linspace(bottom, top, n)
    rows, columns = torch.meshgrid(up.flip(0), across, indexing="ij")   # (n, n), top row first
    grid = torch.stack([columns.flatten(), rows.flatten()], dim=1)      # (n * n, 2)
    images = model.decode(grid.to(device)).cpu()                        # (n * n, d)
    side = round(images.shape[1] ** 0.5)
    tiles = nn.functional.pad(images.view(n, n, side, side), (0, 1, 0, 1), value=0.4)   # (n, n, s + 1, s + 1)
    sheet = tiles.transpose(1, 2).reshape(n * (side + 1), n * (side + 1))
    figure, (places, pictures) = plt.subplots(1, 2, figsize=(13, 6), layout="constrained")
    _scatter_by_class(places, z.numpy(), y.numpy())
    places.add_patch(plt.Rectangle((left, bottom), right - left, top - bottom, fill=False, color="0.3"))
    places.set(title=f"Where {len(y):,} test images lie", xlabel="$z_1$", ylabel="$z_2$")
    frame = (left, right, bottom, top)
    pictures.imshow(sheet.numpy(), cmap="gray", vmin=0, vmax=1, extent=frame, aspect="auto")
    pictures.set(title="What each place in the frame decodes to", xlabel="$z_1$", ylabel="$z_2$")
    return figure


@torch.no_grad()
def plot_interpolations(
    model: nn.Module, starts: Tensor, ends: Tensor, device: torch.device | str, steps: int = 9
) -> "plt.Figure":
    """From one image to another, in equal steps: along a line in latent space, and below it in the pixels.

    `starts` and `ends` are flat images (P, d). The latent line begins and ends with reconstructions.
    Returns the figure.
    """
    model.to(device).eval()
    z_start, z_end = model.encode(starts.to(device)), model.encode(ends.to(device))   # (P, k)
    shares = [i / (steps - 1) for i in range(steps)]
    size = (1.1 * steps, 2.3 * len(starts))
    figure, axes = plt.subplots(2 * len(starts), steps, figsize=size, squeeze=False, layout="constrained")
    for pair in range(len(starts)):
        latent = torch.stack([torch.lerp(z_start[pair], z_end[pair], t) for t in shares])   # (steps, k)
        pixels = torch.stack([torch.lerp(starts[pair], ends[pair], t) for t in shares])     # (steps, d)
        rows = {"latent": model.decode(latent).cpu(), "pixels": pixels.cpu()}
        _image_grid(axes[2 * pair : 2 * pair + 2], rows)
    for axis, t in zip(axes[0], shares, strict=True):
        axis.set_title(f"{t:.0%}", fontsize=10)
    return figure


@torch.no_grad()
def analyze_reconstruction_quality(
    model: nn.Module, test_loader: DataLoader, device: torch.device | str
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """How well each single test image is reconstructed: draws the errors and returns them.

    Returns (errors, labels), two NumPy arrays of shape (N,) in the loader's order: each image's squared error
    averaged over its pixels, and its class. The figure (see `plot_reconstruction_errors`) is the current one.
    """
    model.to(device).eval()
    errors, labels = [], []
    for images, y in test_loader:
        x = images.flatten(1).to(device)                                # (B, d)
        reconstruction, _ = model(x)                                    # (B, d)
        errors.append(((reconstruction - x) ** 2).mean(dim=1).cpu())    # (B,)
        labels.append(y)
    all_errors, all_labels = torch.cat(errors).numpy(), torch.cat(labels).numpy()
    plot_reconstruction_errors(all_errors, all_labels)
    return all_errors, all_labels


def plot_reconstruction_errors(errors: NDArray[np.float32], labels: NDArray[np.int64]) -> "plt.Figure":
    """Histogram of the images' errors with their mean, and one box per class. Returns the figure."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    left.hist(errors, bins=40, color="#0072B2", edgecolor="white", linewidth=0.5)
    left.axvline(errors.mean(), color="#D55E00", linestyle="--", label=f"mean {errors.mean():.4f}")
    left.set(title="Reconstruction error of the test images", xlabel="mean squared error", ylabel="images")
    left.legend(frameon=False)
    classes = np.unique(labels)
    boxes, names = [errors[labels == c] for c in classes], [str(c) for c in classes]
    parts = right.boxplot(boxes, tick_labels=names, patch_artist=True, flierprops={"ms": 3})
    for c, box, median in zip(classes, parts["boxes"], parts["medians"], strict=True):
        box.set(facecolor=_class_colour(c), alpha=0.6)
        median.set(color="black")
    right.set(title="Error by class", xlabel="class", ylabel="mean squared error")
    return figure


def plot_loss_comparison(results: Mapping[str, Mapping[str, Any]], originals: Tensor) -> "plt.Figure":
    """Exercise 1: learning curves of `compare_loss_functions` over rows of reconstructions.

    `originals` (n, d) are the images that were reconstructed. The curves are relative to their first
    epoch, since the losses have different units. Returns the figure.
    """
    n = len(originals)
    figure = plt.figure(figsize=(max(7, n), 5 + len(results)), layout="constrained")
    top, bottom = np.ravel(figure.subfigures(2, 1, height_ratios=(1, 1.25)))
    axes = top.subplots()
    colours = {"MSE": "#0072B2", "BCE": "#E69F00", "L1": "#009E73"}
    for name, result in results.items():
        losses = np.array(result["train_losses"])
        steps = np.arange(1, len(losses) + 1)
        axes.plot(steps, losses / losses[0], marker=".", color=colours.get(name), label=name)
    axes.set(title="Training loss, relative to the first epoch", xlabel="epoch", ylabel="loss / first loss")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False)
    bottom.suptitle("Test images and their reconstructions")
    rows = {"original": originals} | {name: result["reconstructions"] for name, result in results.items()}
    _image_grid(bottom.subplots(len(rows), n, squeeze=False), rows)
    return figure


def plot_error_curve(
    results: Sequence[Mapping[str, float]],
    elbow: int | None = None,
    pca: Sequence[float] | None = None,
    mean_predictor: float | None = None,
) -> "plt.Figure":
    """Exercise 2: test error against latent dimension, with the elbow and what PCA and the mean image
    achieve.

    `results` is what `find_optimal_latent_dim` returns, `pca` one error per entry of it. Returns the figure.
    """
    dims, errors = [r["dim"] for r in results], [r["error"] for r in results]
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    axes.plot(dims, errors, marker="o", color="#0072B2", label="autoencoder")
    if pca is not None:
        axes.plot(dims, pca, marker="s", ms=4, linestyle="--", color="#E69F00", label="PCA (linear)")
    if mean_predictor is not None:
        axes.axhline(mean_predictor, linestyle=":", color="0.4", label="always the mean image")
    if elbow is not None:
        height = errors[dims.index(elbow)]
        axes.plot(elbow, height, marker="o", ms=15, mfc="none", mec="#D55E00", mew=2, linestyle="none",
                  label=f"elbow: k = {elbow}")
    axes.set_xscale("log", base=2)
    axes.set_xticks(dims, [str(k) for k in dims])
    axes.set(title="Information bottleneck: error against latent dimension", xlabel="latent dimension k",
             ylabel="test mean squared error")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return figure


def plot_images(images: Mapping[str, Tensor], title: str = "") -> "plt.Figure":
    """Exercise 3: a strip of images, each under its name, such as "3", "8", "0" and "3 + (8 - 0)".

    The images are flat (d,) or of shape (H, W). Returns the figure.
    """
    size = (1.7 * len(images), 2.5)
    figure, axes = plt.subplots(1, len(images), figsize=size, squeeze=False, layout="constrained")
    figure.suptitle(title)
    for axis, (name, image) in zip(axes[0], images.items(), strict=True):
        _show(axis, image)
        axis.set_title(name)
    return figure


def _image_grid(axes: NDArray[Any], rows: Mapping[str, Tensor]) -> None:
    """One row of images per name, the name at its left."""
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for axis, image in zip(line, images, strict=True):
            _show(axis, image)
        line[0].text(-0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=12)


def _show(axis: "plt.Axes", image: Tensor) -> None:
    """Draw a flat or square image in grey; one whose pixels form no square becomes a strip."""
    pixels = image.detach().cpu().flatten().numpy()
    side = round(len(pixels) ** 0.5)
    shape = (side, side) if side * side == len(pixels) else (1, len(pixels))
    aspect = "equal" if shape[0] > 1 else "auto"
    axis.imshow(pixels.reshape(shape), cmap="gray", vmin=0, vmax=1, aspect=aspect)
    axis.set_axis_off()


def draw_latents(axes: "plt.Axes", z: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    """Scatter two-dimensional latents z (N, 2) on the axes, a colour for each class in `labels` (N,).

    Every latent is one point at (z[i, 0], z[i, 1]); a legend says which colour is which class; both axes
    have a name. Call `axes.scatter` once for each class, with the points of that class and its label.
    """
    for label in np.unique(labels):
        mine = z[labels == label]                                       # (N_label, 2)
        axes.scatter(mine[:, 0], mine[:, 1], s=10, label=str(label))
    axes.set(xlabel="$z_1$", ylabel="$z_2$")
    axes.legend(title="class")


def draw_error_curve(
    axes: "plt.Axes", dims: Sequence[int], errors: Sequence[float], pca: Sequence[float], elbow: int
) -> None:
    """Draw the errors and PCA's errors against the latent dimensions, and mark the elbow, on the axes.

    Two lines over `dims`, one through `errors` and one through `pca`, each with a label; a mark of its own,
    with `axes.plot`, at the elbow's point of the curve; a logarithmic axis of dimensions, an axis of errors
    that begins at 0; names for both axes, and a legend.
    """
    axes.plot(dims, errors, marker="o", label="autoencoder")
    axes.plot(dims, pca, marker="s", linestyle="--", label="PCA (linear)")
    at = errors[list(dims).index(elbow)]
    axes.plot([elbow], [at], marker="o", ms=15, mfc="none", linestyle="none", label=f"elbow: {elbow}")
    axes.set_xscale("log", base=2)
    axes.set(xlabel="latent dimension k", ylabel="test mean squared error", ylim=(0, None))
    axes.legend()


# the public names, for other modules; the assignment copies the two functions under their private ones
image_grid = _image_grid
show = _show
