"""Model, hidden: the exact function, gradients, independence, and the bottleneck."""

import numpy as np

from autograder.judge import check, expect
from autograder.suites.latent_space import oracle
from autograder.suites.latent_space.oracle import relu, run, sigmoid

D, K, N = 36, 6, 7
X = oracle.images(11, N, 8)[0].reshape(N, 64)[:, :D]
STACK = oracle.layers(12, D, K)
PAIR = ("reconstruction", "latent")
SAME = 1e-5  # float32 sums in another order differ by 1e-7 of a pixel
SHAKE = np.random.default_rng(15).normal(size=(N, K)) * 1e-3
NOISE = np.random.default_rng(16).uniform(size=(N, D)).astype(np.float32)
RANDOM = "the model draws random numbers (dropout or noise); remove them"


def fresh(student, x=X):
    """Return a model for D pixels and K latent values that has seen `x`, so that lazy layers exist."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    hard = oracle.hard_coded(model.call("__repr__"))
    cause = "a size is written into a layer instead of `input_dim` or `latent_dim`"
    expect.true(hard is None, "the model's layers do not have the sizes asked for", cause=cause)
    model(x)
    return model


def transplanted(student):
    """Return the student's model with the judge's weights."""
    model = fresh(student)
    state = model.state()
    sizes = "the model's parameters: expected the weights and biases of six linear layers"
    weights = state if oracle.shapes_wrong(state, D, K) is None else without_buffers(model, state)
    cause = oracle.shapes_wrong(weights, D, K)
    filled = None if cause else oracle.transplant(weights, STACK)
    shapes = ", ".join("×".join(map(str, v.shape)) for v in state.values() if v.ndim > 1)[:200] or "none"
    if filled is None:
        expect.fail(f"{sizes}, got weights {shapes}", cause=cause)
    counted, wanted = sum(v.size for v in filled.values()), sum(w.size + b.size for w, b in STACK)
    expect.true(counted == wanted, f"{sizes}: {wanted} numbers, got {counted}")
    model.load_state({**state, **filled})
    return model


def without_buffers(model, state):
    """Return a state without the buffers that the model itself registered, which belong to no layer."""
    buffers = model.get("_buffers")
    names = buffers if isinstance(buffers, dict) else {}
    return {name: value for name, value in state.items() if name not in names}


def rows(what, value, n=N):
    """Return n images as (n, D), whatever their shape; public checks judge the shape."""
    numbers = expect.array(what, value)
    sized = f"{what}: expected {n} images of {D} pixels, got shape {numbers.shape}"
    expect.true(numbers.size == n * D, sized)
    return numbers.reshape(n, D)


def steady(model, method, x):
    """Return model.method(x); expect a second call to return the same."""
    once, twice = expect.array(method, model.call(method, x)), expect.array(method, model.call(method, x))
    same = once.shape == twice.shape and bool(np.allclose(once, twice, atol=1e-5))
    expect.true(same, f"{method}: two calls with the same input give different results", cause=RANDOM)
    return once


def other_activations(stack, x, last):
    """Return the outputs that other activations than ReLU lead to, by cause."""
    return {
        f"a {name} is used instead of each ReLU": run(stack, x, (f, f, last))
        for name, f in oracle.OTHER_ACTIVATIONS.items()
    }


@check(points=3)
def test_encoder_computes_the_taught_function(student):
    """The encoder is linear→ReLU→linear→ReLU→linear, with nothing after that."""
    z = steady(transplanted(student), "encode", X)
    e = STACK[:3]
    right = run(e, X, (relu, relu, None))
    likely = {
        "a ReLU is applied to the latent": relu(right),
        "a sigmoid is applied to the latent": sigmoid(right),
        "a tanh is applied to the latent": np.tanh(right),
        "the latent is normalised to length 1": right / np.linalg.norm(right, axis=1, keepdims=True),
        "the encoder has no ReLU": run(e, X, (None, None, None)),
        "the encoder's first ReLU is missing": run(e, X, (None, relu, None)),
        "the encoder's second ReLU is missing": run(e, X, (relu, None, None)),
        "the images are divided by 255; they are in [0, 1] already": run(e, X / 255, (relu, relu, None)),
        "the images are shifted to [-1, 1] first": run(e, 2 * X - 1, (relu, relu, None)),
        "the mean of the batch is subtracted": run(e, X - X.mean(0), (relu, relu, None)),
        **other_activations(e, X, None),
    }
    expect.close("encode(images) with known weights", z, right, 1e-4, 1e-4, likely)


@check(points=3)
def test_decoder_computes_the_taught_function(student):
    """The decoder is linear→ReLU→linear→ReLU→linear→sigmoid."""
    z = np.random.default_rng(13).normal(size=(N, K)).astype(np.float32)
    x_hat = rows("decode(latents)", steady(transplanted(student), "decode", z))
    s = STACK[3:]
    right = run(s, z, (relu, relu, sigmoid))
    raw = run(s, z, (relu, relu, None))
    likely = {
        "the sigmoid at the end is missing": raw,
        "the sigmoid is applied twice": sigmoid(right),
        "a softmax is used instead of the sigmoid": np.exp(raw) / np.exp(raw).sum(1, keepdims=True),
        "a tanh is used instead of the sigmoid": np.tanh(raw),
        "a ReLU is used instead of the sigmoid": relu(raw),
        "the pixels are clamped to [0, 1] instead of a sigmoid": raw.clip(0, 1),
        "a ReLU is applied before the sigmoid at the end": sigmoid(relu(raw)),
        "the decoder's first ReLU is missing": run(s, z, (None, relu, sigmoid)),
        "the decoder's second ReLU is missing": run(s, z, (relu, None, sigmoid)),
        "the decoder has no ReLU": run(s, z, (None, None, sigmoid)),
        "a ReLU is applied to the latent before it is decoded": run(s, relu(z), (relu, relu, sigmoid)),
        "the decoder returns images that it has seen before": X,
        **other_activations(s, z, sigmoid),
    }
    expect.close("decode(latents) with known weights", x_hat, right, 1e-4, 1e-4, likely)


@check(points=4)
def test_gradients_reach_every_parameter(student):
    """Training can change every parameter: the gradient of the reconstruction reaches all of them."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    rows("the reconstruction, the first of what forward returns", expect.pair("forward", model(X), PAIR)[0])
    fill(model)
    model.call("eval")
    pull = np.random.default_rng(14).normal(size=(N, D)).astype(np.float32)
    answer = model.vjp("forward", [X], pull, (0,))
    lost = "the reconstruction is detached, made without a graph, or not made by the layers at all"
    expect.true(answer["differentiable"] is True, "the reconstruction depends on no parameter", cause=lost)
    gradients = answer["parameters"]
    expect.true(
        len(gradients) > 0,
        "the model has no parameters",
        cause="its layers are in a plain list; use nn.Sequential or nn.ModuleList",
    )
    dead = [name for name, g in gradients.items() if not isinstance(g, np.ndarray) or not np.any(g)]
    for name, gradient in gradients.items():
        if name not in dead:
            expect.array("the gradient of a parameter", gradient)
    cause = "the latent is detached before decoding (or encoded without a graph), or layers are never used"
    expect.true(
        not dead,
        f"{len(dead)} of {len(gradients)} parameters get no gradient, so training cannot change them",
        ", ".join(dead),
        lost if len(dead) == len(gradients) else cause,
    )
    predicted, measured = slopes(model, gradients, pull)
    expect.close("the change after a small step along the gradients", measured, predicted, 0.25, 0)


def fill(model):
    """Load the judge's weights into the model if its layers have their shapes, to remove chance."""
    state = model.state()
    if filled := oracle.transplant(state, STACK):
        model.load_state({**state, **filled})


def slopes(model, gradients, pull, step=0.02):
    """Return the reconstruction's change along the gradients: as they predict it, and as measured."""
    state = model.state()
    match = all(name in state and np.shape(state[name]) == g.shape for name, g in gradients.items())
    expect.true(match, "the gradients do not belong to the model's parameters")
    with np.errstate(all="ignore"):
        length = float(np.sqrt(sum((g.astype(float) ** 2).sum() for g in gradients.values())))
    expect.true(
        1e-12 < length < 1e12, "the gradients are nearly 0, or far too large, for a model with these weights"
    )
    ends = []
    for sign in (1, -1):
        moved = {
            n: (state[n] + sign * step / length * g).astype(state[n].dtype) for n, g in gradients.items()
        }
        model.load_state({**state, **moved})
        ends.append(float((rows("the reconstruction", reconstructions(model, X)) * pull).sum()))
    return length, (ends[0] - ends[1]) / (2 * step)


@check(points=2)
def test_two_models_share_nothing(student):
    """Two models have separate parameters: changing one model leaves the other unchanged."""
    first, second = fresh(student), fresh(student)
    for model in (first, second):
        model.call("eval")
    original, others = (rows("the reconstruction", reconstructions(model, X)) for model in (first, second))
    before, state = second.state(), first.state()
    expect.true(isinstance(state, dict) and len(state) > 0, "the model has no parameters")
    once = rows("the reconstruction", reconstructions(second, X))
    expect.close("forward(images)[0] in eval mode, called twice", once, others, 0, SAME, cause=RANDOM)
    first.load_state({name: np.zeros_like(array) for name, array in state.items()})
    after = second.state()
    same = before.keys() == after.keys() and all(np.array_equal(before[n], after[n]) for n in before)
    cause = "layers are made once (in the class, or in a global), not in __init__ for each model"
    expect.true(same, "changing one model changed another", cause=cause)
    again = rows("the reconstruction", reconstructions(second, X))
    expect.close("the other model's reconstructions", again, others, 0, SAME, cause=cause)
    moved = rows("the reconstruction", reconstructions(first, X)) - original
    expect.true(
        float(np.abs(moved).max()) > 1e-6, "a model's output stays the same with all its parameters set to 0"
    )


def reconstructions(model, x):
    """Return the reconstructions in forward(x)."""
    return expect.pair("forward(images)", model(x), PAIR)[0]


def varied(x_hat):
    """Expect reconstructions (n, D) of different images to differ."""
    cause = "the output does not depend on the image"
    expect.true(
        float(np.ptp(x_hat, axis=0).max()) > 1e-6, "all images get the same reconstruction", cause=cause
    )


@check(points=1)
def test_an_image_is_treated_alike_alone_in_a_batch_and_in_training(student):
    """An image has the same reconstruction alone or in a batch, in train mode or in eval mode."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    whole, again = (rows("forward(images)[0]", reconstructions(model, X)) for _ in range(2))
    expect.close("forward(images)[0], called twice", again, whole, 0, SAME, cause=RANDOM)
    varied(whole)
    model.call("eval")
    still = rows("forward(images)[0] in eval mode", reconstructions(model, X))
    cause = "dropout or batch-norm was added; remove it"
    expect.close("forward(images)[0], in eval mode after train mode", still, whole, 0, SAME, cause=cause)
    alone = reconstructions(model, X[:1])
    cause = "a squeeze removes the axis of a batch of one"
    lost = oracle.shape(alone) == (D,)
    expect.true(not lost, "forward(one image)[0]: expected one row, got none", cause=cause)
    mixed = "the rows of a batch influence each other: a mean or a norm over the batch"
    alone = rows("forward(one image)[0]", alone, 1)
    what = "forward(one image)[0], against the same image in a batch"
    expect.close(what, alone[0], whole[0], 0, SAME, cause=mixed)


@check(points=2)
def test_the_latent_is_all_that_the_decoder_sees(student):
    """The latent values are enough: decoding them in another process gives the same reconstruction."""
    model = fresh(student)
    pair = expect.pair("forward(images)", model(X), PAIR)
    x_hat = rows("the reconstruction", pair[0])
    varied(x_hat)
    z = expect.array("the latent", pair[1], (N, K)).astype(np.float32)
    state = model.state()
    student.start_again()
    other = fresh(student, np.full_like(X, 0.5))
    other.load_state(state)
    again = rows("decode(latents) in a fresh process", other.call("decode", z))
    cause = "the decoder gets more than the latent values: `encode` or `forward` stores something for it"
    what = "the same latent values, decoded in a fresh process"
    expect.close(what, again, x_hat, 0, 1e-4, cause=cause, about="forward")
    shaken = rows("decode(latents)", other.call("decode", z + SHAKE.astype(np.float32)))
    cause = "pixels are packed into the digits of the latent values"
    expect.close("latents changed by a thousandth, decoded", shaken, again, 0, 0.05, cause=cause)
    error = oracle.mse(rows("forward(noise)[0]", reconstructions(other, NOISE)), NOISE)
    cause = "the image bypasses the latent: 6 numbers cannot describe pure noise"
    expect.below("the similarity of forward(noise)[0] to pure noise", 0.02 / max(error, 1e-9), 1.0, cause)
