"""The three reconstruction losses, and the same autoencoder trained with each of them.

A loss is a negative log-likelihood in disguise: squared error is a Gaussian pixel, cross entropy a
Bernoulli pixel, absolute error a Laplacian pixel (Bishop, "Pattern Recognition and Machine Learning",
2006, sections 1.2.5 and 4.3.2; Kingma & Welling, "Auto-Encoding Variational Bayes", 2014, appendix C).
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from reference.training import Loss, first_images, train

__all__ = ["LOSSES", "bce_loss", "compare_loss_functions", "mae_loss", "mse_loss"]


def mse_loss(x_hat: Tensor, x: Tensor) -> Tensor:
    """Mean squared error between reconstructions x_hat and images x, two tensors of one shape, of any
    number of axes.

    With n the number of *elements* (samples times pixels), it is 1/n * sum_i (x_hat_i - x_i)^2: the
    mean over all elements, not the sum over pixels. Returns a differentiable scalar (shape ()) in the
    dtype of the inputs (float64 stays float64); its gradient is finite everywhere, also where x_hat
    equals x; neither input is modified.
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
    differentiable scalar (shape ()) in the dtype of the inputs; its gradient is finite everywhere, also
    where x_hat equals x; neither input is modified.
    """
    return (x_hat - x).abs().mean()


# compare_loss_functions below lists them again: the assignment copies that function by itself
LOSSES: dict[str, Loss] = {"MSE": mse_loss, "BCE": bce_loss, "L1": mae_loss}


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
    reconstruct its own input. Nothing is added to that: Adam has torch's other defaults, `lr` stays the
    same, every batch is trained on, and training neither stops early nor goes back to earlier weights.
    Each pass draws its own batches, since the loader may shuffle; each call starts from scratch. Called
    on flat images (B, d), a model returns (reconstruction, latent). The loaders yield (images, labels);
    images may be of any shape (B, ...), such as (B, 1, 28, 28), and are flattened here. The last batch
    may be short.

    Returns a dict with exactly the keys "MSE", "BCE" and "L1". Each value is a dict with
      "model"            the trained model, with the weights after the last epoch;
      "train_losses"     a list of `epochs` floats: the mean over each epoch of the loss trained with;
      "reconstructions"  its reconstructions, after training and in eval mode, of the first ten test images,
                         whichever batches they are in (all of them when there are fewer): a detached
                         tensor (n, d) on the CPU.
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
