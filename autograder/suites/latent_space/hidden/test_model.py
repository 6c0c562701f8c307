"""Model, hidden: the exact function, first weights, gradients, independence, and the bottleneck."""

from functools import partial

import numpy as np

from autograder.judge import attempt, check, drawn, expect, shared
from autograder.suites.latent_space import digits, oracle
from autograder.suites.latent_space.oracle import relu, run, sigmoid

DRAWN = drawn.of(__file__)["model"]
D, K, N = DRAWN["d"], DRAWN["k"], DRAWN["n"]
X = oracle.images(DRAWN["images"], N, 8)[0].reshape(N, 64)[:, :D]
FIRST, OFFSET = DRAWN["first"], DRAWN["offset"]
# the middles of digits: many pixels are exactly 0
WHOLE = digits.images()[FIRST : FIRST + N].reshape(N, 64)
REAL = WHOLE[:, OFFSET : OFFSET + D]
Z = np.random.default_rng(DRAWN["latents"]).normal(size=(N, K)).astype(np.float32) * 6
STACK = oracle.layers(DRAWN["stack"], D, K)
# hidden values far above 6 and latent values far from 0 tell a ReLU and a free latent from bounded ones
ENCODER = oracle.scaled(STACK[:3], DRAWN["encoder"])
DECODER = oracle.scaled(STACK[3:], DRAWN["decoder"])
WIDE, MANY = DRAWN["wide"], oracle.images(DRAWN["wide_images"], DRAWN["many"], 8)[0].reshape(-1, 64)[:, :D]
CALLS = DRAWN["calls"]
PAIR = ("reconstruction", "latent")
SAME = 1e-5  # float32 sums in another order differ by 1e-7 of a pixel
SHAKE = np.random.default_rng(DRAWN["shake"]).normal(size=(2 * N, K)) * 1e-3
NOISE = np.random.default_rng(DRAWN["noise"]).uniform(size=(N, D)).astype(np.float32)
# half of it is 0 or 1
NOISE[:, ::2] = np.random.default_rng(DRAWN["bits"]).integers(0, 2, NOISE[:, ::2].shape)
RANDOM = "the model draws random numbers (dropout or noise); remove them"


def fresh(student, x=X):
    """Return a model for D pixels and K latent values that has seen `x`, so that lazy layers exist."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    hard = oracle.hard_coded(model.call("__repr__"))
    cause = "a size is written into a layer instead of `input_dim` or `latent_dim`"
    expect.true(hard is None, "the model's layers do not have the sizes asked for", cause=cause)
    model(x)
    return model


def with_layers(state):
    """Return a model's state; expect torch to see the weights of at least one layer in it."""
    layers = any(sum(n > 1 for n in array.shape) > 1 for array in state.values())
    cause = oracle.shapes_wrong({}, D, K)
    expect.true(layers, "the model has no layers that could be trained", cause=cause)
    return state


@shared
def halves(student):
    """Return the student's latents of X and images of Z with the judge's weights, and the wrong shapes."""
    model = fresh(student)
    state = without_buffers(model, model.state())
    return (
        attempt(half, model, state, "encode", X, ENCODER),
        attempt(half, model, state, "decode", Z, DECODER),
        [oracle.shapes_wrong(state, D, K, name) for name in oracle.HALVES],
    )


def half(model, state, method, x, stack):
    """Return model.method(x), with the judge's weights in that half of the model."""
    model.load_state({**model.state(), **oracle.filled_half(state, stack)})
    return steady(model, method, x)


def without_buffers(model, state):
    """Return a state without the buffers that the model itself registered, which belong to no layer."""
    buffers = model.get("_buffers")
    names = buffers if isinstance(buffers, dict) else {}
    return {name: value for name, value in state.items() if name not in names}


def rows(what, value, n=N, d=D):
    """Return n images as (n, d), whatever their shape; public checks judge the shape."""
    numbers = expect.array(what, value)
    sized = f"{what}: expected {n} images of {d} pixels"
    expect.true(numbers.size == n * d, sized, f"got shape {numbers.shape}")
    return numbers.reshape(n, d)


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


def known(wrong_shapes, got, mistakes):
    """Return the values that known mistakes lead to, by cause; wrong shapes explain any value."""
    return {wrong_shapes: got} if wrong_shapes else mistakes()


@check(points=4)
def test_encoder_computes_the_taught_function(halves):
    """The encoder is linear→ReLU→linear→ReLU→linear, with nothing after that."""
    encoded, _, (wrong_shapes, _) = halves
    z, e = encoded(), ENCODER
    right = run(e, X, (relu, relu, None))
    bounds = np.min(z), np.max(z)

    def mistakes():
        return {
            "a ReLU is applied to the latent": relu(right),
            "a sigmoid is applied to the latent": sigmoid(right),
            "a tanh is applied to the latent": np.tanh(right),
            "the latent is clamped; a latent value may be any real number": np.clip(right, *bounds),
            "the latent is normalised to length 1": right / np.linalg.norm(right, axis=1, keepdims=True),
            "the encoder has no ReLU": run(e, X, (None, None, None)),
            "the encoder's first ReLU is missing": run(e, X, (None, relu, None)),
            "the encoder's second ReLU is missing": run(e, X, (relu, None, None)),
            "the images are divided by 255; they are in [0, 1] already": run(e, X / 255, (relu, relu, None)),
            "the images are shifted to [-1, 1] first": run(e, 2 * X - 1, (relu, relu, None)),
            "the mean of the batch is subtracted": run(e, X - X.mean(0), (relu, relu, None)),
            **other_activations(e, X, None),
        }

    likely = partial(known, wrong_shapes, z, mistakes)
    expect.close("encode(images) with known weights", z, right, 1e-4, 1e-3, likely, about="encode")


@check(points=4)
def test_decoder_computes_the_taught_function(halves):
    """The decoder is linear→ReLU→linear→ReLU→linear→sigmoid."""
    _, decoded, (_, wrong_shapes) = halves
    x_hat, s = rows("decode(latents)", decoded()), DECODER
    right, raw = run(s, Z, (relu, relu, sigmoid)), run(s, Z, (relu, relu, None))

    def mistakes():
        return {
            "the sigmoid at the end is missing": raw,
            "the sigmoid is applied twice": sigmoid(right),
            "a softmax is used instead of the sigmoid": np.exp(raw) / np.exp(raw).sum(1, keepdims=True),
            "a tanh is used instead of the sigmoid": np.tanh(raw),
            "(tanh + 1) / 2 is used instead of the sigmoid: it is a sigmoid of twice the value": sigmoid(
                2 * raw
            ),
            "a Hardsigmoid is used instead of the sigmoid": (raw / 6 + 0.5).clip(0, 1),
            "a ReLU is used instead of the sigmoid": relu(raw),
            "the pixels are clamped to [0, 1] instead of a sigmoid": raw.clip(0, 1),
            "a ReLU is applied before the sigmoid at the end": sigmoid(relu(raw)),
            "the decoder's first ReLU is missing": run(s, Z, (None, relu, sigmoid)),
            "the decoder's second ReLU is missing": run(s, Z, (relu, None, sigmoid)),
            "the decoder has no ReLU": run(s, Z, (None, None, sigmoid)),
            "a ReLU is applied to the latent before it is decoded": run(s, relu(Z), (relu, relu, sigmoid)),
            "the decoder returns images that it has seen before": X,
            **other_activations(s, Z, sigmoid),
        }

    likely = partial(known, wrong_shapes, x_hat, mistakes)
    expect.close("decode(latents) with known weights", x_hat, right, 1e-4, 1e-4, likely, about="decode")


@shared
def two_models(student):
    """Return two models' states and reconstructions, and what these are with zeros in the first model."""
    first, second = fresh(student), fresh(student)
    for model in (first, second):
        model.call("eval")
    outputs = [reconstructions(model, X) for model in (first, second)]
    once = reconstructions(second, X)
    states = first.state(), second.state()
    first.load_state({name: np.zeros_like(array) for name, array in states[0].items()})
    after = second.state()
    return states, [*outputs, once], after, [reconstructions(model, X) for model in (first, second)]


@check(points=1)
def test_first_weights_are_those_of_pytorch(two_models):
    """The weights and biases that a new model starts with come from PyTorch's default initialisation."""
    (state, _), *_ = two_models
    drawn = oracle.spreads(with_layers(state))
    layers_only = oracle.shapes_wrong(state, D, K) is None  # the biases of other layers are not judged
    for name, (spread, largest) in drawn.items():
        bias = sum(n > 1 for n in state[name].shape) == 1
        if bias and not layers_only:
            continue
        what = "the first biases of a layer" if bias else "the first weights of a layer"
        if state[name].size > 100:
            expect.close(
                f"{what}, their spread in units of the default's",
                spread,
                1,
                0,
                SPREAD[bias],
                {INITIALISED: spread},
            )
        within = f"{what}: some are larger than PyTorch's default initialisation draws them"
        expect.true(largest < 1.001, within, cause=INITIALISED)


SPREAD = {False: 0.12, True: 0.25}  # 6 standard deviations of 768 and of 128 draws
INITIALISED = (
    "the weights or biases are initialised in another way (by nn.init, by randn, or with zeros); leave them "
    "in PyTorch's default initialisation"
)


@check(points=3)
def test_gradients_reach_every_parameter(student):
    """Training can change every parameter of the six layers: gradients reach all of them."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=K)
    rows("the reconstruction, the first of what forward returns", expect.pair("forward", model(X), PAIR)[0])
    expect_layers(with_layers(model.state()))
    fill(model)
    expect_steady_weights(model)
    pull = np.random.default_rng(DRAWN["pull"]).normal(size=(N, D)).astype(np.float32)
    answer = model.vjp("forward", [X], pull, (0,))
    lost = "the reconstruction is detached, made without a graph, or not made by the layers at all"
    expect.true(answer["differentiable"] is True, "the reconstruction depends on no parameter", cause=lost)
    gradients = answer["parameters"]
    dead = [name for name, g in gradients.items() if not isinstance(g, np.ndarray) or not np.any(g)]
    for name, gradient in gradients.items():
        if name not in dead:
            expect.array("the gradient of a parameter", gradient)
    cause = "the latent is detached before decoding (or encoded without a graph), or layers are never used"
    if dead and any(isinstance(g, np.ndarray) and np.any(g) for g in answer["arguments"]):
        cause = "parameters are frozen (`requires_grad` is False), or layers are never used"
    expect.true(
        not dead,
        "some parameters get no gradient, so training cannot change them",
        f"{len(dead)} of {len(gradients)}: {', '.join(dead)}",
        lost if len(dead) == len(gradients) else cause,
    )
    listed = expect.scalar("model.parameters()", student.make("numbers_to_train", model).get())
    wanted = sum(g.size for g in gradients.values())
    cause = "`parameters()` lists not all of them; do not override it"
    expect.true(listed == wanted, "an optimiser does not get all parameters of the model", cause=cause)
    predicted, measured = slopes(model, gradients, pull)
    expect.close("the change after a small step along the gradients", measured, predicted, 0.25, 0)
    predicted, measured = slopes(model, faint(gradients), pull)
    text = "some gradients are far smaller than what a small step along them changes"
    expect.true(predicted > 0.01 * abs(measured), text)


def faint(gradients):
    """Return the half of the gradients whose numbers are the smallest, so that larger ones hide none."""
    order = sorted(gradients, key=lambda name: float(np.abs(gradients[name]).max()))
    return {name: gradients[name] for name in order[: len(order) // 2]}


def expect_layers(state):
    """Expect the weights of at least six layers, and units that differ within each layer."""
    weights = [a for a in oracle.weights_in(state).values() if sum(n > 1 for n in a.shape) > 1]
    wrong = oracle.shapes_wrong(state, D, K)
    expect.true(len(weights) >= 6, "expected six layers to train", f"got {len(weights)}", wrong)
    alike = any(min(np.ptp(a.reshape(len(a), -1), axis=axis).max() for axis in (0, 1)) == 0 for a in weights)
    cause = "all units of a layer start alike, get the same gradient, and stay one unit for ever"
    expect.true(not alike, "the first weights of a layer are constant", cause=cause)


def expect_steady_weights(model):
    """Expect a model's weights to stay the same when its mode changes; leave it in eval mode."""
    before = model.state()
    model.call("train")
    model.call("eval")
    after = model.state()
    same = before.keys() == after.keys() and all(np.array_equal(before[n], after[n]) for n in before)
    expect.true(same, "the model's weights change when its mode does", cause="`train()` changes the weights")


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
            n: np.asarray(state[n] + sign * step / length * g, state[n].dtype) for n, g in gradients.items()
        }
        model.load_state({**state, **moved})
        ends.append(float((rows("the reconstruction", reconstructions(model, X)) * pull).sum()))
    return length, (ends[0] - ends[1]) / (2 * step)


@check(points=1)
def test_two_models_share_nothing(two_models):
    """Two models have separate parameters: changing one model leaves the other unchanged."""
    (state, before), outputs, after, changed = two_models
    with_layers(state)
    original, others, once = (rows("the reconstruction", value) for value in outputs)
    expect.close("forward(images)[0] in eval mode, called twice", once, others, 0, SAME, cause=RANDOM)
    same = before.keys() == after.keys() and all(np.array_equal(before[n], after[n]) for n in before)
    cause = "layers are made once (in the class, or in a global), not in __init__ for each model"
    expect.true(same, "changing one model changed another", cause=cause)
    zeroed, again = (rows("the reconstruction", value) for value in changed)
    expect.close("the other model's reconstructions", again, others, 0, SAME, cause=cause)
    still = float(np.abs(zeroed - original).max()) <= 1e-6
    expect.true(not still, "a model's output stays the same with all its parameters set to 0")


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
    """An image has the same reconstruction alone or among 300, in train or eval mode, and later on."""
    model = student.new("AutoencoderWithAnalysis", input_dim=D, latent_dim=WIDE)
    x_hat, z = expect.pair("forward(images)", model(MANY), PAIR)
    with_layers(model.state())  # lazy layers exist after the first call
    whole = rows("forward(images)[0]", x_hat, len(MANY))
    cause = "latent values are cut off; `latent_dim` may be any size"
    size = f"the latent: expected {WIDE} values for each image"
    expect.true(expect.array("the latent", z).size == WIDE * len(MANY), size, cause=cause)
    again = rows("forward(images)[0]", reconstructions(model, MANY), len(MANY))
    expect.close("forward(images)[0], called twice", again, whole, 0, SAME, cause=RANDOM)
    varied(whole)
    model.call("eval")
    still = rows("forward(images)[0] in eval mode", reconstructions(model, MANY), len(MANY))
    cause = "dropout or batch-norm was added; remove it"
    expect.close("forward(images)[0], in eval mode after train mode", still, whole, 0, SAME, cause=cause)
    expect_alone(model, whole)
    late = expect.pair("forward", student.make("after_calls", model, MANY[:1], CALLS).get(), PAIR)[0]
    late = rows("forward(one image)[0]", late, 1)
    cause = "the model counts or stores its calls, and answers by that"
    what = f"forward(one image)[0], after {CALLS} calls"
    expect.close(what, late[0], whole[0], 0, SAME, cause=cause)


def expect_alone(model, whole):
    """Expect the first and the last of MANY to have the same reconstruction alone as in the batch."""
    alone = reconstructions(model, MANY[:1])
    cause = "a squeeze removes the axis of a batch of one"
    lost = oracle.shape(alone) == (D,)
    expect.true(not lost, "forward(one image)[0]: expected one row, got none", cause=cause)
    mixed = "the rows of a batch influence each other: a mean or a norm over the batch"
    alone = rows("forward(one image)[0]", alone, 1)
    what = "forward(one image)[0], against the same image in a batch"
    expect.close(what, alone[0], whole[0], 0, SAME, cause=mixed)
    last = rows("forward(one image)[0]", reconstructions(model, MANY[-1:]), 1)
    cause = "only the first images of a large batch are computed"
    what = f"forward(one image)[0], against the same image in a batch of {len(MANY)}"
    expect.close(what, last[0], whole[-1], 0, SAME, cause=cause)


@check(points=2)
def test_the_latent_is_all_that_the_decoder_sees(student):
    """The latent values are enough: decoding them in another process gives the same reconstruction."""
    model, x = fresh(student), np.concatenate([X, REAL])
    pair = expect.pair("forward(images)", model(x), PAIR)
    x_hat = rows("the reconstruction", pair[0], len(x))
    varied(x_hat)
    z = expect.array("the latent", pair[1], (len(x), K)).astype(np.float32)
    state = with_layers(model.state())
    student.start_again()
    other = fresh(student, np.full_like(X, 0.5))
    other.load_state(state)
    again = rows("decode(latents) in a fresh process", other.call("decode", z), len(x))
    cause = (
        "the reconstruction is made of more than the latent values: the image itself is used again, or "
        "`encode` or `forward` stores something for the decoder"
    )
    expect.close(
        "the same latent values, decoded in a fresh process",
        again,
        x_hat,
        0,
        1e-4,
        cause=cause,
        about="forward",
    )
    shaken = rows("decode(latents)", other.call("decode", z + SHAKE.astype(np.float32)), len(x))
    cause = "pixels are packed into the digits of the latent values"
    expect.close("latents changed by a thousandth, decoded", shaken, again, 0, 0.05, cause=cause)
    error = oracle.mse(rows("forward(noise)[0]", reconstructions(other, NOISE)), NOISE)
    cause = f"the image bypasses the latent: {K} numbers cannot describe pure noise"
    expect.below("the similarity of forward(noise)[0] to pure noise", 0.02 / max(error, 1e-9), 1.0, cause)
    expect_untaught(student)


def expect_untaught(student):
    """Expect a new model to reconstruct no digits, since it was not trained on any."""
    model = student.new("AutoencoderWithAnalysis", input_dim=64, latent_dim=K)
    error = oracle.mse(rows("forward(digits)[0]", reconstructions(model, WHOLE), d=64), WHOLE)
    cause = "the model knows images that it was not trained on"
    expect.below("the similarity of a new model's images to digits", 0.02 / max(error, 1e-9), 1.0, cause)
