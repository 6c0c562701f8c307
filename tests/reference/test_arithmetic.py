"""Centroids against NumPy in float64, with unbalanced, unsorted and missing classes; the arithmetic."""

import numpy as np
import pytest
import torch
from torch import nn

from reference.arithmetic import class_centroids, decode_arithmetic, latent_arithmetic
from reference.data import make_loader


class Known(nn.Module):
    """z = x W, image = sigmoid(z W'); in train mode both come out wrong."""

    def __init__(self, d=6, k=3):
        super().__init__()
        self.w = nn.Parameter(torch.randn(d, k))

    def encode(self, x):
        return x @ self.w + (100 if self.training else 0)

    def decode(self, z):
        return torch.sigmoid(z @ self.w.T + (100 if self.training else 0))


def unbalanced_loader(batch_size=4):
    """Labels 2, 0 and 4 of 0 ... 5, in this order of appearance, in unequal numbers, in different batches."""
    labels = torch.tensor([2, 2, 2, 2, 2, 2, 2, 0, 4, 2, 0])
    return make_loader(torch.rand(11, 1, 2, 3), labels, batch_size)


def by_numpy(model, loader, c):
    images, labels = (t.numpy() for t in loader.dataset.tensors)
    z = images.reshape(len(images), -1).astype(np.float64) @ model.w.detach().double().numpy()
    return z[labels == c].mean(axis=0)


def test_each_row_is_the_mean_over_the_samples_of_its_label():
    model, loader = Known(), unbalanced_loader()
    centroids = class_centroids(model, loader, "cpu", n_classes=6)
    assert centroids.shape == (6, 3)
    for c in (0, 2, 4):
        np.testing.assert_allclose(centroids[c], by_numpy(model, loader, c), rtol=1e-4, atol=1e-5)


def test_a_class_that_does_not_occur_has_a_row_of_nan():
    centroids = class_centroids(Known(), unbalanced_loader(), "cpu", n_classes=6)
    assert centroids.isnan().all(dim=1).tolist() == [False, True, False, True, False, True]


def test_the_batches_do_not_matter():
    model, loader = Known(), unbalanced_loader(4)
    whole = make_loader(*loader.dataset.tensors, batch_size=11)
    a, b = (class_centroids(model, each, "cpu", 6) for each in (loader, whole))
    torch.testing.assert_close(a, b, equal_nan=True)


def test_centroids_are_made_without_a_graph_and_without_changing_the_weights():
    model = Known().train()
    before = model.w.clone()
    assert not class_centroids(model, unbalanced_loader(), "cpu", 6).requires_grad
    assert torch.equal(model.w, before)


@pytest.mark.parametrize(("a", "b", "c"), [(3, 8, 0), (1, 2, 3), (0, 8, 3), (5, 5, 5)])
def test_the_arithmetic_adds_the_difference_of_two_rows_to_a_third(a, b, c):
    rows = torch.randn(10, 4, dtype=torch.float64)
    expected = [rows[a, i].item() + rows[b, i].item() - rows[c, i].item() for i in range(4)]
    assert latent_arithmetic(rows, a, b, c).tolist() == pytest.approx(expected)


def test_three_eight_and_zero_are_the_default():
    rows = torch.eye(10)
    assert latent_arithmetic(rows).tolist() == [-1, 0, 0, 1, 0, 0, 0, 0, 1, 0]


def test_adding_nothing_gives_the_first_row_back():
    rows = torch.randn(10, 4)
    assert torch.equal(latent_arithmetic(rows, 2, 7, 7), rows[2])


def test_the_arithmetic_changes_no_centroid():
    model, rows = Known(), torch.randn(10, 3)
    before = rows.clone()
    latent_arithmetic(rows).add_(1)
    latent_arithmetic(rows, 1, 1, 1).add_(1)
    decode_arithmetic(model, rows, "cpu")
    assert torch.equal(rows, before)


def test_the_decoded_image_is_flat_and_that_of_the_latent():
    model, rows = Known().train(), torch.randn(10, 3)
    image = decode_arithmetic(model, rows, "cpu", a=1, b=2, c=4)
    z = (rows[1] + rows[2] - rows[4]).double().numpy()
    assert image.shape == (6,)
    assert not image.requires_grad
    np.testing.assert_allclose(image, 1 / (1 + np.exp(-z @ model.w.detach().double().numpy().T)), rtol=1e-5)


def test_a_decoded_centroid_looks_like_its_class(digits, digits_model):
    from sklearn.svm import SVC

    train = digits[0].dataset.tensors
    judge = SVC().fit(train[0].flatten(1).numpy(), train[1].numpy())
    centroids = class_centroids(digits_model, digits[0], "cpu")
    images = torch.stack([decode_arithmetic(digits_model, centroids, "cpu", c, c, c) for c in range(10)])
    assert (judge.predict(images.numpy()) == np.arange(10)).sum() >= 9
