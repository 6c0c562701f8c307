"""Model, hidden: the exact function, gradients, independence, and the bottleneck."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle
from autograder.suites.latent_space.oracle import relu, run, sigmoid

D, K, N = 40, 6, 7
X = oracle.images(11, N, 8)[0].reshape(N, 64)[:, :D]
STACK = oracle.layers(12, D, K)


def transplanted(student):
    """Return the student's model with our numbers in the place of its own."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    model(X)  # lazy layers take their shape here
    state = model.state()
    filled = oracle.transplant(state, STACK)
    sizes = "expected linear layers input→256→128→latent and latent→128→256→input, each with a bias"
    if filled is None:
        expect.fail(f"the model's parameters: {sizes}, found a parameter of another shape")
    counted = sum(v.size for v in filled.values())
    wanted = sum(w.size + b.size for w, b in STACK)
    cause = "a layer has no bias, is missing, or is kept in a plain list where torch cannot see it"
    expect.true(
        counted == wanted, f"the model's parameters: {sizes}: {wanted} numbers, got {counted}", cause=cause
    )
    model.load_state({**state, **filled})
    return model


@check(points=4)
def test_encoder_computes_the_taught_function(student):
    """The encoder is linear→ReLU→linear→ReLU→linear, and nothing after that."""
    z = transplanted(student).call("encode", X)
    e = STACK[:3]
    likely = {
        "a ReLU is applied to the latent": run(e, X, (relu, relu, relu)),
        "a sigmoid is applied to the latent": run(e, X, (relu, relu, sigmoid)),
        "a tanh is applied to the latent": run(e, X, (relu, relu, np.tanh)),
        "the encoder has no ReLU": run(e, X, (None, None, None)),
        "the encoder's first ReLU is missing": run(e, X, (None, relu, None)),
        "the encoder's second ReLU is missing": run(e, X, (relu, None, None)),
    }
    expect.close("encode(images) with known weights", z, run(e, X, (relu, relu, None)), 1e-4, 1e-4, likely)


@check(points=4)
def test_decoder_computes_the_taught_function(student):
    """The decoder is linear→ReLU→linear→ReLU→linear→sigmoid."""
    z = np.random.default_rng(13).normal(size=(N, K)).astype(np.float32)
    x_hat = transplanted(student).call("decode", z)
    s = STACK[3:]
    right = run(s, z, (relu, relu, sigmoid))
    raw = run(s, z, (relu, relu, None))
    softmax = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    likely = {
        "the sigmoid at the end is missing": raw,
        "the sigmoid is applied twice": sigmoid(right),
        "a softmax stands in the place of the sigmoid": softmax,
        "a tanh stands in the place of the sigmoid": np.tanh(raw),
        "the decoder's first ReLU is missing": run(s, z, (None, relu, sigmoid)),
        "the decoder's second ReLU is missing": run(s, z, (relu, None, sigmoid)),
        "the decoder has no ReLU": run(s, z, (None, None, sigmoid)),
    }
    expect.close("decode(latents) with known weights", x_hat, right, 1e-4, 1e-4, likely)


@check(points=2)
def test_gradients_reach_every_parameter(student):
    """Training can move every parameter: the reconstruction's gradient reaches them all."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    answer = model.vjp("forward", [X], np.random.default_rng(14).normal(size=(N, D)).astype(np.float32), (0,))
    expect.true(answer["differentiable"] is True, "the reconstruction does not depend on any parameter")
    gradients = answer["parameters"]
    expect.true(len(gradients) > 0, "the model has no parameters", cause="its layers are in a plain list")
    dead = [name for name, g in gradients.items() if not isinstance(g, np.ndarray) or not np.any(g)]
    cause = "the latent is detached before decoding, or some layers are never used"
    expect.true(
        not dead, f"{len(dead)} of {len(gradients)} parameters get no gradient", ", ".join(dead), cause
    )


@check(points=1)
def test_two_models_share_nothing(student):
    """Two models have parameters of their own: changing one leaves the other as it was."""
    first = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    second = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    before = expect.array("encode(images)", second.call("encode", X), (N, K))
    first(X)  # lazy layers take their shape here
    state = first.state()
    expect.true(len(state) > 0, "the model has no parameters")
    first.load_state({name: np.zeros_like(array) for name, array in state.items()})
    cause = "layers are made once, at class level, in place of in __init__"
    after = expect.array("encode(images)", second.call("encode", X), (N, K))
    expect.true(bool(np.allclose(before, after)), "changing one model changed another", cause=cause)


@check(points=2)
def test_an_image_is_treated_alike_alone_in_a_batch_and_in_training(student):
    """An image has one reconstruction: alone or in a batch, in train mode or in eval mode."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    whole = expect.array(
        "forward(images)[0]", expect.pair("forward", model(X), ("reconstruction", "latent"))[0]
    )
    alone = expect.pair("forward(one image)", model(X[:1]), ("reconstruction", "latent"))[0]
    alone = expect.array(
        "forward(one image)[0]", alone, (1, D), "the model cannot take a batch of one (batch-norm?)"
    )
    expect.close(
        "the reconstruction of one image alone, against its row in a batch", alone[0], whole[0], atol=1e-5
    )
    model.call("eval")
    still = expect.pair("forward", model(X), ("reconstruction", "latent"))[0]
    cause = "dropout or batch-norm was added; the model asked for has neither"
    still = expect.array("forward(images)[0] in eval mode", still, (N, D))
    expect.true(bool(np.allclose(still, whole, atol=1e-5)), "train and eval mode differ", cause=cause)


@check(points=1)
def test_the_latent_is_all_that_the_decoder_sees(student):
    """The latent values are enough: decoded in another process, they give the same reconstruction."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    pair = expect.pair("forward(images)", model(X), ("reconstruction", "latent"))
    x_hat, z = (
        expect.array("the reconstruction", pair[0], (N, D)),
        expect.array("the latent", pair[1], (N, K)),
    )
    state = model.state()
    student.start_again()
    fresh = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    fresh(X[:1])
    fresh.load_state(state)
    again = expect.array(
        "decode(latents) in a fresh process", fresh.call("decode", z.astype(np.float32)), (N, D)
    )
    cause = "the decoder gets more than the latent values"
    expect.true(
        bool(np.allclose(again, x_hat, atol=1e-4)),
        "decoding in a fresh process gives another image",
        cause=cause,
    )
