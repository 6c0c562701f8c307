"""Reconstruction error against the size of the latent vector, and the elbow of that curve.

The information bottleneck in numbers: the smaller k, the stronger the compression and the higher the
error. The elbow is the point farthest below the chord from the curve's first to its last point
(Satopaa, Albrecht, Irwin & Raghavan, "Finding a 'Kneedle' in a Haystack", 2011). A linear autoencoder
would find the PCA subspace and its error (Baldi & Hornik, 1989); a nonlinear one is compared with it
(Hinton & Salakhutdinov, Science 313, 2006).
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

from reference.losses import mse_loss
from reference.model import AutoencoderWithAnalysis
from reference.training import evaluate, train

__all__ = ["find_elbow", "find_optimal_latent_dim"]


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
    Nothing is added to that: Adam has torch's other defaults, `lr` stays the same, every batch is
    trained on, and training neither stops early nor goes back to earlier weights. Dimensions may come
    in any order, repeat, and exceed the number of pixels; each call starts from scratch. For images of
    another size than the class's default, bind it: `functools.partial(AutoencoderWithAnalysis, 64)`. The
    loaders yield (images, labels); images may be of any shape (B, ...) and are flattened here. The last
    batch may be short.

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
    .0048, .0047 give 8. `dims` are in rising order. Neither sequence is modified.
    """
    x = np.log2(dims)                                       # (n,)
    e = np.array([float(error) for error in errors])        # (n,)
    ends = [np.argmin(x), np.argmax(x)]
    chord = np.interp(x, x[ends], e[ends])                  # (n,)
    return int(dims[int(np.argmax(chord - e))])
