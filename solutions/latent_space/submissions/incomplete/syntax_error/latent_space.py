# Generated from assignments/latent_space/notebook.py by `python -m autograder.authoring.render`: change that and render again.

# %% [markdown]
# # Latent space and reconstruction loss
#
# An *autoencoder* squeezes an image through a small **latent vector** $z$ and rebuilds it:
# $x \to z = \mathrm{encode}(x) \to \hat{x} = \mathrm{decode}(z)$. It learns by making $\hat{x}$ like $x$, so
# the latent vector must hold what matters. You write the autoencoder, three reconstruction losses, a sweep
# over the size of the latent vector, and arithmetic with latent vectors.
#
# **Rules.** Write the bodies of the functions that raise `NotImplementedError`. Keep their names and
# signatures; add helpers, cells and experiments as you like. Cells tagged `exploration` are yours: they are
# not graded. `handout.md` says how the points are given and how to hand in.
#
# **Check yourself** as often as you like: `autograder check latent_space.ipynb`.


# %%
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


# %% [markdown]
# ## Data (given)
#
# `digits()` is scikit-learn's set of 1,797 real digits of 8×8 pixels, split into 1,437 to train and 360 to
# test. `mnist(root)` is the real thing, 28×28 pixels. Both give two loaders of `(images, labels)`, images in
# [0, 1] of shape `(B, 1, H, W)`. Flatten them: `images.flatten(1)` has shape `(B, d)`.


# %%
class Preloaded(TensorDataset):
    """Images and labels held in memory; a batch is one indexing operation."""

    def __getitems__(self, indices: list[int]) -> tuple[Tensor, ...]:
        return self[indices]


def make_loader(
    images: Tensor, labels: Tensor, batch_size: int = 32, shuffle: bool = False, seed: int = 0
) -> DataLoader:
    """A DataLoader over tensors held in memory, yielding (images, labels); the last batch may be short."""
    generator = torch.Generator().manual_seed(seed)
    data = Preloaded(images, labels)
    return DataLoader(data, batch_size=batch_size, shuffle=shuffle, collate_fn=tuple, generator=generator)


def digits(batch_size: int = 32, seed: int = 0) -> tuple[DataLoader, DataLoader]:
    """(train_loader, test_loader) of scikit-learn's 8x8 digits: 1,437 and 360 images (B, 1, 8, 8), ten
    classes.

    The split keeps the classes' proportions; it and the order of the training batches depend on `seed`.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    pixels, labels = load_digits(return_X_y=True)                       # (1797, 64) in 0 ... 16, (1797,)
    images = torch.tensor(pixels / 16, dtype=torch.float32).view(-1, 1, 8, 8)
    targets = torch.tensor(labels, dtype=torch.int64)
    train, test = train_test_split(np.arange(len(labels)), test_size=360, stratify=labels, random_state=seed)
    return (
        make_loader(images[train], targets[train], batch_size, shuffle=True, seed=seed),
        make_loader(images[test], targets[test], batch_size),
    )


def mnist(root: str, batch_size: int = 128, seed: int = 0) -> tuple[DataLoader, DataLoader]:
    """(train_loader, test_loader) of MNIST, downloaded into `root` when it is not there."""
    from torchvision import datasets

    loaders = []
    for train_set in (True, False):
        data = datasets.MNIST(root, train=train_set, download=True)
        images = data.data[:, None].float() / 255
        loaders.append(make_loader(images, data.targets, batch_size, shuffle=train_set, seed=seed))
    return loaders[0], loaders[1]


# %% [markdown]
# ## Figures and per-sample analysis (given)


# %%
@torch.no_grad()
def visualize_latent_space(
    model: nn.Module, test_loader: DataLoader, device: torch.device | str, method: str = "direct"
) -> Figure:
    """Scatter plot of the latent vectors of the test images, coloured by class.

    With method "direct", a two-dimensional latent space is drawn as it is, and any other through t-SNE
    (perplexity 30, seed 42); "tsne" always takes t-SNE, which sees at most 5,000 points. Returns the
    figure.
    """
    if method not in ("direct", "tsne"):
        raise ValueError(f"visualize_latent_space: expected method 'direct' or 'tsne', got {method!r}")
    model.to(device).eval()
    batches = [(model.encode(images.flatten(1).to(device)).cpu(), labels) for images, labels in test_loader]
    latents = torch.cat([z for z, _ in batches]).numpy()                # (N, k)
    y = torch.cat([labels for _, labels in batches]).numpy()            # (N,)
    direct = method == "direct" and latents.shape[1] == 2
    if direct:
        points = latents
    else:
        keep = np.random.default_rng(42).permutation(len(y))[:5000]
        points, y = _tsne(latents[keep]), y[keep]                       # (N, 2)
    title = "Latent space, k = 2" if direct else f"Latent space, k = {latents.shape[1]}, unfolded by t-SNE"
    figure, axes = plt.subplots(figsize=(7, 6), layout="constrained")
    _scatter_by_class(axes, points, y)
    names = ("$z_1$", "$z_2$") if direct else ("t-SNE 1", "t-SNE 2")
    axes.set(title=f"{title} ({len(y):,} test images)", xlabel=names[0], ylabel=names[1])
    return figure


def _tsne(z: NDArray[np.float32]) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, (len(z) - 1) / 3)
    return TSNE(n_components=2, perplexity=perplexity, random_state=42, init="random").fit_transform(z)


def _scatter_by_class(axes: Axes, points: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
    colours = plt.get_cmap("tab10")
    for label in np.unique(labels):
        mine, colour = points[labels == label], colours(int(label) % 10)
        axes.scatter(mine[:, 0], mine[:, 1], s=10, alpha=0.7, color=colour, label=str(label))
        axes.annotate(
            str(label), np.median(mine, axis=0), ha="center", va="center", fontsize=13, fontweight="bold",
            bbox={"boxstyle": "circle,pad=0.2", "fc": "white", "ec": colour, "alpha": 0.85},
        )
    axes.legend(title="class", loc="center left", bbox_to_anchor=(1, 0.5), markerscale=2, frameon=False)


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


def plot_reconstruction_errors(errors: NDArray[np.float32], labels: NDArray[np.int64]) -> Figure:
    """Histogram of the images' errors with their mean, and one box per class. Returns the figure."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
    left.hist(errors, bins=40, color="tab:blue", edgecolor="white", linewidth=0.5)
    left.axvline(errors.mean(), color="tab:red", linestyle="--", label=f"mean {errors.mean():.4f}")
    left.set(title="Reconstruction error of the test images", xlabel="mean squared error", ylabel="images")
    left.legend(frameon=False)
    classes = np.unique(labels)
    boxes, names = [errors[labels == c] for c in classes], [str(c) for c in classes]
    parts = right.boxplot(boxes, tick_labels=names, patch_artist=True, flierprops={"ms": 3})
    for c, box, median in zip(classes, parts["boxes"], parts["medians"], strict=True):
        box.set(facecolor=plt.get_cmap("tab10")(int(c) % 10), alpha=0.6)
        median.set(color="black")
    right.set(title="Error by class", xlabel="class", ylabel="mean squared error")
    return figure


def plot_loss_comparison(results: Mapping[str, Mapping[str, Any]], originals: Tensor) -> Figure:
    """Exercise 1: learning curves of `compare_loss_functions` over rows of reconstructions.

    `originals` (n, d) are the images that were reconstructed. The curves are relative to their first
    epoch, since the losses have different units. Returns the figure.
    """
    n = len(originals)
    figure = plt.figure(figsize=(max(7, n), 5 + len(results)), layout="constrained")
    top, bottom = np.ravel(figure.subfigures(2, 1, height_ratios=(1, 1.25)))
    axes = top.subplots()
    for name, result in results.items():
        losses = np.array(result["train_losses"])
        axes.plot(np.arange(1, len(losses) + 1), losses / losses[0], marker=".", label=name)
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
) -> Figure:
    """Exercise 2: test error against latent dimension, with the elbow and what PCA and the mean image
    achieve.

    `results` is what `find_optimal_latent_dim` returns, `pca` one error per entry of it. Returns the figure.
    """
    dims, errors = [r["dim"] for r in results], [r["error"] for r in results]
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    axes.plot(dims, errors, marker="o", color="tab:blue", label="autoencoder")
    if pca is not None:
        axes.plot(dims, pca, marker="s", ms=4, linestyle="--", color="tab:orange", label="PCA (linear)")
    if mean_predictor is not None:
        axes.axhline(mean_predictor, linestyle=":", color="tab:gray", label="always the mean image")
    if elbow is not None:
        height = errors[dims.index(elbow)]
        axes.plot(elbow, height, marker="o", ms=15, mfc="none", mec="tab:red", mew=2, linestyle="none",
                  label=f"elbow: k = {elbow}")
    axes.set_xscale("log", base=2)
    axes.set_xticks(dims, [str(k) for k in dims])
    axes.set(title="Information bottleneck: error against latent dimension", xlabel="latent dimension k",
             ylabel="test mean squared error")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return figure


def plot_images(images: Mapping[str, Tensor], title: str = "") -> Figure:
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


def _show(axis: Axes, image: Tensor) -> None:
    """Draw a flat or square image in grey; one whose pixels form no square becomes a strip."""
    pixels = image.detach().cpu().flatten().numpy()
    side = round(len(pixels) ** 0.5)
    shape = (side, side) if side * side == len(pixels) else (1, len(pixels))
    aspect = "equal" if shape[0] > 1 else "auto"
    axis.imshow(pixels.reshape(shape), cmap="gray", vmin=0, vmax=1, aspect=aspect)
    axis.set_axis_off()


# %% tags=["exploration"]
if __name__ == "__main__":
    plt.rcParams["figure.dpi"] = 60
    device = "cpu"
    train_loader, test_loader = digits()
    images, labels = next(iter(test_loader))
    figure = plot_images({str(int(label)): image for image, label in zip(images[:8], labels)}, "Test images")


# %% [markdown]
# ## Question 1: Model, 20 points
#
# Write `AutoencoderWithAnalysis(input_dim=784, latent_dim=32)`: an encoder
# `input_dim → 256 → ReLU → 128 → ReLU → latent_dim`, its mirror image as decoder, a sigmoid at the very end,
# and `encode(x)`, `decode(z)`, `forward(x) → (reconstruction, latent)`. There is no activation on the latent
# vector. Build nothing for 784 only: the digits have 64 pixels.


# %%
class AutoencoderWithAnalysis(nn.Module):
    """Fully connected, undercomplete autoencoder that also hands out its latent vectors.

    The encoder has layers of size input_dim -> 256 -> 128 -> latent_dim, with a ReLU after each of the
    two hidden layers and nothing after the last: a latent value may be any real number. The decoder is
    the mirror image, latent_dim -> 128 -> 256 -> input_dim, again with a ReLU after each hidden layer,
    and ends in a sigmoid, so that every pixel lies in [0, 1]. All layers are linear layers with biases,
    in PyTorch's default initialisation.

    Attribute `latent_dim`: the size of the latent vector, as given.
    """

    def __init__(self, input_dim: int = 784, latent_dim: int = 32) -> None:
        """Build encoder and decoder for images of `input_dim` pixels and latent vectors of `latent_dim`
        numbers."""
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, 256), nn.ReLU(),  # (B, d) -> (B, 256)
            nn.Linear(256, 128), nn.ReLU(),        # -> (B, 128)
            nn.Linear(128, latent_dim),            # -> (B, k)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, 128), nn.ReLU(),     # (B, k) -> (B, 128)
            nn.Linear(128, 256), nn.ReLU(),            # -> (B, 256)
            nn.Linear(256, input_dim), nn.Sigmoid(),   # -> (B, d), in [0, 1]
        )

    def encode(self, x: Tensor) -> Tensor:
        """Latent vectors of flat images: (B, input_dim) -> (B, latent_dim)."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Images of latent vectors: (B, latent_dim) -> (B, input_dim), every value in [0, 1]."""
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruct flat images x of shape (B, input_dim).

        Returns (reconstruction, latent), in this order, of shapes (B, input_dim) and (B, latent_dim).
        The latent is what `encode` returns for x, and the reconstruction is what `decode` makes of
        exactly that latent.
        """
        z = self.encode(x)            # (B, k)
        return self.decode(z), z      # (B, d), (B, k)


# %% [markdown]
# ## Question 2: Losses (Exercise 1), 25 points
#
# | loss | formula | noise model |
# |---|---|---|
# | MSE | $\frac1n\sum_i(\hat{x}_i-x_i)^2$ | Gaussian; averages what it is unsure of, so it blurs |
# | BCE | $-\frac1n\sum_i x_i\log\hat{x}_i+(1-x_i)\log(1-\hat{x}_i)$ | Bernoulli; data in [0, 1] and a sigmoid |
# | MAE (L1) | $\frac1n\sum_i\lvert\hat{x}_i-x_i\rvert$ | Laplacian; robust to outliers, sharper |
#
# **A convention.** Books often write the MSE as a mean over *samples* of the squared norm, a *sum* over
# pixels. Here, as in `nn.MSELoss`, $n$ counts **all elements**, samples times pixels; the two differ by the
# factor `input_dim`. The same holds for BCE and L1.
#
# Write `mse_loss(x_hat, x)`, `bce_loss(x_hat, x)` and `mae_loss(x_hat, x)`, then
# `compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3)`.
# Mind the edges of BCE: a sigmoid in float32 does reach exactly 0 and 1. And a test set's first batch may
# hold fewer than ten images.


# %%
Loss = Callable[[Tensor, Tensor], Tensor]


def train_epoch(
    model: nn.Module,
    loader: DataLoader,
    optimizer: torch.optim.Optimizer,
    loss_fn: Loss,
    device: torch.device | str,
) -> float:
    """Train for one pass over the loader; returns the mean loss over its samples. Changes the model in
    place."""
    model.train()
    total, count = 0.0, 0
    for images, _ in loader:
        x = images.flatten(1).to(device)        # (B, d)
        reconstruction, _ = model(x)            # (B, d)
        loss = loss_fn(reconstruction, x)       # ()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x)
        count += len(x)
    return total / count


def train(
    model: nn.Module, loader: DataLoader, loss_fn: Loss, device: torch.device | str, epochs: int, lr: float
) -> list[float]:
    """Train with Adam for some epochs; returns the mean loss of each. Moves the model and changes it in
    place."""
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    return [train_epoch(model, loader, optimizer, loss_fn, device) for _ in range(epochs)]


@torch.no_grad()
def evaluate(model: nn.Module, loader: DataLoader, loss_fn: Loss, device: torch.device | str) -> float:
    """Mean over the loader's samples of an averaging loss, in eval mode; a short last batch counts by
    its size."""
    model.to(device).eval()
    total, count = 0.0, 0
    for images, _ in loader:
        x = images.flatten(1).to(device)        # (B, d)
        reconstruction, _ = model(x)            # (B, d)
        total += loss_fn(reconstruction, x).item() * len(x)
        count += len(x)
    return total / count


def first_images(loader: DataLoader, n: int = 10) -> Tensor:
    """The first n images of a loader, flat: (n, d), or fewer when the loader holds fewer."""
    batches: list[Tensor] = []
    for images, _ in loader:
        batches.append(images.flatten(1))       # (B, d)
        if sum(map(len, batches)) >= n:
            break
    return torch.cat(batches)[:n]               # (n, d)


# %%
def mse_loss(x_hat: Tensor, x: Tensor -> Tensor:
    """Mean squared error between reconstructions x_hat and images x, two tensors of one shape, of any
    number of axes.

    With n the number of *elements* (samples times pixels), it is 1/n * sum_i (x_hat_i - x_i)^2: the
    mean over all elements, not the sum over pixels. Returns a differentiable scalar (shape ()) in the
    dtype of the inputs (float64 stays float64); neither input is modified.
    """
    return ((x_hat - x) ** 2).mean()


def bce_loss(x_hat: Tensor, x: Tensor) -> Tensor:
    """Binary cross entropy of reconstructions x_hat against images x, two tensors of one shape, both in
    [0, 1].

    With n the number of *elements*, it is -1/n * sum_i [x_i log x_hat_i + (1 - x_i) log(1 - x_hat_i)]:
    the natural logarithm, and the mean over all elements. It and its gradient stay finite where x_hat
    is exactly 0 or 1: there a right answer costs (nearly) nothing and a wrong one more than 10, in
    float32 as in float64. Returns a differentiable scalar (shape ()) in the dtype of the inputs;
    neither input is modified.
    """
    eps = torch.finfo(x_hat.dtype).eps      # the smallest number with 1 - eps < 1
    p = x_hat.clamp(eps, 1 - eps)
    return -(x * p.log() + (1 - x) * (1 - p).log()).mean()


def mae_loss(x_hat: Tensor, x: Tensor) -> Tensor:
    """Mean absolute error (L1) between reconstructions x_hat and images x, two tensors of one shape.

    With n the number of *elements*, it is 1/n * sum_i |x_hat_i - x_i|: the mean over all elements. Returns a
    differentiable scalar (shape ()) in the dtype of the inputs; neither input is modified.
    """
    return (x_hat - x).abs().mean()


def compare_loss_functions(
    model_class: Callable[[], nn.Module],
    train_loader: DataLoader,
    test_loader: DataLoader,
    device: torch.device | str,
    epochs: int = 10,
    lr: float = 1e-3,
) -> dict[str, dict[str, Any]]:
    """Train one model per reconstruction loss, in the same way, and keep what is needed to compare them.

    For each of the losses "MSE", "BCE" and "L1" (the three functions above), a fresh `model_class()` is
    trained on `device` by Adam with learning rate `lr`, for `epochs` passes over `train_loader`, to
    reconstruct its own input. Called on flat images (B, d), a model returns (reconstruction, latent).
    The loaders yield (images, labels); images may be of any shape (B, ...), such as (B, 1, 28, 28), and
    are flattened here. The last batch may be short.

    Returns a dict with exactly the keys "MSE", "BCE" and "L1". Each value is a dict with
      "model"            the trained model;
      "train_losses"     a list of `epochs` floats: the mean over each epoch of the loss trained with;
      "reconstructions"  its reconstructions, after training and in eval mode, of the first ten test images
                         (all of them when there are fewer): a detached tensor (n, d) on the CPU.
    """
    images = first_images(test_loader)                      # (n, d), n <= 10
    results: dict[str, dict[str, Any]] = {}
    for name, loss_fn in {"MSE": mse_loss, "BCE": bce_loss, "L1": mae_loss}.items():
        model = model_class()
        losses = train(model, train_loader, loss_fn, device, epochs, lr)
        model.eval()
        with torch.no_grad():
            reconstructions, _ = model(images.to(device))   # (n, d)
        results[name] = {"model": model, "train_losses": losses, "reconstructions": reconstructions.cpu()}
    return results


# %% [markdown]
# ## Question 3: Sweep (Exercise 2), 25 points
#
# The latent vector is an **information bottleneck**: the smaller $k$, the more compression and the higher the
# error. Write
# `find_optimal_latent_dim(train_loader, test_loader, device, dims=(2, …, 256), epochs=15, lr=1e-3, model_class=…)`,
# which returns `[{"dim": k, "error": e}, …]`, and `find_elbow(dims, errors)`, which returns one of `dims`.
#
# **A convention.** The error is a mean over *all samples of the test set*. A mean of batch means is not the
# same when the last batch is short. And do not expect the curve to fall at every step: above $k = 8$ on the
# digits, differences are smaller than the noise of training.


# %%
def find_optimal_latent_dim(
    train_loader: DataLoader,
    test_loader: DataLoader,
    device: torch.device | str,
    dims: Sequence[int] = (2, 4, 8, 16, 32, 64, 128, 256),
    epochs: int = 15,
    lr: float = 1e-3,
    model_class: Callable[..., nn.Module] = AutoencoderWithAnalysis,
) -> list[dict[str, float]]:
    """Train one autoencoder per latent dimension and measure how well it reconstructs unseen images.

    For each k in `dims`, in the order given, a fresh `model_class(latent_dim=k)` is trained on `device`
    by Adam with learning rate `lr` and the mean squared error, for `epochs` passes over `train_loader`.
    For images of another size than the class's default, bind it:
    `functools.partial(AutoencoderWithAnalysis, 64)`. The loaders yield (images, labels); images may be
    of any shape (B, ...) and are flattened here. The last batch may be short.

    Returns a list with one dict {"dim": k, "error": e} per entry of `dims`, in their order, e being a
    float: the mean over *all samples of the test set* of the squared error per element, in eval mode
    and after the last epoch. Every sample counts the same, also those in a short last batch.
    """
    results = []
    for k in dims:
        model = model_class(latent_dim=k)
        train(model, train_loader, mse_loss, device, epochs, lr)
        results.append({"dim": k, "error": evaluate(model, test_loader, mse_loss, device)})
    return results


def find_elbow(dims: Sequence[int], errors: Sequence[float]) -> int:
    """The latent dimension at the elbow of a falling error curve: beyond it, more dimensions hardly help.

    `errors[i]` belongs to `dims[i]`. Returns that entry of `dims` (always a member, never a position)
    whose point lies farthest below the straight line from the curve's first to its last point, with the
    dimensions on a logarithmic axis. So dims 2, 4, 8, 16, 32, 64 with errors .040, .030, .005, .0049,
    .0048, .0047 give 8. Neither sequence is modified.
    """
    x = np.log2(dims)                                       # (n,)
    e = np.array([float(error) for error in errors])        # (n,)
    ends = [np.argmin(x), np.argmax(x)]
    chord = np.interp(x, x[ends], e[ends])                  # (n,)
    return int(dims[int(np.argmax(chord - e))])


# %% [markdown]
# ## Question 4: Arithmetic (Exercise 3), 20 points
#
# The centroid of a class is the mean latent vector of its samples. Then calculate with meanings:
# $z_\mathrm{new} = z_3 + (z_8 - z_0)$, and decode it. Write
# `class_centroids(model, loader, device, n_classes=10)`, `latent_arithmetic(centroids, a=3, b=8, c=0)` and
# `decode_arithmetic(model, centroids, device, a=3, b=8, c=0)`.


# %%
@torch.no_grad()
def class_centroids(
    model: nn.Module, loader: DataLoader, device: torch.device | str, n_classes: int = 10
) -> Tensor:
    """The mean latent vector of each class, over all samples of the loader.

    The loader yields (images, labels): images of any shape (B, ...), flattened here, and integer labels
    (B,) in 0 ... n_classes - 1, in any order and any proportion; `model.encode` maps flat images (B, d)
    to latents (B, k). Encoding is done on `device`, in eval mode and without a graph; the model's
    weights do not change.

    Returns a float tensor of shape (n_classes, k). Row c is the mean over *all samples with label c* of
    their latents, each sample counting the same whatever batch it came in; a class without samples has
    a row of NaN.
    """
    model.to(device).eval()
    latents, labels = [], []
    for images, targets in loader:
        latents.append(model.encode(images.flatten(1).to(device)))          # (B, k)
        labels.append(targets.to(device))                                   # (B,)
    z, y = torch.cat(latents), torch.cat(labels)                            # (N, k), (N,)
    return torch.stack([z[y == c].mean(dim=0) for c in range(n_classes)])   # (n_classes, k)


def latent_arithmetic(centroids: Tensor, a: int = 3, b: int = 8, c: int = 0) -> Tensor:
    """The latent vector z_a + (z_b - z_c), where z_i is row i of `centroids`.

    Takes centroids of shape (n_classes, k) and returns a new tensor of shape (k,); `centroids` is not
    modified.
    """
    return centroids[a] + (centroids[b] - centroids[c])


@torch.no_grad()
def decode_arithmetic(
    model: nn.Module, centroids: Tensor, device: torch.device | str, a: int = 3, b: int = 8, c: int = 0
) -> Tensor:
    """The image that `model.decode` makes of z_a + (z_b - z_c).

    `model.decode` maps latents (B, k) to flat images (B, d). Decoding is done on `device`, in eval mode
    and without a graph. Returns the one image, flat, as a tensor of shape (d,); neither the weights nor
    `centroids` are modified.
    """
    model.to(device).eval()
    z = latent_arithmetic(centroids, a, b, c).to(device)    # (k,)
    return model.decode(z[None])[0]                         # (d,)


# %% [markdown]
# ## Experiments
#
# First the three losses. The curves have different units, so each is drawn relative to its first epoch.


# %% tags=["exploration"]
if __name__ == "__main__":
    from functools import partial

    torch.manual_seed(0)
    Model = partial(AutoencoderWithAnalysis, 64)
    comparison = compare_loss_functions(partial(Model, latent_dim=16), train_loader, test_loader, device)
    figure = plot_loss_comparison(comparison, images[:10].flatten(1))


# %% [markdown]
# What the model trained with MSE has learnt: its latent space, and its error image by image.


# %% tags=["exploration"]
if __name__ == "__main__":
    model = comparison["MSE"]["model"]
    figure = visualize_latent_space(model, test_loader, device)


# %% tags=["exploration"]
if __name__ == "__main__":
    errors, classes = analyze_reconstruction_quality(model, test_loader, device)


# %% [markdown]
# The error against the size of the latent vector, and the elbow.


# %% tags=["exploration"]
if __name__ == "__main__":
    torch.manual_seed(0)
    sweep = find_optimal_latent_dim(train_loader, test_loader, device, (2, 4, 8, 16, 32, 64), model_class=Model)
    elbow = find_elbow([row["dim"] for row in sweep], [row["error"] for row in sweep])
    figure = plot_error_curve(sweep, elbow)


# %% [markdown]
# A 3, plus the difference between an 8 and a 0.


# %% tags=["exploration"]
if __name__ == "__main__":
    centroids = class_centroids(model, train_loader, device)
    strip = {str(i): decode_arithmetic(model, centroids, device, i, i, i) for i in (3, 8, 0)}
    strip["3 + (8 - 0)"] = decode_arithmetic(model, centroids, device)
    figure = plot_images(strip, "Latent arithmetic")


# %% [markdown]
# ## Written answers (graded by hand)
#
# **What each loss does to the pictures** (5 points). Which differences between the three models do you see,
# and which do you measure? Why?


# %% [markdown]
# The models trained with MSE and BCE look alike, softly blurred; by either measure they are too close to call
# from one seed. The one trained with L1 has crisper edges and more pixels at exactly 0 or 1, yet a larger error
# by MSE and BCE: it fits the median of a pixel, not its mean, and the absolute error's gradient does not shrink
# near the target. Learning curves of different losses cannot be compared in height, since their units differ.


# %% [markdown]
# **What the latent space tells** (5 points). Which latent dimension would you choose, by which evidence, and
# what is lost below it? What does $z_3 + (z_8 - z_0)$ look like, and what would have to hold of the latent
# space for such arithmetic to mean something?


# %% [markdown]
# The error falls steeply up to k = 8 and hardly beyond 16, where the differences are smaller than the noise
# between two seeds; I would choose 8 or 16, and repeat the sweep with other seeds before claiming more. Below 8
# the style of a digit is lost first (slant, thickness), then classes that look alike merge, such as 3, 8 and 9.
#
# It looks like a 3, or a blend of 3 and 8: the difference of the means of 8 and 0 is the direction "waist in
# the middle", and adding it to a 3 leaves the 3 mostly what it was. For such arithmetic to mean something, the
# same change must be the same direction everywhere (linearity), and the points on the way must decode to
# plausible images (smoothness); nothing in the reconstruction loss asks for either.
