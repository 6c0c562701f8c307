"""Arithmetic, hidden: unbalanced and missing classes, other triples, modes, and unchanged arguments."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import centroids, oracle
from autograder.suites.latent_space.rows import empty, row

K = 3
WEIGHTS = oracle.tiny_weights(101, 16, [K])
TWIN = centroids.Curved(WEIGHTS[K])
SIZES = [9, 9, 3]
LABELS = np.array([4, 1, 1, 1, 11, 1, 1, 0, 4, 4, 11, 4, 4, 2, 4, 0, 11, 11, 1, 2, 0])
FEW, FEW_SIZES = np.array([5, 5, 0, 0, 3, 3, 5, 1, 1]), [9]


def computed(student, labels, sizes, n_classes, gain=1.0):
    """Return the student's centroids, and the flat images (n, 16)."""
    x, _ = oracle.images(102, len(labels))
    model = student.make("CurvedAutoencoder", WEIGHTS, K, gain)
    loader = student.make("loader", x, labels, sizes)
    got = student.call("class_centroids", model, loader, student.make("device"), n_classes=n_classes)
    return got, oracle.flat(x)


@check(points=3)
def test_centroids_of_unbalanced_classes_are_means_over_images(student):
    """Every image has equal weight in its class's centroid, whatever its batch and position."""
    got, x = computed(student, LABELS, SIZES, 12)
    for label in (0, 1, 2, 4, 11):
        right = TWIN.encode(x)[label == LABELS].mean(0)
        likely = centroids.of_class(TWIN, x, LABELS, SIZES, label, 12)
        expect.close(f"centroid of class {label}", row(got, label, K), right, 1e-4, 1e-5, likely)


@check(points=1)
def test_a_class_without_images_has_no_centroid(student):
    """A class without images has a row of NaN, because it has no mean."""
    got, _ = computed(student, FEW, FEW_SIZES, 7)
    for label in (0, 1, 3, 5):
        row(got, label, K)  # these have images, so they must be there
    cause = "zeros, or another number, are returned for a class without images; return NaN"
    for label in (2, 4, 6):
        text = f"class {label} has no images: expected a row of NaN, got numbers"
        expect.true(empty(got, label), text, cause=cause)


@check(points=2)
def test_latents_are_taken_in_eval_mode(student):
    """`class_centroids` puts the model in eval mode."""
    got, x = computed(student, FEW, FEW_SIZES, 7, gain=0.5)
    right = TWIN.encode(x)[FEW == 5].mean(0)
    likely = {"the model is still in train mode: call eval() first": 0.5 * right}
    likely |= centroids.of_class(TWIN, x, FEW, FEW_SIZES, 5, 7)
    expect.close("centroid of class 5", row(got, 5, K), right, 1e-4, 1e-5, likely)


@check(points=3)
def test_arithmetic_of_other_triples(student):
    """`latent_arithmetic(centroids, a, b, c)` is z_a + (z_b - z_c) for any three classes, even equal ones."""
    c = np.random.default_rng(103).normal(size=(9, 8)).astype(np.float32)
    for a, b, d in ((1, 4, 7), (5, 2, 5), (6, 6, 6)):
        kept = student.put(c)
        got = student.call("latent_arithmetic", kept, a=a, b=b, c=d)
        got = expect.array("latent_arithmetic(…)", got).reshape(-1)
        after = expect.array("centroids", kept.get(), c.shape)
        expect.true(bool((after == c).all()), "latent_arithmetic changed the centroids in place", cause=COPY)
        right = c[a].astype(float) + c[b] - c[d]
        likely = centroids.sums(c, a, b, d)
        expect.close(f"latent_arithmetic(centroids, {a}, {b}, {d})", got, right, 1e-4, 1e-5, likely)


COPY = "`+=` or `-=` on a row writes into the centroids; make a new tensor with `+` and `-`"


@check(points=2)
def test_the_sum_is_decoded_in_eval_mode(student):
    """`decode_arithmetic` decodes the sum of latents in eval mode, for any three classes."""
    c = np.random.default_rng(104).normal(size=(9, K)).astype(np.float32)
    model, kept = student.make("CurvedAutoencoder", WEIGHTS, K, 0.5), student.put(c)
    got = student.call("decode_arithmetic", model, kept, student.make("device"), a=1, b=4, c=7)
    pixels = expect.array("decode_arithmetic(…)", got).reshape(-1)
    right, likely = TWIN.decode(c[1] + c[4] - c[7].astype(float)), centroids.decoded(TWIN, c, 1, 4, 7, 0.5)
    expect.close("decode_arithmetic(…)", pixels, right, 1e-4, 1e-4, likely)
    after = expect.array("centroids", kept.get(), c.shape)
    expect.true(bool((after == c).all()), "decode_arithmetic changed the centroids in place", cause=COPY)
