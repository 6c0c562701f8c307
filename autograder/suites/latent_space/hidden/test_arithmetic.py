"""Arithmetic, hidden: unbalanced and missing classes, other triples, modes, and nothing changed in place."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle
from autograder.suites.latent_space.rows import row

K = 3
WEIGHTS = oracle.tiny_weights(101, 16, [K])
SIZES = [7, 9, 5]
LABELS = np.array([4, 1, 1, 1, 6, 1, 1, 0, 4, 4, 6, 4, 4, 2, 4, 0, 6, 6, 1, 2, 0])


def centroids(student, gain=1.0, n_classes=7):
    """Return the student's centroids, our latents, and the images."""
    x, _ = oracle.images(102, len(LABELS))
    model = student.make("tiny_class", WEIGHTS, gain, latent_dim=K)()
    loader = student.make("loader", x, LABELS, SIZES)
    got = student.call("class_centroids", model, loader, student.make("device"), n_classes=n_classes)
    return got, oracle.Tiny(WEIGHTS[K]).encode(oracle.flat(x)), oracle.flat(x)


@check(points=3)
def test_centroids_of_unbalanced_classes_are_means_over_images(student):
    """Every image counts the same in its class's centroid, in whatever batch and order it came."""
    got, z, _ = centroids(student)
    batch = np.repeat(np.arange(3), SIZES)
    for label in (0, 1, 2, 4, 6):
        own = label == LABELS
        parts = [z[own & (batch == b)].mean(0) for b in range(3) if (own & (batch == b)).any()]
        likely = {
            "the means of the batches are averaged": np.mean(parts, axis=0),
            "the median is taken": np.median(z[own], axis=0),
            "the sum is not divided by the number of images": z[own].sum(0),
            "the sum is divided by N / n_classes": z[own].sum(0) / (len(LABELS) / 7),
            "the latents are normalised": (z / np.linalg.norm(z, axis=1, keepdims=True))[own].mean(0),
            "only the last batch counts": parts[-1],
            "only the first batch counts": parts[0],
        }
        expect.close(f"centroid of class {label}", row(got, label, K), z[own].mean(0), 1e-4, 1e-5, likely)


@check(points=2)
def test_a_class_without_images_disturbs_no_other(student):
    """With a class that does not occur, the other centroids are still at their own labels."""
    got, z, _ = centroids(student)
    cause = "rows are in the order in which classes appear; they belong at their label"
    for label in (4, 6):
        right = z[label == LABELS].mean(0)
        good = bool(np.allclose(row(got, label, K), right, rtol=1e-3, atol=1e-3))
        expect.true(good, f"centroid of class {label}: not the mean of its latents", cause=cause)


@check(points=2)
def test_latents_are_taken_in_eval_mode(student):
    """Centroids are computed in eval mode."""
    got, z, _ = centroids(student, gain=0.5)
    likely = {"the model is still in train mode: call eval() first": 0.5 * z[LABELS == 1].mean(0)}
    expect.close("centroid of class 1", row(got, 1, K), z[LABELS == 1].mean(0), 1e-4, 1e-5, likely)


@check(points=3)
def test_arithmetic_of_other_triples(student):
    """`latent_arithmetic(centroids, a, b, c)` is z_a + (z_b - z_c) for any three classes, also equal ones."""
    c = np.random.default_rng(103).normal(size=(9, 5)).astype(np.float32)
    for a, b, d in ((1, 4, 7), (5, 2, 5), (6, 6, 6)):
        kept = student.put(c)
        got = expect.array(
            "latent_arithmetic(…)", student.call("latent_arithmetic", kept, a=a, b=b, c=d)
        ).reshape(-1)
        likely = {"the classes 3, 8 and 0 are used whatever is asked for": c[3] + c[8] - c[0]}
        right = c[a].astype(float) + c[b] - c[d]
        expect.close(f"latent_arithmetic(centroids, {a}, {b}, {d})", got, right, 1e-4, 1e-5, likely)
        after = expect.array("centroids", kept.get(), c.shape)
        expect.true(bool((after == c).all()), "latent_arithmetic changed the centroids in place")


@check(points=2)
def test_the_sum_is_decoded_not_the_images(student):
    """The image is the decoded sum of latents, for any three classes."""
    c = np.random.default_rng(104).normal(size=(9, K)).astype(np.float32)
    model = student.make("tiny_class", WEIGHTS, 1.0, latent_dim=K)()
    kept = student.put(c)
    got = student.call("decode_arithmetic", model, kept, student.make("device"), a=1, b=4, c=7)
    own = oracle.Tiny(WEIGHTS[K])
    parts = own.decode(c.astype(float))
    likely = {
        "images are added; add the latents, then decode": parts[1] + parts[4] - parts[7],
        "images are added; add the latents, then decode ": np.clip(parts[1] + parts[4] - parts[7], 0, 1),
        "the classes 3, 8 and 0 are used whatever is asked for": own.decode(c[3] + c[8] - c[0].astype(float)),
    }
    pixels = expect.array("decode_arithmetic(…)", got).reshape(-1)
    expect.close(
        "decode_arithmetic(…)", pixels, own.decode(c[1] + c[4] - c[7].astype(float)), 1e-4, 1e-4, likely
    )
