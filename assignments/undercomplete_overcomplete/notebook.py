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
#: given make_loader from reference/data.py


#: given digits from reference/data.py


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
#: stub pca_reconstruction from reference/undercomplete_overcomplete.py


# %% [markdown]
# ## Exercise 2: Sparsity, 10 points
#
# $$L = \frac{1}{Bd}\sum_{i}(\hat{x}_i - x_i)^2 + \lambda\,\frac{1}{Bk}\sum_j\lvert z_j\rvert$$
#
# Both sums run over **all elements**, and both are divided by their number, so neither the batch size $B$ nor
# $k$ changes what a weight $\lambda$ means. Books often sum over pixels or units; that multiplies a term by $d$
# or $k$.

# %%
#: stub sparse_loss from reference/undercomplete_overcomplete.py


# %% [markdown]
# ## Exercise 3: Capacity, 10 points
#
# How many of its $k$ units does a trained autoencoder use? A unit tells images apart only if its value changes
# from image to image: look at its **variance over the images**. Units have no natural scale (the decoder can
# undo any factor), so compare each with the unit that varies most. Mind what that cannot see: if *all* units are
# nearly still, some are still "used" by this count.

# %%
#: stub active_units from reference/undercomplete_overcomplete.py


# %% [markdown]
# ## Exercise 4: Denoising, 9 points
#
# A network that copies its input copies the noise in it, too. So corrupt the input, and ask for the **clean**
# image: then copying is no solution any more. The loss and the corruption are given to your function:
# `loss_fn(reconstruction, x, latent)` and `corrupt(x)`.

# %%
#: stub train_denoising from reference/undercomplete_overcomplete.py


# %% [markdown]
# ## Experiments: networks and figures (given)

# %%
#: given Autoencoder from reference/undercomplete_overcomplete.py


#: given Noise from reference/undercomplete_overcomplete.py


#: given measure from reference/undercomplete_overcomplete.py


#: given experiment from reference/undercomplete_overcomplete.py


# %%
Rows = Sequence[Mapping[str, float]]


#: given _plot_seeds from reference/capacity_figures.py


#: given plot_capacity from reference/capacity_figures.py


#: given plot_penalty from reference/capacity_figures.py


#: given plot_restored from reference/capacity_figures.py


# %% [markdown]
# ## Undercomplete against overcomplete
#
# Every setting is trained with three seeds (other first weights, other split of the digits, other batches): a
# difference smaller than the spread of the dots is not a result. All experiments together take about half a
# minute.

# %% tags=["exploration"]
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
rows = {"digits": test[:8]}
for weight in (0.0, 0.1, 1.0):
    rows[f"weight {weight:g}"] = networks[weight](test[:8])[0].detach()
figure = plot_restored(rows)

# %% [markdown]
# ## Denoising
#
# The same networks, trained to remove the noise.

# %% tags=["exploration"]
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
#: answer copying
