"""The training loop against Adam written in NumPy and against PCA, and averages over unequal batches."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn

from reference.data import make_loader
from reference.losses import mae_loss, mse_loss
from reference.training import evaluate, first_images, train, train_epoch


class Weights(nn.Module):
    """Reconstructs w x, elementwise, with dropout-like behaviour in train mode when asked for."""

    def __init__(self, d, train_factor=1.0):
        super().__init__()
        self.w, self.train_factor = nn.Parameter(torch.full((d,), 0.3)), train_factor

    def forward(self, x):
        return self.w * x * (self.train_factor if self.training else 1), x


class Linear(nn.Module):
    """A linear autoencoder without biases."""

    def __init__(self, d, k):
        super().__init__()
        self.down, self.up = nn.Linear(d, k, bias=False), nn.Linear(k, d, bias=False)

    def forward(self, x):
        z = self.down(x)
        return self.up(z), z


def loader_of(images, batch_size):
    return make_loader(images, torch.zeros(len(images), dtype=torch.long), batch_size)


def adam_by_numpy(x, w, epochs, batch_size, lr):
    """Minimise the mean of (w x - x)^2 by Adam (Kingma & Ba 2015, algorithm 1): (w, loss of each epoch)."""
    m, v, t, history = np.zeros_like(w), np.zeros_like(w), 0, []
    for _ in range(epochs):
        total = 0.0
        for i in range(0, len(x), batch_size):
            batch = x[i : i + batch_size]
            residual = w * batch - batch
            total += (residual**2).mean() * len(batch)
            gradient = (2 * residual * batch).sum(axis=0) / batch.size
            t += 1
            m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
            w = w - lr * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        history.append(total / len(x))
    return w, history


def test_training_is_adam_on_the_reconstruction_of_each_batch():
    images, model = torch.rand(11, 1, 2, 2), Weights(4)
    history = train(model, loader_of(images, 4), mse_loss, "cpu", epochs=3, lr=0.05)
    w, expected = adam_by_numpy(images.flatten(1).double().numpy(), np.full(4, 0.3), 3, 4, 0.05)
    np.testing.assert_allclose(model.w.detach(), w, rtol=1e-5)
    assert history == pytest.approx(expected, rel=1e-5)


def test_a_linear_autoencoder_learns_the_subspace_of_pca():
    scales = torch.tensor([3.0, 2.0, 0.5, 0.4, 0.3, 0.2])
    rotation, _ = torch.linalg.qr(torch.randn(6, 6))
    images = (torch.randn(256, 6) * scales) @ rotation
    images = images - images.mean(dim=0)
    model = Linear(6, 2)
    train(model, loader_of(images, 256), mse_loss, "cpu", epochs=600, lr=0.02)
    pca = PCA(2).fit(images.numpy())
    basis = np.linalg.qr(model.up.weight.detach().numpy())[0]
    cosines = np.linalg.svd(basis.T @ pca.components_.T, compute_uv=False)
    assert cosines.min() > 0.9999
    error = np.mean((images.numpy() - pca.inverse_transform(pca.transform(images.numpy()))) ** 2)
    assert evaluate(model, loader_of(images, 100), mse_loss, "cpu") == pytest.approx(error, rel=1e-3)


def test_the_epoch_loss_counts_every_sample_once():
    images = torch.cat([torch.full((8, 3), 0.1), torch.full((1, 3), 1.0)])
    model = Weights(3)
    frozen = torch.optim.SGD(model.parameters(), lr=0.0)
    loss = train_epoch(model, loader_of(images, 8), frozen, mae_loss, "cpu")
    assert loss == pytest.approx((8 * 0.07 + 0.7) / 9, rel=1e-6)


def test_the_evaluation_counts_every_sample_once_and_is_in_eval_mode():
    images = torch.cat([torch.full((8, 3), 0.1), torch.full((1, 3), 1.0)])
    model = Weights(3, train_factor=0.0).train()
    error = evaluate(model, loader_of(images, 8), mse_loss, "cpu")
    assert error == pytest.approx((8 * 0.07**2 + 0.7**2) / 9, rel=1e-6)


def test_training_is_in_train_mode_also_after_an_evaluation():
    images, model = torch.rand(6, 3), Weights(3, train_factor=0.0)
    evaluate(model, loader_of(images, 3), mse_loss, "cpu")
    loss = train(model, loader_of(images, 3), mse_loss, "cpu", epochs=1, lr=0.1)[0]
    assert loss == pytest.approx(images.square().mean().item(), rel=1e-6)


@pytest.mark.parametrize(("n", "batch_size", "expected"), [(25, 4, 10), (25, 25, 10), (7, 4, 7)])
def test_the_first_images_are_taken_across_batches(n, batch_size, expected):
    images = torch.rand(n, 1, 2, 2)
    first = first_images(loader_of(images, batch_size))
    assert torch.equal(first, images[:expected].flatten(1))
