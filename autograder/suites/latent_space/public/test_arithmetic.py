"""Arithmetic, public: small centroids, one sum, one image."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle
from autograder.suites.latent_space.rows import row

WEIGHTS = oracle.tiny_weights(91, 16, [3])


def tiny(student, gain=1.0):
    """Return a tiny known model in the student's process."""
    return student.make("tiny_class", WEIGHTS, gain, latent_dim=3)()


@check(points=3)
def test_centroids_are_the_mean_latent_of_each_class(student):
    """`class_centroids` gives, for each label, the mean of its images' latent values."""
    x, _ = oracle.images(92, 20)
    y = np.arange(20) % 10
    got = student.call(
        "class_centroids", tiny(student), student.make("loader", x, y, [10, 10]), student.make("device")
    )
    z = oracle.Tiny(WEIGHTS[3]).encode(oracle.flat(x))
    for label in range(10):
        right = z[y == label].mean(0)
        likely = {
            "the latents are added up and not divided": 2 * right,
            "only the first batch counts": z[label],
        }
        expect.close(f"centroid of class {label}", row(got, label, 3), right, 1e-4, 1e-5, likely)


@check(points=3)
def test_arithmetic_is_z3_plus_z8_minus_z0(student):
    """`latent_arithmetic(centroids)` is z_3 + (z_8 - z_0)."""
    c = np.random.default_rng(93).normal(size=(10, 4)).astype(np.float32)
    got = student.call("latent_arithmetic", c)
    likely = {
        "a sign is wrong: z_3 - (z_8 - z_0)": c[3] - (c[8] - c[0]),
        "a sign is wrong: z_3 + (z_8 + z_0)": c[3] + c[8] + c[0],
        "the roles are exchanged: z_8 + (z_0 - z_3)": c[8] + c[0] - c[3],
        "the roles are exchanged: z_0 + (z_3 - z_8)": c[0] + c[3] - c[8],
        "columns are taken in place of rows": np.full(4, np.nan),
    }
    got = expect.array("latent_arithmetic(centroids)", got).reshape(-1)
    expect.close("latent_arithmetic(centroids)", got, c[3] + (c[8] - c[0]), 1e-4, 1e-5, likely)


@check(points=2)
def test_decoded_arithmetic_is_an_image(student):
    """`decode_arithmetic` returns one image, with the pixels that the model decodes the sum to."""
    c = np.random.default_rng(94).normal(size=(10, 3)).astype(np.float32)
    got = student.call("decode_arithmetic", tiny(student), student.put(c), student.make("device"))
    pixels = expect.array("decode_arithmetic(…)", got)
    expect.true(
        pixels.size == 16, f"decode_arithmetic(…): expected one image of 16 pixels, got {pixels.shape}"
    )
    right = oracle.Tiny(WEIGHTS[3]).decode(c[3] + c[8] - c[0].astype(float))
    expect.close("decode_arithmetic(…)", pixels.reshape(-1), right, 1e-4, 1e-4)
