"""Arithmetic, public: small centroids, one sum and one image."""

from functools import partial

import numpy as np

from autograder.judge import check, exhibit, expect, picture, tried, unlike
from autograder.suites.latent_space import centroids, digits, oracle
from autograder.suites.latent_space.rows import CENTROID, roughly, row

K = 3
DEFAULTS = "the defaults of b and c are exchanged: b is 8 and c is 0"
WEIGHTS = oracle.tiny_weights(91, 16, [K])


@check(points=4, kept="the plain case, which students see")
def test_centroids_are_the_mean_latent_of_each_class(student):
    """`class_centroids` gives, for each label, the mean of its images' latent values."""
    x, _ = oracle.images(92, 40)
    y, sizes = np.arange(40) % 10, [20, 20]
    model, loader = student.make("CurvedAutoencoder", WEIGHTS, K), student.make("loader", x, y, sizes)
    got = student.call("class_centroids", model, loader, student.make("device"))
    twin = centroids.Curved(WEIGHTS[K])
    for label in range(10):
        right = twin.encode(oracle.flat(x))[y == label].mean(0)
        likely = partial(centroids.of_class, twin, oracle.flat(x), y, sizes, label, 10)
        expect.close(CENTROID, row(got, label, K), right, 1e-4, 1e-5, likely, case=f"class {label}")


@check(points=2)
def test_arithmetic_is_z3_plus_z8_minus_z0(student):
    """`latent_arithmetic(centroids)` is z_3 + (z_8 - z_0)."""
    c = np.random.default_rng(93).normal(size=(10, 9)).astype(np.float32)
    likely = centroids.sums(c, 3, 8, 0)
    likely.pop(centroids.HARD_CODED, None)
    likely[DEFAULTS] = c[3] - c[8] + c[0]
    got = expect.array("latent_arithmetic(centroids)", student.call("latent_arithmetic", c)).reshape(-1)
    expect.close("latent_arithmetic(centroids)", got, c[3] + (c[8] - c[0]), 1e-4, 1e-5, likely)


@check(points=2, kept="the plain image, which students see; the hidden checks repeat it")
def test_decoded_arithmetic_is_an_image(student):
    """`decode_arithmetic` returns one image: the decoded sum of the latents."""
    c = np.random.default_rng(94).normal(size=(10, K)).astype(np.float32)
    model = student.make("CurvedAutoencoder", WEIGHTS, K)
    got = student.call("decode_arithmetic", model, student.put(c), student.make("device"))
    pixels = expect.array("decode_arithmetic(…)", got)
    size = f"decode_arithmetic(…): expected one image of 16 pixels, got {pixels.shape}"
    cause = (
        "the latent is returned; decode it" if pixels.size == K else "all classes are decoded; decode the sum"
    )
    expect.true(pixels.size == 16, size, cause=cause if pixels.size in (K, 160) else None)
    twin = centroids.Curved(WEIGHTS[K])
    right, likely = twin.decode(c[3] + c[8] - c[0].astype(float)), centroids.decoded(twin, c, 3, 8, 0)
    likely[DEFAULTS] = twin.decode(c[3] - c[8] + c[0].astype(float))
    expect.close("decode_arithmetic(…)", pixels.reshape(-1), right, 1e-4, 1e-4, likely)


@check(points=1)
def test_results_come_alone_and_without_a_graph(student):
    """Centroids and image come back alone and without a graph; `device` may be text, such as "cpu"."""
    twin = centroids.Curved(WEIGHTS[K])
    (x, _), y = oracle.images(95, 20), np.arange(20) % 10
    loader = student.make("loader", x, y, [20])
    c = np.random.default_rng(96).normal(size=(10, K)).astype(np.float32)
    arguments = {"class_centroids": loader, "decode_arithmetic": student.put(c)}
    for name, argument in arguments.items():
        model = student.make("CurvedAutoencoder", WEIGHTS, K)
        kept = on_cpu(student, name, model, argument)
        alone = type(kept.get()) is not tuple
        cause = "something else, such as the counts, is returned as well; return only what was asked for"
        expect.true(alone, f"{name}(…): expected one value, got a tuple", cause=cause)
        wanted = f"{name}(…): expected a result without a graph, got one that requires gradients"
        cause = "the model is called without `torch.no_grad()`, and nothing is detached"
        expect.true(not hangs_on_graph(kept), wanted, cause=cause)
        if name == "class_centroids":
            right = twin.encode(oracle.flat(x))[y == 1].mean(0)
            roughly("centroid of class 1", row(kept.get(), 1, K), right)
        else:
            image = expect.array("decode_arithmetic(…)", kept.get()).reshape(-1)
            roughly("decode_arithmetic(…)", image, twin.decode(c[3] + (c[8] - c[0])))


def on_cpu(student, name, model, argument):
    """Call a function with its device as text; if only that fails, say so. The result stays there."""
    by_text = partial(student.new, name, model, argument, "cpu")
    by_object = partial(student.new, name, model, argument, student.make("device"))
    return unlike(by_text, by_object, "`device` may be a string as well; `torch.device(device)` takes both")


def hangs_on_graph(kept):
    """Whether a kept result is a tensor that requires gradients; an array or a list has no such attribute."""
    return tried(partial(kept.get, "requires_grad"), False) is True


@picture()
def test_picture_of_the_arithmetic(student):
    """Your centroids of the digits 3, 8 and 0, decoded, and your image of z_3 + (z_8 - z_0)."""
    k, twin = digits.LATENT, centroids.Curved(digits.weights())
    model = student.make("CurvedAutoencoder", {k: digits.weights()}, k)
    train, device = digits.loaders(student)[0], student.make("device")
    got = student.call("class_centroids", model, train, device)
    rows = np.stack([row(got, label, k, digits.PIXELS) for label in range(10)])
    image = student.call("decode_arithmetic", model, rows.astype(np.float32), device)
    image = expect.array("decode_arithmetic(…)", image).reshape(-1)
    expect.true(image.size == digits.PIXELS, f"decode_arithmetic(…): expected {digits.PIXELS} pixels")
    terms = [(sign, f"your z_{n}", twin.decode(rows[n])) for sign, n in (("", 3), ("+", 8), ("−", 0))]
    right = twin.decode(rows[3] + rows[8] - rows[0])
    terms += [("=", "your image", image), ("vs", "right image of your centroids", right)]
    exhibit.strip("Your centroids of three digits, decoded, and the image of their sum", digits.WIDTH, terms)
