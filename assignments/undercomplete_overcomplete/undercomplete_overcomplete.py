# Generated from assignments/undercomplete_overcomplete/notebook.py by `python -m autograder.authoring.render`: change that and render again.

# %% [markdown]
# # Undercomplete and overcomplete autoencoders
#
# With fewer latent values than the data has degrees of freedom, an autoencoder is **undercomplete**: it must
# choose what to keep. With more latent values than pixels it is **overcomplete**, and could copy its input
# without learning anything. You write the best linear bottleneck (PCA), a loss with a penalty on the latent, a
# count of the latent units in use, and a training loop that removes noise. Then you look at what each of them
# does to real digits, over several seeds.
#
# Write the bodies of the functions that raise `NotImplementedError`; keep their names and signatures. Cells
# tagged `exploration` are yours. `handout.md` says how points are given and how to hand in.
#
# **Check yourself** as often as you like: `autograder check undercomplete_overcomplete.ipynb`.


# %%
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


# %% [markdown]
# ## Data (given)
#
# `digits()` is scikit-learn's set of 1,797 real digits of 8×8 pixels, split into 1,437 to train and 360 to
# test: two loaders of `(images, labels)`, images in [0, 1] of shape `(B, 1, 8, 8)`. `images.flatten(1)` has
# shape `(B, 64)`. The last batch is short: 1,437 is not a multiple of 32.


# %%
def make_loader(
    images: Tensor, labels: Tensor, batch_size: int = 32, shuffle: bool = False, seed: int = 0
) -> DataLoader:
    """A DataLoader over tensors held in memory, yielding (images, labels); the last batch may be short."""
    generator = torch.Generator().manual_seed(seed)
    data = TensorDataset(images, labels)
    return DataLoader(data, batch_size, shuffle, generator=generator)


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


# %% [markdown]
# ## Exercise 1: Linear, 6 points
#
# Without activations, an autoencoder with $k$ latent units is two matrices. The best it can do with the mean
# squared error is known: subtract the mean image, keep the coordinates along the $k$ directions in which the
# training images vary most, and go back. That is **PCA**:
#
# $$\hat{x} = \bar{x} + (x - \bar{x})\,V_k V_k^\top$$
#
# $\bar{x}$ is the mean of the *training* images, and the columns of $V_k$ are the $k$ right singular vectors of
# the centred training images that belong to the largest singular values. What the network's curve is worth, you
# see beside this one.


# %%
def pca_reconstruction(train: Tensor, x: Tensor, k: int) -> Tensor:
    """The images x, each rebuilt from k numbers: its coordinates along the k directions in which the images
    `train` vary most.

    train has shape (N, d), x has shape (M, d); N is larger than d, and k is from 0 to d. The mean that is
    subtracted first and the directions are those of `train`; no pixel is scaled. Returns a tensor (M, d): for
    k = 0 every row is the mean of `train`, for k = d the rows are those of x up to rounding. No argument is
    modified.
    """
    raise NotImplementedError(
        "pca_reconstruction is not written yet: The images x, each rebuilt from k numbers: its "
        "coordinates along the k directions in which the images `train` vary most."
    )


# %% [markdown]
# ## Exercise 2: Sparsity, 10 points
#
# $$L = \frac{1}{Bd}\sum_{i}(\hat{x}_i - x_i)^2 + \lambda\,\frac{1}{Bk}\sum_j\lvert z_j\rvert$$
#
# Both sums run over **all elements**, and both are divided by their number, so neither the batch size $B$ nor
# $k$ changes what a weight $\lambda$ means. Books often sum over pixels or units; that multiplies a term by $d$
# or $k$.


# %%
def sparse_loss(x_hat: Tensor, x: Tensor, z: Tensor, weight: float = 1e-3) -> Tensor:
    """Mean squared error of reconstructions x_hat against images x, plus `weight` times the mean absolute
    latent value.

    x_hat and x have one shape (B, d), z has shape (B, k). Both means are over *all elements*: of the images
    in the first term, of the latents in the second. `weight` is 0 or larger. Returns a differentiable scalar
    (shape ()) whose gradient reaches x_hat and z, and is finite where a latent is 0; no argument is modified.
    """
    raise NotImplementedError(
        "sparse_loss is not written yet: Mean squared error of reconstructions x_hat against images"
        " x, plus `weight` times the mean absolute latent value."
    )


# %% [markdown]
# ## Exercise 3: Capacity, 10 points
#
# How many of its $k$ units does a trained autoencoder use? A unit tells images apart only if its value changes
# from image to image: look at its **variance over the images**. Units have no natural scale (the decoder can
# undo any factor), so compare each with the unit that varies most. Mind what that cannot see: if *all* units are
# nearly still, some are still "used" by this count.


# %%
def active_units(z: Tensor, threshold: float = 0.01) -> int:
    """The number of latent units that an autoencoder uses, from the latents z of many images, shape (B, k).

    A unit is used when its variance over the images is larger than `threshold` times the largest variance
    of any unit. Multiplying all latents by one number changes nothing. Where no unit varies at all, none is
    used. The variance may be divided by B or by B - 1. `threshold` is from 0 to 1. Returns a plain int, from
    0 to k: no float, tensor or NumPy number. z is not modified.
    """
    raise NotImplementedError(
        "active_units is not written yet: The number of latent units that an autoencoder uses, from"
        " the latents z of many images, shape (B, k)."
    )


# %% [markdown]
# ## Exercise 4: Denoising, 9 points
#
# A network that copies its input copies the noise in it, too. So corrupt the input, and ask for the **clean**
# image: then copying is no solution any more. The loss and the corruption are given to your function:
# `loss_fn(reconstruction, x, latent)` and `corrupt(x)`.


# %%
def train_denoising(
    model: nn.Module,
    loader: DataLoader,
    loss_fn: Callable[[Tensor, Tensor, Tensor], Tensor],
    corrupt: Callable[[Tensor], Tensor],
    epochs: int = 10,
    lr: float = 1e-3,
) -> list[float]:
    """Train an autoencoder, in place, to give back clean images when it gets corrupted ones.

    `loader` yields (images, labels); images may be of any shape (B, ...) and are flattened here to x, (B, d).
    For every batch of every epoch, `corrupt(x)` is called once and returns a new tensor of x's shape;
    `model(corrupt(x))` gives (reconstruction, latent); and one step of Adam with learning rate `lr`, in train
    mode, lowers `loss_fn(reconstruction, x, latent)`. One optimizer serves all `epochs` passes over `loader`.
    The last batch may be short.

    Returns a list of `epochs` floats: the mean over each epoch's samples of the losses that were computed for
    its steps. The mean of the batches' losses is accepted too.
    """
    raise NotImplementedError(
        "train_denoising is not written yet: Train an autoencoder, in place, to give back clean "
        "images when it gets corrupted ones."
    )


# %% [markdown]
# ## Experiments: networks and figures (given)


# %%
class Autoencoder(nn.Module):
    """64 -> 128 -> k -> 128 -> 64, with a ReLU in each hidden layer and a sigmoid at the end.

    With `linear`, just 64 -> k -> 64: matrices and biases, no activation.
    """

    def __init__(self, latent_dim: int, linear: bool = False) -> None:
        super().__init__()
        if linear:
            self.encoder, self.decoder = nn.Linear(64, latent_dim), nn.Linear(latent_dim, 64)
            return
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, latent_dim))
        self.decoder = nn.Sequential(nn.Linear(latent_dim, 128), nn.ReLU(), nn.Linear(128, 64), nn.Sigmoid())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.encoder(x)                     # (B, k)
        return self.decoder(z), z               # (B, 64), (B, k)


class Noise:
    """A corruption: Gaussian noise of standard deviation `sigma`, redrawn at each call, from `seed` on."""

    def __init__(self, sigma: float, seed: int = 0) -> None:
        self.sigma, self.generator = sigma, torch.Generator().manual_seed(seed)

    def __call__(self, x: Tensor) -> Tensor:
        return x + self.sigma * torch.randn(x.shape, generator=self.generator)


@torch.no_grad()
def measure(model: nn.Module, loader: DataLoader, sigma: float = 0.3) -> dict[str, float]:
    """What a trained model does with a loader's images, by name.

    "error": mean squared error; "noisy": the error against the clean images when it gets them with noise of
    standard deviation `sigma`; "used": its active units; "size": the mean absolute latent value.
    """
    model.eval()
    x = torch.cat([images.flatten(1) for images, _ in loader])          # (N, d)
    reconstruction, z = model(x)
    restored, _ = model(Noise(sigma, seed=99)(x))
    error, noisy = (float(((y - x) ** 2).mean()) for y in (reconstruction, restored))
    return {"error": error, "noisy": noisy, "used": active_units(z), "size": float(z.abs().mean())}


def experiment(
    k: int, weight: float = 0.0, sigma: float = 0.0, linear: bool = False, seed: int = 0
) -> tuple[nn.Module, dict[str, float]]:
    """Train an autoencoder with k latent units on the digits; returns it, and what `measure` finds on the
    test images.

    `weight` is that of the penalty, `sigma` that of the noise on the training images, and `seed` decides the
    split, the first weights, the batches and the noise. 10 epochs, learning rate 1e-3 (linear: 1e-2).
    """
    torch.manual_seed(seed)
    train_loader, test_loader = digits(seed=seed)
    model = Autoencoder(k, linear)
    loss_fn = partial(sparse_loss, weight=weight)
    train_denoising(model, train_loader, loss_fn, Noise(sigma, seed), lr=1e-2 if linear else 1e-3)
    return model, measure(model, test_loader)


# %%
Rows = Sequence[Mapping[str, float]]


def _plot_seeds(axes: "plt.Axes", results: Mapping[float, Rows], name: str, label: str, colour: str) -> None:
    """Draw the measurement `name` of each seed as a dot, and the means as a line."""
    for place, rows in results.items():
        axes.plot([place] * len(rows), [row[name] for row in rows], ".", color=colour)
    means = [np.mean([row[name] for row in rows]) for rows in results.values()]
    axes.plot(list(results), means, color=colour, label=label)


def plot_capacity(
    network: Mapping[int, Rows], linear: Mapping[int, Rows], pca: Mapping[int, float], mean_image: float
) -> "plt.Figure":
    """Test error against the number of latent units k: the network, the linear one, PCA, the mean image.

    `network` and `linear` have one row of `measure` per seed, by k; `pca` one error by k. Returns the figure.
    """
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    _plot_seeds(axes, network, "error", "network", "#0072B2")
    _plot_seeds(axes, linear, "error", "linear network", "#009E73")
    axes.plot(list(pca), list(pca.values()), "s--", ms=4, color="#E69F00", label="PCA")
    axes.axhline(mean_image, linestyle=":", color="0.4", label="always the mean image")
    axes.axvline(64, color="0.85", zorder=0)
    axes.text(64, 0.97 * mean_image, " overcomplete: k > 64", va="top", color="0.4")
    axes.set_xscale("log", base=2)
    axes.set_xticks(list(network), [str(k) for k in network])
    axes.set(title="Undercomplete and overcomplete", xlabel="latent units k", ylabel="test squared error")
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    return figure


def plot_penalty(results: Mapping[float, Rows], mean_image: float) -> "plt.Figure":
    """Test error, units in use and mean absolute latent against the weight of the penalty, side by side.

    `results` has one row of `measure` per seed, by weight. Returns the figure.
    """
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    names = {"error": "test mean squared error", "used": "active units", "size": "mean absolute latent"}
    for axes, (name, label) in zip(panels, names.items(), strict=True):
        _plot_seeds(axes, results, name, label, "#0072B2")
        axes.set_xscale("symlog", linthresh=min(weight for weight in results if weight > 0))
        axes.set_xticks(list(results), [f"{weight:g}" for weight in results])
        axes.set(title=label, xlabel="weight of the penalty")
    panels[0].axhline(mean_image, linestyle=":", color="0.4", label="always the mean image")
    panels[0].legend(frameon=False)
    panels[0].set_ylim(bottom=0)
    return figure


def plot_restored(rows: Mapping[str, Tensor]) -> "plt.Figure":
    """Rows of images (n, 64), with the name of each at its left. Returns the figure."""
    n = len(next(iter(rows.values())))
    size = (2.2 + n, 1.05 * len(rows))
    figure, axes = plt.subplots(len(rows), n, figsize=size, squeeze=False, layout="constrained")
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for axis, image in zip(line, images, strict=True):
            axis.imshow(image.reshape(8, 8).numpy(), cmap="gray", vmin=0, vmax=1)
            axis.set_axis_off()
        line[0].text(-0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=12)
    return figure


# %% [markdown]
# ## Undercomplete against overcomplete
#
# Every setting is trained with three seeds (other first weights, other split of the digits, other batches): a
# difference smaller than the spread of the dots is not a result. All experiments together take about half a
# minute.


# %% tags=["exploration"]
if __name__ == "__main__":
    plt.rcParams["figure.dpi"] = 70
    torch.set_num_threads(1)  # the matrices are small: threads would only wait for each other
    SEEDS = range(3)


    def repeated(k: int, **settings: float) -> tuple[nn.Module, list[dict[str, float]]]:
        """The first seed's network after an `experiment`, and what `measure` finds for each seed."""
        results = [experiment(k, seed=seed, **settings) for seed in SEEDS]
        return results[0][0], [row for _, row in results]


    train_loader, test_loader = digits()
    train = torch.cat([images.flatten(1) for images, _ in train_loader])
    test = torch.cat([images.flatten(1) for images, _ in test_loader])
    pca = {k: float(((pca_reconstruction(train, test, k) - test) ** 2).mean()) for k in (0, 2, 8, 32, 64)}
    mean_image = pca.pop(0)  # 0 numbers per image: PCA answers the mean image
    network = {k: repeated(k)[1] for k in (2, 8, 32)}
    linear = {k: repeated(k, linear=True)[1] for k in (8, 32)}
    plain, network[128] = repeated(128)
    copying, linear[128] = repeated(128, linear=True)
    figure = plot_capacity(network, linear, pca, mean_image)


# %% [markdown]
# With $k = 2$ the network is better than PCA; with 8, the seeds cannot tell; from $k = 32$ on, PCA is far better
# than the network, and the linear network with it. So there the *training* is the network's limit (10 epochs
# through hidden layers), not the bottleneck. Nothing in this figure shows yet whether a network copies. Noise does:


# %% tags=["exploration"]
if __name__ == "__main__":
    print("error on the test images, clean and with noise of variance 0.09 (mean over seeds)")
    for name, rows in (("network", network), ("linear", linear)):
        for k in (8, 128):
            clean, noisy = (np.mean([row[what] for row in rows[k]]) for what in ("error", "noisy"))
            print(f"{name:8} {k:3d} units: clean {clean:.4f}, noisy {noisy:.4f}")


# %% [markdown]
# The linear network with 128 units has an error of almost 0, and passes most of the noise on: it has learnt to
# copy 64 pixels, and nothing about digits.
#
# ## Sparsity, and a collapse


# %% tags=["exploration"]
if __name__ == "__main__":
    penalty, networks = {0.0: network[128]}, {0.0: plain}
    for weight in (0.01, 0.1, 0.3, 1.0):
        networks[weight], penalty[weight] = repeated(128, weight=weight)
    for weight, rows in penalty.items():
        error, size = (np.mean([row[what] for row in rows]) for what in ("error", "size"))
        used = ", ".join(str(row["used"]) for row in rows)
        print(f"128 units, weight {weight:4}: error {error:.4f}, used {used}, mean absolute latent {size:.4f}")
    print(f"the mean image's error: {mean_image:.4f}")
    figure = plot_penalty(penalty, mean_image)


# %% [markdown]
# Weight 0.01 does no harm, 0.1 switches units off at little cost, 0.3 at a high one. At weight 1 the error is that
# of the mean image: the penalty has pushed all latents to almost 0, the decoder gets the same from every image
# and answers their mean. That is a **collapse**, not sparsity. The count of used units does not say so: it
# compares with the largest variance, however small that is. Look at the pictures:


# %% tags=["exploration"]
if __name__ == "__main__":
    rows = {"digits": test[:8]}
    for weight in (0.0, 0.1, 1.0):
        rows[f"weight {weight:g}"] = networks[weight](test[:8])[0].detach()
    figure = plot_restored(rows)


# %% [markdown]
# ## Denoising
#
# The same networks, trained to remove the noise.


# %% tags=["exploration"]
if __name__ == "__main__":
    noisy_digits = Noise(0.3)(test[:8])
    pictures = {"noisy": noisy_digits, "linear, copying": copying(noisy_digits)[0].detach()}
    for name, is_linear in (("linear", True), ("network", False)):
        for k in (8, 128):
            restoring, rows = repeated(k, sigma=0.3, linear=is_linear)
            clean, noisy = (np.mean([row[what] for row in rows]) for what in ("error", "noisy"))
            print(f"{name:8} {k:3d} units, trained with noise: clean {clean:.4f}, noisy {noisy:.4f}")
        pictures[f"{name}, restoring"] = restoring(noisy_digits)[0].detach()
    figure = plot_restored(pictures)


# %% [markdown]
# ## Written answer (graded by hand)
#
# **What keeps an autoencoder from copying** (5 points). Answer with numbers from your figures, and say how far the
# seeds spread. One point each:
#
# 1. Where does the error of the network differ from PCA's for sure, and in which direction? What limits it there?
# 2. Which of your networks copies, and by which measurement do you know?
# 3. What do the weights 0.01 and 0.1 change, in error and in used units?
# 4. What happens at weight 1, how do you recognise it, and why can the number of used units not tell you?
# 5. What does training with noise gain and what does it cost, and why is copying no solution any more?


# %% [markdown]
# *Your answer:*
