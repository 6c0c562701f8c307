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
# [0, 1] of shape `(B, 1, H, W)`. Flatten them: `images.flatten(1)` has shape `(B, d)`. The last batch is short:
# 1,437 is not a multiple of 32. `images[:10].view(10, -1)`, as one often reads it, fails where a batch holds
# fewer than ten.

# %%
#: given Preloaded from reference/data.py


#: given make_loader from reference/data.py


#: given digits from reference/data.py


def mnist(root: str, batch_size: int = 128, seed: int = 0) -> tuple[DataLoader, DataLoader]:
    """(train_loader, test_loader) of MNIST, downloaded into `root` when it is not there."""
    try:
        import torchvision_ops  # noqa: F401  (where it is installed: it lets torchvision import)
    except ImportError:
        pass
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
#: given visualize_latent_space from reference/analysis.py


#: given _tsne from reference/analysis.py


#: given _scatter_by_class from reference/analysis.py


#: given _class_colour from reference/analysis.py


#: given plot_latent_plane from reference/analysis.py


#: given plot_interpolations from reference/analysis.py


#: given analyze_reconstruction_quality from reference/analysis.py


#: given plot_reconstruction_errors from reference/analysis.py


#: given plot_loss_comparison from reference/analysis.py


#: given plot_error_curve from reference/analysis.py


#: given plot_images from reference/analysis.py


#: given _image_grid from reference/analysis.py


#: given _show from reference/analysis.py


# %% tags=["exploration"]
plt.rcParams["figure.dpi"] = 70
torch.set_num_threads(1)  # the matrices are small: threads would only wait for each other
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
# vector. Build nothing for 784 only: the digits have 64 pixels, and `functools.partial(AutoencoderWithAnalysis,
# 64)` is a class for them that can be called without arguments.

# %%
#: stub AutoencoderWithAnalysis from reference/model.py


# %% [markdown]
# ## Question 2: Losses (Exercise 1), 25 points
#
# A loss is a negative log-likelihood: how unlikely is the pixel $x$ when the decoder answers $\hat{x}$? Up to a
# scale and a constant that do not depend on $\hat{x}$:
#
# | loss | formula | noise model of a pixel | the one answer that suits many images best |
# |---|---|---|---|
# | MSE | $\frac1n\sum_i(\hat{x}_i-x_i)^2$ | Gaussian: $-\log p = (x-\hat{x})^2/2\sigma^2$ | their mean: edges become ramps, it blurs |
# | BCE | $-\frac1n\sum_i x_i\log\hat{x}_i+(1-x_i)\log(1-\hat{x}_i)$ | Bernoulli; $x$ in [0, 1] and a sigmoid | their mean, too |
# | MAE (L1) | $\frac1n\sum_i\lvert\hat{x}_i-x_i\rvert$ | Laplacian: $-\log p = \lvert x-\hat{x}\rvert/b$ | their median: crisper, and hardly moved by outliers |
#
# **Where formula and code differ.** Three things that you will read otherwise elsewhere:
#
# - *Sums and means.* Books often write the MSE as a mean over *samples* of the squared norm, a *sum* over pixels.
#   Here, as in `nn.MSELoss`, $n$ counts **all elements**, samples times pixels; the two differ by the factor
#   `input_dim`. The same holds for BCE and L1.
# - *Zero is not always reached.* MSE and L1 of a perfect reconstruction are 0. BCE of grey pixels is at least
#   their entropy: 0.21 for the digits. A value just above it is a very good one.
# - *"L1 has sparser gradients"* is often said. Its gradient at the output is $\pm\frac1n$ everywhere, never
#   small: that is why it is robust, and why it can hover around the target.
#
# Write `mse_loss(x_hat, x)`, `bce_loss(x_hat, x)` and `mae_loss(x_hat, x)`, then
# `compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3)`.
# Mind the edges of BCE: a sigmoid in float32 does reach exactly 0 and 1. And a test set's first batch may
# hold fewer than ten images.
#
# An epoch's loss is the mean over its *samples*. The mean of the batches' means, which one often sees, weighs
# the images of a short last batch too much; for `train_losses` both are accepted.

# %%
#: solution Loss from reference/training.py


#: solution train_epoch from reference/training.py


#: solution train from reference/training.py


#: solution evaluate from reference/training.py


#: solution first_images from reference/training.py


# %%
#: stub mse_loss from reference/losses.py


#: stub bce_loss from reference/losses.py


#: stub mae_loss from reference/losses.py


#: stub compare_loss_functions from reference/losses.py


# %% [markdown]
# ## Question 3: Sweep (Exercise 2), 25 points
#
# The latent vector is an **information bottleneck**: the smaller $k$, the more compression and the higher the
# error. Write
# `find_optimal_latent_dim(train_loader, test_loader, device, dims=(2, …, 256), epochs=15, lr=1e-3, model_class=…)`,
# which returns `[{"dim": k, "error": e}, …]`, and `find_elbow(dims, errors)`, which returns one of `dims`.
#
# **Where formula and code differ.** The error is a mean over *all samples of the test set*. A mean of batch means
# is not the same when the last batch is short. And "smaller $k$, higher error" is true of the best possible
# codes, not of every pair of trained models: above $k = 8$ on the digits, differences are smaller than the noise
# of training, so do not expect the curve to fall at every step.

# %%
#: stub find_optimal_latent_dim from reference/sweep.py


#: stub find_elbow from reference/sweep.py


# %% [markdown]
# ## Question 4: Arithmetic (Exercise 3), 20 points
#
# The centroid of a class is the mean latent vector of its samples. Then calculate with meanings:
# $z_\mathrm{new} = z_3 + (z_8 - z_0)$, and decode it. Mind that $z_3 + (z_8 - z_0) = z_8 + (z_3 - z_0)$. Write
# `class_centroids(model, loader, device, n_classes=10)`, `latent_arithmetic(centroids, a=3, b=8, c=0)` and
# `decode_arithmetic(model, centroids, device, a=3, b=8, c=0)`.

# %%
#: stub class_centroids from reference/arithmetic.py


#: stub latent_arithmetic from reference/arithmetic.py


#: stub decode_arithmetic from reference/arithmetic.py


# %% [markdown]
# ## Experiments
#
# First the three losses. The curves have different units, so each is drawn relative to its first epoch.

# %% tags=["exploration"]
from functools import partial

torch.manual_seed(0)
Model = partial(AutoencoderWithAnalysis, 64)
comparison = compare_loss_functions(partial(Model, latent_dim=16), train_loader, test_loader, device)
figure = plot_loss_comparison(comparison, images[:10].flatten(1))

# %% [markdown]
# In numbers: each model, measured by all three losses on the test images.

# %% tags=["exploration"]
x = torch.cat([images for images, _ in test_loader]).flatten(1)
losses = {"MSE": mse_loss, "BCE": bce_loss, "L1": mae_loss}
print("trained by    " + "".join(f"by {name:<7}" for name in losses) + "black or white")
for name, result in comparison.items():
    x_hat = result["model"](x)[0].detach()
    values = "".join(f"{float(loss(x_hat, x)):<10.4f}" for loss in losses.values())
    print(f"{name:<14}{values}{float(((x_hat < 0.05) | (x_hat > 0.95)).float().mean()):.0%}")

# %% [markdown]
# What the model trained with MSE has learnt: its latent space, which t-SNE unfolds, and its error image by image.

# %% tags=["exploration"]
model = comparison["MSE"]["model"]
figure = visualize_latent_space(model, test_loader, device)

# %% tags=["exploration"]
errors, classes = analyze_reconstruction_quality(model, test_loader, device)

# %% [markdown]
# A latent space of two dimensions can be looked at directly, and what each of its places decodes to.

# %% tags=["exploration"]
torch.manual_seed(0)
plane = compare_loss_functions(partial(Model, latent_dim=2), train_loader, test_loader, device)["MSE"]["model"]
figure = plot_latent_plane(plane, test_loader, device)

# %% [markdown]
# From a 3 to an 8 and from a 4 to a 9: in latent space, and as a cross-fade of the pixels.

# %% tags=["exploration"]
first = {int(label): image for image, label in reversed(list(zip(images.flatten(1), labels)))}
figure = plot_interpolations(model, torch.stack([first[3], first[4]]), torch.stack([first[8], first[9]]), device)

# %% [markdown]
# The error against the size of the latent vector, the elbow, and what the best linear autoencoder (PCA) does.

# %% tags=["exploration"]
torch.manual_seed(0)
dims = (2, 4, 8, 16, 32, 64)
sweep = find_optimal_latent_dim(train_loader, test_loader, device, dims, model_class=Model)
elbow = find_elbow([row["dim"] for row in sweep], [row["error"] for row in sweep])
seen = torch.cat([images for images, _ in train_loader]).flatten(1)
axes = torch.linalg.svd(seen - seen.mean(0), full_matrices=False).Vh
energy = ((x - seen.mean(0)) @ axes.T).square().mean(0)
figure = plot_error_curve(sweep, elbow, [float(energy[k:].sum()) / 64 for k in dims], float(energy.sum()) / 64)

# %% [markdown]
# A 3, plus the difference between an 8 and a 0.

# %% tags=["exploration"]
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
#: answer losses

# %% [markdown]
# **What the latent space tells** (5 points). Which latent dimension would you choose, by which evidence, and
# what is lost below it? What does $z_3 + (z_8 - z_0)$ look like, and what would have to hold of the latent
# space for such arithmetic to mean something?

# %% [markdown]
#: answer latent
