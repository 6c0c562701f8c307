"""Model, public: sizes, ranges, and the agreement of the three methods."""

import numpy as np

from autograder.judge import check, exhibit, expect, picture
from autograder.suites.latent_space import digits, oracle

SWAPPED = "`forward` returns (latent, reconstruction); the reconstruction comes first"
RANDOM = "the model draws random numbers (dropout or noise); remove them"
HIDDEN = "`encode` returns a hidden layer; the latent is the output of the third layer"


def built(student, d, k):
    """Return a model for d pixels and k latent values; expect no layer to have a default's size instead."""
    model = student.new("AutoencoderWithAnalysis", input_dim=d, latent_dim=k)
    size = oracle.hard_coded(model.call("__repr__"))
    wanted = f"AutoencoderWithAnalysis(input_dim={d}, latent_dim={k}): expected layers of those sizes"
    cause = f"{size} is written into a layer instead of `{'input' if size == 784 else 'latent'}_dim`"
    expect.true(size is None, f"{wanted}, got one of size {size}", cause=cause)
    return model


def noise(n, d):
    """Return n rows of d numbers (n, d), in [0, 1]."""
    return np.random.default_rng(1).uniform(size=(n, d)).astype(np.float32)


def expect_steady(model, z, shape):
    """Expect decode(z) in eval mode to be the same twice, nearly, and not the same number everywhere."""
    model.call("eval")
    once, twice = (expect.array("decode", model.call("decode", z), shape).astype(float) for _ in range(2))
    text = "decode: expected what layers make of the latents, got constant or random numbers"
    with np.errstate(all="ignore"):
        steady = np.abs(once - twice).mean() < np.abs(once - once.mean()).mean() / 2
    expect.true(bool(steady), text)


def latents(model, x, k):
    """Return encode(x), one row of k values per image."""
    z = model.call("encode", x)
    cause = HIDDEN if oracle.shape(z) == (len(x), 128) else None
    if k > x.shape[1] and isinstance(z, np.ndarray) and z.size < k * len(x):
        cause = "latent values are cut off; `latent_dim` may be larger than `input_dim`"
    return expect.array("encode(images)", z, (len(x), k), cause)


@check(points=1)
def test_defaults_are_784_pixels_and_32_latents(student):
    """The sizes are 784 pixels and 32 latent values by default; in parentheses, pixels come first."""
    model = student.new("AutoencoderWithAnalysis")
    latents(model, noise(4, 784), 32)
    expect_steady(model, noise(4, 32), (4, 784))
    latent_dim = expect.scalar("model.latent_dim", model.get("latent_dim"))
    expect.true(latent_dim == 32, f"model.latent_dim: expected 32, got {latent_dim:g}")
    other = student.new("AutoencoderWithAnalysis", 50, 7)
    latent_dim = expect.scalar("model.latent_dim", other.get("latent_dim"))
    cause = "`latent_dim` is set to a fixed number, not to the argument"
    if latent_dim == 50:
        cause = "`latent_dim` comes before `input_dim` in `__init__`; keep the order"
    what = f"AutoencoderWithAnalysis(50, 7).latent_dim: expected 7, got {latent_dim:g}"
    expect.true(latent_dim == 7, what, cause=cause)
    latents(other, np.zeros((4, 50), np.float32), 7)


@check(points=1)
def test_shapes_follow_the_sizes_asked_for(student):
    """`encode` gives one row of `latent_dim` values per image, `decode` one flat image per row."""
    for d, k, n in ((64, 8, 5), (30, 2, 1), (20, 300, 3)):
        model = built(student, d, k)
        z = latents(model, noise(n, d), k)
        x_hat = model.call("decode", z.astype(np.float32))
        cause = "the image is reshaped or squeezed; one flat row per image was asked for"
        reshaped = isinstance(x_hat, np.ndarray) and x_hat.size == n * d
        expect.array("decode(latents)", x_hat, (n, d), cause if reshaped else None)
    expect_steady(model, noise(n, k), (n, d))


@check(points=1)
def test_forward_returns_reconstruction_and_latent(student):
    """`forward(x)` returns the pair (decode(encode(x)), encode(x)), here for 70 images with black pixels."""
    n, d = 70, 64
    model, x = built(student, d, 8), oracle.images(4, n, 8)[0].reshape(n, d)
    x = np.where(x < 0.4, np.float32(0), x)
    first, second = expect.pair("forward(images)", model(x), ("reconstruction", "latent"))
    swapped = SWAPPED if oracle.shape(first) == (n, 8) else None
    x_hat = expect.array("the reconstruction", first, (n, d), swapped)
    hidden = HIDDEN if oracle.shape(second) == (n, 128) else None
    z = expect.array("the latent", second, (n, 8), swapped or hidden)
    once, twice = latents(model, x, 8), latents(model, x, 8)
    expect.close("encode(images), called twice", twice, once, cause=RANDOM)
    expect.close("the latent, against encode(images)", z, once)
    again = expect.array("decode(latent)", model.call("decode", z.astype(np.float32)), (n, d))
    likely = {
        "`forward` returns its input instead of a reconstruction": x,
        "the input is added to the reconstruction (a skip connection)": again + x,
        "the sigmoid is applied in `forward` as well as in `decode`": oracle.sigmoid(again),
        "pixels that are 0 in the image are set to 0 in its reconstruction": again * (x > 0),
    }
    what = "the reconstruction, against decode(latent)"
    expect.close(what, x_hat, again, atol=1e-5, likely=likely, about="forward")
    expect_steady(model, z.astype(np.float32), (n, d))


@check(points=1)
def test_reconstructions_are_pixels_between_0_and_1(student):
    """A reconstruction's pixels are in [0, 1] for any latent values."""
    model = built(student, 64, 4)
    z = np.random.default_rng(2).normal(size=(20, 4)).astype(np.float32) * 30
    x_hat = expect.array("decode(latents)", model.call("decode", z), (20, 64))
    inside = x_hat.min() >= 0 and x_hat.max() <= 1
    detail = f"the smallest pixel is {x_hat.min():.4g}, the largest {x_hat.max():.4g}"
    expect.true(
        inside,
        "decode(latents): expected pixels in [0, 1]",
        detail,
        "the sigmoid at the end of the decoder is missing",
    )
    expect_steady(model, z, (20, 64))


@picture()
def test_picture_of_reconstructions(student):
    """Ten digits and your model's reconstructions of them, with weights that we trained."""
    x, stack = digits.first_ten(), digits.stack()
    model = student.new("AutoencoderWithAnalysis", input_dim=digits.PIXELS, latent_dim=digits.MODEL_LATENT)
    model(x)  # lazy layers get their weights in the first call
    state = model.state()
    filled = oracle.transplant(state, stack)
    if filled is None:
        expect.fail("the model: expected the six linear layers asked for, got others")
    model.load_state({**state, **filled})
    x_hat, _ = expect.pair("forward(images)", model(x), ("reconstruction", "latent"))
    x_hat = expect.array("the reconstruction", x_hat, x.shape)
    right = oracle.run(stack, x, [oracle.relu, oracle.relu, None, oracle.relu, oracle.relu, oracle.sigmoid])
    caption = "Ten digits and your model's reconstructions of them, with weights that we trained"
    exhibit.images(caption, digits.WIDTH, {"digits": x, "your model": x_hat, "a right model": right})
