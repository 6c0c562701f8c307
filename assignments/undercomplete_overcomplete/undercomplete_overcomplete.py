# Generated from assignments/undercomplete_overcomplete/notebook.py by `python -m autograder.authoring.render`: change that and render again.

# %% [markdown]
# # Undercomplete and overcomplete autoencoders
#
# With fewer latent values than the data has degrees of freedom, an autoencoder is **undercomplete**: it must
# choose what to keep. With more, it is **overcomplete**, and could copy its input without learning anything. A
# penalty on the latent keeps it from that. You write the loss with the penalty, and count how many latent units
# an autoencoder uses.
#
# Write the bodies of the functions that raise `NotImplementedError`; keep their names and signatures. Cells
# tagged `exploration` are yours. `handout.md` says how points are given and how to hand in.


# %%
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset


# %% [markdown]
# ## Data (given)


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
# ## Exercise 1: Sparsity, 10 points
#
# $$L = \frac{1}{Bd}\sum_{i}(\hat{x}_i - x_i)^2 + \lambda\,\frac{1}{Bk}\sum_j\lvert z_j\rvert$$


# %%
def sparse_loss(x_hat: Tensor, x: Tensor, z: Tensor, weight: float = 1e-3) -> Tensor:
    """Mean squared error of reconstructions x_hat against images x, plus `weight` times the mean absolute
    latent value.

    x_hat and x have one shape (B, d), z has shape (B, k). Both means are over *all elements*: of the images
    in the first term, of the latents in the second. Returns a differentiable scalar (shape ()) whose gradient
    reaches x_hat and z; no argument is modified.
    """
    raise NotImplementedError(
        "sparse_loss is not written yet: Mean squared error of reconstructions x_hat against images"
        " x, plus `weight` times the mean absolute latent value."
    )


# %% [markdown]
# ## Exercise 2: Capacity, 10 points


# %%
def active_units(z: Tensor, threshold: float = 0.01) -> int:
    """The number of latent units that an autoencoder uses, from the latents z of many images, shape (B, k).

    A unit is used when its variance over the images is larger than `threshold` times the largest variance
    of any unit. Multiplying all latents by one number changes nothing. Where no unit varies at all, none is
    used. The variance may be divided by B or by B - 1. Returns a plain int, from 0 to k.
    """
    raise NotImplementedError(
        "active_units is not written yet: The number of latent units that an autoencoder uses, from"
        " the latents z of many images, shape (B, k)."
    )


# %% [markdown]
# ## Experiment
#
# The digits have 64 pixels. Here are autoencoders with 8 and with 128 latent units, with and without the penalty.


# %% tags=["exploration"]
if __name__ == "__main__":
    def trained(k: int, weight: float, epochs: int = 10) -> tuple[float, int]:
        """The test error of an autoencoder with k latent units, and how many of them it uses."""
        torch.manual_seed(0)
        torch.set_num_threads(1)
        train_loader, test_loader = digits()
        encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, k))
        decoder = nn.Sequential(nn.Linear(k, 128), nn.ReLU(), nn.Linear(128, 64), nn.Sigmoid())
        optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
        for _ in range(epochs):
            for images, _ in train_loader:
                x = images.flatten(1)
                z = encoder(x)
                optimizer.zero_grad()
                sparse_loss(decoder(z), x, z, weight).backward()
                optimizer.step()
        with torch.no_grad():
            x = torch.cat([images.flatten(1) for images, _ in test_loader])
            z = encoder(x)
            return float(((decoder(z) - x) ** 2).mean()), active_units(z)


    for k, weight in ((8, 0.0), (128, 0.0), (128, 1.0)):
        error, used = trained(k, weight)
        print(f"{k:3d} units, weight {weight}: error {error:.4f}, {used} units used")


# %% [markdown]
# ## Written answer (graded by hand)
#
# **Why an overcomplete autoencoder does not just copy** (5 points). Which of the three would you choose for new
# digits, and what do the error and the number of used units tell you?


# %% [markdown]
# *Your answer:*
