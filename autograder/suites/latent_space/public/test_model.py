"""Model, public: sizes, ranges, and how the three methods fit together."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle

SWAPPED = "`forward` returns (latent, reconstruction); the reconstruction comes first"


@check(points=1)
def test_defaults_are_784_pixels_and_32_latents(student):
    """Without arguments the model takes 784 pixels to 32 latent values, and `latent_dim` says 32."""
    model = student.new("AutoencoderWithAnalysis")
    expect.array("encode(images)", model.call("encode", np.zeros((4, 784), np.float32)), (4, 32))
    latent_dim = expect.scalar("model.latent_dim", model.get("latent_dim"))
    expect.true(latent_dim == 32, f"model.latent_dim: expected 32, got {latent_dim:g}")


@check(points=2)
def test_shapes_follow_the_sizes_asked_for(student):
    """`encode` gives one row of `latent_dim` values per image, `decode` one image per row."""
    for d, k, n in ((64, 8, 5), (30, 2, 1)):
        model = student.new("AutoencoderWithAnalysis", input_dim=d, latent_dim=k)
        z = expect.array("encode(images)", model.call("encode", np.full((n, d), 0.5, np.float32)), (n, k))
        expect.array("decode(latents)", model.call("decode", z.astype(np.float32)), (n, d))


@check(points=2)
def test_forward_returns_reconstruction_and_latent(student):
    """`forward(x)` returns the pair (decode(encode(x)), encode(x))."""
    model = student.new("AutoencoderWithAnalysis", input_dim=64, latent_dim=8)
    x = oracle.images(1, 6, 8)[0].reshape(6, 64)
    first, second = expect.pair("forward(images)", model(x), ("reconstruction", "latent"))
    swapped = SWAPPED if getattr(first, "shape", None) == (6, 8) else None
    x_hat = expect.array("the reconstruction", first, (6, 64), swapped)
    z = expect.array("the latent", second, (6, 8), swapped)
    expect.close(
        "the latent, against encode(images)", z, expect.array("encode", model.call("encode", x), (6, 8))
    )
    again = expect.array("decode(latent)", model.call("decode", z.astype(np.float32)), (6, 64))
    expect.close("the reconstruction, against decode(latent)", x_hat, again, atol=1e-5)


@check(points=1)
def test_reconstructions_are_pixels_between_0_and_1(student):
    """A reconstruction has pixels in [0, 1], whatever the latent values are."""
    model = student.new("AutoencoderWithAnalysis", input_dim=64, latent_dim=4)
    z = np.random.default_rng(2).normal(size=(20, 4)).astype(np.float32) * 30
    x_hat = expect.array("decode(latents)", model.call("decode", z), (20, 64))
    inside = x_hat.min() >= 0 and x_hat.max() <= 1
    detail = f"the smallest pixel is {x_hat.min():.4g}, the largest {x_hat.max():.4g}"
    expect.true(
        inside,
        "decode(latents): expected pixels in [0, 1]",
        detail,
        "the sigmoid at the decoder's end is missing",
    )
