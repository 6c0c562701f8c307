"""All triples, opinions against scikit-learn, and arithmetic where the right picture is known."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestCentroid
from torch import nn

from reference import triples
from reference.arithmetic import latent_arithmetic
from reference.data import unilin


def test_there_are_720_triples_of_three_different_classes():
    every = triples.all_triples()
    assert len(set(every)) == 720
    assert all(len(set(triple)) == 3 for triple in every)


def test_new_latents_are_those_of_the_lesson_and_a_and_b_play_the_same_part():
    centroids, every = torch.randn(10, 4, dtype=torch.float64), triples.all_triples()
    z = triples.new_latents(centroids, every)
    for i in (0, 100, 719):
        torch.testing.assert_close(z[i], latent_arithmetic(centroids, *every[i]))
    swapped = triples.new_latents(centroids, [(b, a, c) for a, b, c in every])
    torch.testing.assert_close(z, swapped)


def test_the_nearest_centroid_is_that_of_scikit_learn():
    centroids, z = torch.randn(10, 4), torch.randn(50, 4)
    expected = NearestCentroid().fit(centroids.repeat(2, 1).numpy(), np.arange(20) % 10).predict(z.numpy())
    assert triples.nearest_centroid(centroids, z).tolist() == expected.tolist()


def test_the_classifier_knows_digits_that_it_was_not_taught(digits):
    judge = triples.classifier(*digits[0].dataset.tensors)
    images, labels = digits[1].dataset.tensors
    assert (judge(images.flatten(1)) == labels.numpy()).mean() > 0.97


def test_the_classifier_is_taught_no_more_than_asked_for(digits):
    images, labels = (t[:200] for t in digits[0].dataset.tensors)
    few = triples.classifier(images, labels, most=100)
    same = triples.classifier(images[:100], labels[:100])
    x = digits[1].dataset.tensors[0].flatten(1)
    assert few(x).tolist() == same(x).tolist()


def test_shares_say_what_a_triple_was_taken_for():
    every = [(1, 2, 3)] * 4
    assert triples.shares(every, [1, 2, 3, 7]) == {"a or b": 0.5, "c": 0.25, "another": 0.25}


class Logits(nn.Module):
    """A perfect autoencoder of the synthetic images: its latents are their logits."""

    def encode(self, x):
        return x.double().logit()

    def decode(self, z):
        return torch.sigmoid(z).float()

    def forward(self, x):
        return self.decode(self.encode(x)), self.encode(x)


def test_arithmetic_is_right_where_latents_are_linear_in_the_factors():
    errors = triples.known_answers(Logits(), *unilin(3, n=200))
    assert errors["latent"] == pytest.approx(0, abs=1e-10)
    assert errors["reconstruction"] == pytest.approx(0, abs=1e-10)
    assert 0.001 < errors["pixels"] < errors["nothing"]


def test_the_right_picture_is_the_one_that_its_factors_make():
    images, factors = unilin(2, d=9, n=50, seed=4)
    logits = images.double().logit()
    design = np.column_stack([factors.double().numpy(), np.ones(50)])
    weights, *_ = np.linalg.lstsq(design, logits.numpy(), rcond=None)
    new = factors[0] + (factors[1] - factors[2])
    by_factors = 1 / (1 + np.exp(-(np.append(new.numpy(), 1) @ weights)))
    np.testing.assert_allclose(torch.sigmoid(logits[0] + (logits[1] - logits[2])), by_factors, atol=1e-5)
