"""The metrics of a latent space on cases whose answer is known, and against scikit-learn."""

import numpy as np
import pytest
import torch
from torch import nn

from reference import properties
from reference.data import all_images, unilin


class LinearDecoder(nn.Module):
    """x = z W + b."""

    def __init__(self, w):
        super().__init__()
        self.w = w

    def decode(self, z):
        return z @ self.w + 1


class Circle(nn.Module):
    """The latent is an angle, the image a point of the unit circle."""

    def decode(self, z):
        return torch.cat([z.cos(), z.sin()], dim=1)


def clusters(spread, n=50):
    """Three classes around the corners of a triangle: (z, labels)."""
    labels = np.repeat([0, 1, 2], n)
    corners = np.array([[0, 0], [10, 0], [0, 10]])
    return corners[labels] + spread * np.random.default_rng(0).standard_normal((3 * n, 2)), labels


def test_tight_classes_are_compact_and_shuffled_labels_are_not():
    z, y = clusters(0.1)
    shuffled = np.random.default_rng(1).permutation(y)
    assert properties.silhouette(z, y) > 0.95
    assert properties.silhouette(z, shuffled) < 0.05
    assert properties.knn_accuracy(z, y, z, y) == 1
    assert properties.nearest_centroid_accuracy(z, y, z, y) == 1
    assert properties.knn_accuracy(z, shuffled, z[::-1], shuffled) < 0.6


def test_the_silhouette_is_its_definition():
    z, y = clusters(3, n=8)
    distance = np.linalg.norm(z[:, None] - z[None], axis=2)
    values = []
    for i in range(len(z)):
        own = distance[i, y == y[i]].sum() / ((y == y[i]).sum() - 1)
        other = min(distance[i, y == c].mean() for c in range(3) if c != y[i])
        values.append((other - own) / max(own, other))
    assert properties.silhouette(z, y) == pytest.approx(np.mean(values))


def test_accuracies_are_measured_on_the_test_latents():
    z, y = clusters(0.1)
    z_test = np.array([[1, 1], [9, 1], [1, 9], [9, 1]])
    y_test = np.array([0, 1, 2, 0])
    assert properties.knn_accuracy(z, y, z_test, y_test) == 0.75
    assert properties.nearest_centroid_accuracy(z, y, z_test, y_test) == 0.75


def test_a_linear_decoder_maps_lines_to_lines():
    model = LinearDecoder(torch.randn(3, 7))
    assert properties.path_to_chord(model, torch.randn(5, 3), torch.randn(5, 3)) == pytest.approx(1, abs=1e-5)


def test_half_a_circle_is_half_pi_times_its_chord():
    start, end = torch.zeros(4, 1, dtype=torch.float64), torch.full((4, 1), np.pi, dtype=torch.float64)
    assert properties.path_to_chord(Circle(), start, end, steps=200) == pytest.approx(np.pi / 2, rel=1e-4)


def test_the_sensitivity_of_a_scaled_isometry_is_its_scale_times_the_spread():
    rows, _ = torch.linalg.qr(torch.randn(7, 3))
    z = 5 * torch.randn(100, 3)
    sensitivity = properties.local_sensitivity(LinearDecoder(2 * rows.T), z)
    assert sensitivity == pytest.approx(2 * z.std().item(), rel=1e-4)


def test_the_sensitivity_is_that_of_finite_differences():
    z = torch.linspace(0, 3, 50, dtype=torch.float64)[:, None]
    step = (Circle().decode(z + 1e-6) - Circle().decode(z)).norm(dim=1).mean() / 1e-6
    assert properties.local_sensitivity(Circle(), z) == pytest.approx((step * z.std()).item(), rel=1e-5)


def test_the_lipschitz_constant_of_a_linear_decoder_is_its_largest_singular_value():
    w, z = torch.randn(3, 7), 5 * torch.randn(100, 3)
    expected = np.linalg.svd(w.numpy(), compute_uv=False)[0] * z.std().item()
    assert properties.local_lipschitz(LinearDecoder(w), z) == pytest.approx(expected, rel=1e-4)


def test_the_worst_direction_is_no_better_than_a_random_one(digits, digits_model):
    z = properties.encode_all(digits_model, digits[1], "cpu")[0][:50]
    assert properties.local_lipschitz(digits_model, z) > properties.local_sensitivity(digits_model, z)


def test_the_distance_to_the_nearest_image_is_scikit_learns_cosine_distance():
    from sklearn.metrics.pairwise import cosine_distances

    images, data = torch.rand(5, 9), torch.rand(20, 9)
    expected = cosine_distances(images.numpy(), data.numpy()).min(axis=1)
    np.testing.assert_allclose(properties.distance_to_nearest(images, data), expected, atol=1e-6)
    np.testing.assert_allclose(properties.distance_to_nearest(3 * data[:4], data), 0, atol=1e-6)


def test_the_mean_correlation_is_that_of_the_pairs():
    z = np.random.default_rng(0).standard_normal((500, 3))
    z[:, 2] = -z[:, 0]
    pairs = [abs(np.corrcoef(z[:, i], z[:, j])[0, 1]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert properties.mean_correlation(z) == pytest.approx(np.mean(pairs))
    assert properties.mean_correlation(z[:, :1]) == 0


def test_true_factors_are_disentangled_and_rotated_ones_are_not():
    _, factors = unilin(3, n=800)
    rotation, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(1)))
    for index in (properties.dci_disentanglement, properties.mutual_information_gap):
        true, rotated = index(factors, factors), index(factors, factors @ rotation)
        assert 0 <= rotated < 0.75
        assert 0.85 < true <= 1


def test_the_order_the_sign_and_the_scale_of_latents_do_not_matter():
    _, factors = unilin(3, n=800)
    z = factors[:, [2, 0, 1]] * torch.tensor([-1.0, 5.0, 0.1])
    assert properties.mutual_information_gap(factors, z) > 0.85
    assert properties.dci_disentanglement(factors, z) > 0.95


def test_a_rotation_keeps_the_information_and_noise_has_none():
    _, factors = unilin(3, n=800)
    rotation, _ = torch.linalg.qr(torch.randn(3, 3))
    assert properties.informativeness(factors, factors @ rotation) == pytest.approx(1, abs=1e-5)
    assert properties.informativeness(factors, torch.randn(800, 3)) < 0.05


@pytest.mark.parametrize(
    ("scales", "expected"), [((1, 1, 1, 1), 4), ((1, 0, 0, 0), 1), ((3, 1, 0, 0), 100 / 82)]
)
def test_the_participation_ratio_counts_the_directions_in_use(scales, expected):
    z = np.random.default_rng(0).standard_normal((20000, 4)) * scales
    assert properties.participation_ratio(z) == pytest.approx(expected, rel=0.02)


def test_one_latent_has_one_direction():
    assert properties.participation_ratio(torch.randn(50, 1)) == pytest.approx(1)


def test_encoding_all_is_encoding_at_once(digits, digits_model):
    z, y = properties.encode_all(digits_model, digits[1], "cpu")
    images, labels = digits[1].dataset.tensors
    torch.testing.assert_close(z, digits_model.encode(images.flatten(1)).detach(), rtol=1e-4, atol=1e-5)
    assert torch.equal(y, labels)
    assert all_images(digits[1]).shape == (360, 64)


def test_training_makes_the_digits_compact(digits, digits_model):
    train, test = (properties.encode_all(digits_model, loader, "cpu") for loader in digits)
    assert properties.silhouette(*test) > 0.1
    assert properties.knn_accuracy(*train, *test) > 0.8
    assert properties.nearest_centroid_accuracy(*train, *test) > 0.7
