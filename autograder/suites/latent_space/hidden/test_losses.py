"""Losses, hidden: values and gradients on images, edges, and the comparison against the judge's runs."""

import numpy as np

from autograder.judge import RemoteObject, attempt, check, drawn, expect, shared
from autograder.suites.latent_space import oracle, shades
from autograder.suites.latent_space.oracle import Slip, Tiny, steps
from autograder.suites.latent_space.rows import has_gradient

DRAWN = drawn.of(__file__)["losses"]
RNG = np.random.default_rng(DRAWN["images"])
X = RNG.uniform(0.02, 0.98, (DRAWN["n"], 1, DRAWN["side"], DRAWN["side"])).astype(np.float32)
X_HAT = RNG.uniform(0.02, 0.98, X.shape).astype(np.float32)
ROW, HAT_ROW = RNG.uniform(0.02, 0.98, (2, DRAWN["row"])).astype(np.float32)
MANY, HAT_MANY = RNG.uniform(0.02, 0.98, (2, DRAWN["many"], DRAWN["wide"])).astype(np.float32)
HAT_MANY[: DRAWN["same"]] = MANY[: DRAWN["same"]]  # so that the first rows alone have another mean
REST = HAT_MANY[DRAWN["same"] :], MANY[DRAWN["same"] :]
FUNCTIONS = {"MSE": "mse_loss", "BCE": "bce_loss", "L1": "mae_loss"}
NAMES = tuple(FUNCTIONS)
EXACT = {
    "MSE": 5e-5,
    "BCE": 3e-4,  # wide enough for every right way to avoid log(0)
    "L1": 5e-5,
}


def judge_loss(student, function, name):
    """Expect a loss's right value and the formula's gradient: on images, on one axis and on many rows."""
    right = oracle.LOSSES[name](X_HAT, X)
    likely = oracle.wrong_values(name, X_HAT, X)
    for x_hat, x, what in ((X_HAT, X, "float32"), (X_HAT.astype(float), X.astype(float), "float64")):
        value = student.call(function, x_hat, x)
        plain = "`.item()` or float() makes it a plain number without a gradient; return the tensor"
        expect.true(type(value) is not float, f"{function}: expected a tensor, got a number", cause=plain)
        some = "the mean is taken over one axis only, or not at all"
        expect.array(f"{function} of images", value, (), some if oracle.shape(value) else None)
        expect.close(f"{function} of images in {what}", value, right, EXACT[name], likely=likely)
    judge_gradients(student, function, name)
    for x_hat, x, what in ((HAT_ROW, ROW, "tensors of one axis"), (HAT_MANY, MANY, f"{len(MANY)} rows")):
        right, likely = oracle.LOSSES[name](x_hat, x), oracle.wrong_values(name, x_hat, x)
        value = student.call(function, x_hat, x)
        expect.close(f"{function} of {what}", value, right, EXACT[name], likely=likely)


def judge_gradients(student, function, name):
    """Expect the formula's gradient on images, and a finite one where x_hat is x."""
    answer = student.vjp(function, [X_HAT, X], np.ones((), np.float32))
    cause = "the computation leaves torch (NumPy, detach, no_grad, torch.tensor)"
    expect.true(has_gradient(answer), f"{function}: the loss has no gradient", cause=cause)
    slope = oracle.gradient(name, X_HAT, X)
    detached = {"a part of the formula is detached": np.zeros_like(slope)}
    allowed = 1e-4 * float(np.abs(slope).max())
    expect.close(f"gradient of {function}", answer["arguments"][0], slope, 1e-3, allowed, detached)
    equal = student.vjp(function, [MANY[:2], MANY[:2]], np.ones((), np.float32))
    cause = "a square root has no slope at 0, where x_hat is x"
    expect.true(has_gradient(equal), f"{function}: no gradient where x_hat is x")
    expect.array(f"gradient of {function} where x_hat is x", equal["arguments"][0], MANY[:2].shape, cause)


def one(value):
    """Whether a loss is one number, finite or not."""
    return isinstance(value, float) or oracle.shape(value) == ()


@check(points=1)
def test_mse_of_images_and_its_gradient(student):
    """`mse_loss` is right on whole images, in float32 and float64, and so is its gradient."""
    judge_loss(student, "mse_loss", "MSE")


@check(points=1)
def test_bce_of_images_and_its_gradient(student):
    """`bce_loss` is right on whole images, in float32 and float64, and so is its gradient."""
    judge_loss(student, "bce_loss", "BCE")


@check(points=1)
def test_mae_of_images_and_its_gradient(student):
    """`mae_loss` is right on whole images, in float32 and float64, and so is its gradient."""
    judge_loss(student, "mae_loss", "L1")


@check(points=1)
def test_losses_keep_the_dtype_of_their_inputs(student):
    """Each loss comes in the dtype of its inputs: float32 stays float32, float64 stays float64."""
    for function in ("mse_loss", "bce_loss", "mae_loss"):
        values = []
        for kind, x_hat, x in ((np.float32, HAT_MANY, MANY), (np.float64, *REST)):
            value = student.call(function, x_hat.astype(kind), x.astype(kind))
            expect.true(isinstance(value, np.ndarray), f"{function}: expected a tensor")
            text = f"{function} of {kind.__name__}: expected {kind.__name__}"
            cast = "the inputs or the result are cast to another dtype"
            expect.true(value.dtype == kind, text, f"got {value.dtype}", cast)
            handed_back = same(value, x_hat) or same(value, x)
            expect.true(not handed_back, f"{function}: an argument comes back, not a loss")
            values.append(value)
        again = student.call(function, *(array.astype(float) for array in REST))
        steady = same(values[1], expect.array(function, again)) and not same(*values)
        expect.true(steady, f"{function}: the same number for any images, or another one each time")


def same(one, other):
    """Whether two results hold the same numbers."""
    return one.shape == other.shape and bool(np.allclose(one, other, 1e-5, 0))


@check(points=1)
def test_bce_is_finite_and_right_at_0_and_1(student):
    """At x_hat exactly 0 or 1, `bce_loss` stays finite: about 0 when right, more than 10 when wrong."""
    log = "log(0): keep x_hat away from 0 and 1; note that 1 - 1e-8 is 1 in float32"
    for p, x in ((0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (1.0, 1.0)):
        for kind in (np.float32, np.float64):
            value = student.call("bce_loss", np.full((2, 3), p, kind), np.full((2, 3), x, kind))
            what = f"bce_loss at x_hat = {p:g}, x = {x:g}"
            some = "the mean is taken over one axis only, or not at all"
            value = expect.scalar(what, value, some if oracle.shape(value) else log if one(value) else None)
            wide = "x_hat is clamped too far from 0 and 1, or the wrong tensor is clamped"
            if p == x:
                expect.true(abs(value) < 1e-3, f"{what}: expected nearly 0", f"got {value:.3g}", wide)
            else:
                expect.true(value > 10, f"{what}: expected more than 10", f"got {value:.3g}", wide)


@check(points=1)
def test_bce_has_finite_gradients_at_0_and_1(student):
    """At x_hat exactly 0 or 1, the gradient of `bce_loss` is finite, so that training can continue."""
    p = np.array([[0.0, 1.0, 0.5, 0.0, 1.0]], np.float32)
    x = np.array([[0.0, 1.0, 1.0, 1.0, 0.0]], np.float32)
    answer = student.vjp("bce_loss", [p, x], np.ones((), np.float32))
    cause = "the computation leaves torch (.item(), NumPy, detach)"
    expect.true(has_gradient(answer), "bce_loss has no gradient", cause=cause)
    got = answer["arguments"][0]
    cause = "log(0); clamp x_hat before the logarithm: clamping log(x_hat) keeps the value, not the gradient"
    slopes = expect.array("gradient of bce_loss at 0 and 1", got, (1, 5), cause)
    expect.close("gradient of bce_loss at x_hat = 0.5, x = 1", slopes[0, 2], -0.4, 1e-3)


# --- the comparison: a tiny model, known weights, known batches -------------------------------------------

COMPARED = DRAWN["compared"]
SIDE, DIM, SIZES, TEST_SIZES = 16, COMPARED["dim"], COMPARED["sizes"], COMPARED["test_sizes"]
TRAIN, TEST = sum(SIZES), sum(TEST_SIZES)
SEED, EPOCHS, LR, GAIN = (COMPARED[name] for name in ("seed", "epochs", "lr", "gain"))
WEIGHTS = ("down", "bias_z", "up", "bias_x")
STILL = "the model is put in eval mode and never back in train mode"
NEW_OPTIMISER = "a new optimiser is made in each epoch"
UNKNOWN = (
    "Either this is not the training asked for (Adam on your own loss of reconstruction and images, every "
    "batch of every epoch), or the numbers recorded are not its losses; if `{loss}` lost points, begin there"
)
UNRECORDED = "the model is trained as asked for; the numbers recorded are not the losses of its steps"
ANOTHER = "Either it is trained otherwise than asked for, or it is not the model whose losses are recorded"
SHARED = "one model is trained again and again; each loss needs a fresh one"


class Run:
    """One comparison by the student's function, and the data and weights for the judge's own runs of it.

    entries: the student's result for each loss. models: for each loss, a function that returns the model's
    state, or raises the error that asking for it led to.
    """

    def __init__(self, student, seed, gain):
        x, y = oracle.images(seed, TRAIN)
        test_x, test_y = oracle.images(seed + 1, TEST)
        self.x, self.test, self.gain = oracle.flat(x), oracle.flat(test_x), gain
        weights = oracle.tiny_weights(seed + 2, SIDE, [DIM])
        self.weights = weights[DIM]
        train = student.make("loader", x, y, SIZES)
        test = student.make("loader", test_x, test_y, TEST_SIZES)
        models = student.make("tiny_class", weights, gain, latent_dim=DIM)
        device = student.make("device")
        got = student.call("compare_loss_functions", models, train, test, device, epochs=EPOCHS, lr=LR)
        keys = ["model", "train_losses", "reconstructions"]
        entries = expect.mapping("compare_loss_functions(…)", got, NAMES)
        self.entries = {name: expect.mapping(f"the result for {name}", entries[name], keys) for name in NAMES}
        self.models = {name: attempt(state, name, self.entries[name]["model"]) for name in NAMES}
        self.own = {name: self.fresh() for name in NAMES}
        self.losses = {name: self.history(name, model) for name, model in self.own.items()}

    def fresh(self, **mistakes):
        """Return the judge's untrained model; with `mistakes`, one that makes them in training."""
        if mistakes:
            return Slip(self.weights, gain=self.gain, **mistakes)
        return Tiny(self.weights, self.gain)

    def history(self, name, model=None, lr=LR, x=None, sizes=SIZES):
        """Return the judge's losses (epochs, batches) of training `model`, or a fresh one if it is None."""
        model = model or self.fresh()
        return steps(model, self.x if x is None else x, sizes, name, EPOCHS, lr)


def state(name, model):
    """Return the state of the model in a loss's entry."""
    return expect.model(f"{name}: model", model).state()


@shared
def comparison(student):
    """One comparison of the three losses, shared by five checks."""
    return Run(student, SEED, gain=GAIN)


def bookkeeping(run, name):
    """Return the losses per epoch that wrong sums and means lead to, by cause in words."""
    losses = run.losses[name]
    mean = losses.mean(1)
    histories = {
        **{f"the losses are rounded to {n} decimals": np.round(mean, n) for n in (2, 3, 4)},
        "a running average over batches is recorded, not the mean of the epoch": smoothed(losses),
        "the losses of the batches are added up; their mean was asked for": losses.sum(1),
        "you divided by the number of images, not of batches": losses.sum(1) / TRAIN,
        "you divided by the number of batches, but added up over images": mean * SIZES[0],
        "the losses of all images are added up; their mean was asked for": mean * TRAIN,
        "only the last batch of each epoch is recorded": losses[:, -1],
        "only the first batch of each epoch is recorded": losses[:, 0],
        "the running sum is not reset to 0 in each epoch": np.cumsum(mean),
        "each entry is the mean over all epochs so far": np.cumsum(mean) / np.arange(1, EPOCHS + 1),
        "the loss sums over the pixels": mean * SIDE,
        "the loss adds up over pixels and images": mean * SIDE * SIZES[0],
        "the entries are in the wrong order": mean[::-1],
    }
    after, evaluated, tested = run.fresh(), [], []
    for _ in range(EPOCHS):
        steps(after, run.x, SIZES, name, 1, LR)
        evaluated.append(oracle.LOSSES[name](after.decode(after.encode(run.x)), run.x))
        tested.append(oracle.LOSSES[name](after.decode(after.encode(run.test)), run.test))
    histories["the loss is measured after the epoch, not while training"] = evaluated
    histories["the loss recorded is that of the test set"] = tested
    if name != "MSE":
        recorded = run.history(name, run.fresh(value=oracle.mse))
        histories["the loss recorded is the MSE, not the loss trained with"] = recorded.mean(1)
    return histories


def smoothed(losses):
    """Return the moving averages (0.9, new in each epoch) of losses (epochs, batches) at each epoch's end."""
    average = losses[:, 0]
    for batch in losses.T[1:]:
        average = 0.9 * average + 0.1 * batch
    return average


def mistrained(run, name):
    """Return the losses per epoch that training mistakes lead to, by cause in words."""
    runs = {f"the model is trained with {other}": run.history(other) for other in NAMES if other != name}
    runs["the weights never change: `step` or `backward` is missing"] = run.history(name, lr=0.0)
    runs["the learning rate given is ignored"] = run.history(name, lr=1e-3)
    tested = run.history(name, x=run.test, sizes=TEST_SIZES)
    runs["the models are trained on the test set"] = tested
    for cause, update in oracle.UPDATES.items():
        runs[cause] = run.history(name, run.fresh(update=update))
    restarted, still, shared, kept = (run.fresh() for _ in range(4))
    by_epoch: dict[str, list[float]] = {NEW_OPTIMISER: [], STILL: []}
    for _ in range(EPOCHS):
        restarted.forget()
        by_epoch[NEW_OPTIMISER] += [steps(restarted, run.x, SIZES, name, 1, LR)[0]]
        by_epoch[STILL] += [steps(still, run.x, SIZES, name, 1, LR)[0]]
        still.gain = 1.0
    for earlier in NAMES[: NAMES.index(name)]:
        shared.forget()
        steps(shared, run.x, SIZES, earlier, EPOCHS, LR)
        steps(kept, run.x, SIZES, earlier, EPOCHS, LR)
    if name != "MSE":
        shared.forget()
        runs[SHARED] = run.history(name, shared)
        runs[f"{SHARED}, and its own optimiser"] = run.history(name, kept)
    itself = {"slope": lambda p, x: np.zeros_like(p), "value": lambda p, x: oracle.LOSSES[name](p, p)}
    cause = "the loss compares the reconstruction with itself, not with the images"
    runs[cause] = run.history(name, run.fresh(**itself))
    if name == "BCE":
        cause = "images and reconstruction are exchanged, in the loss or where it is called"
        swapped = run.fresh(slope=oracle.swapped_slope, value=oracle.swapped_bce)
        runs[cause] = run.history(name, swapped)
    weighed = np.average(tested, axis=1, weights=TEST_SIZES)
    means = {cause: np.mean(losses, axis=1) for cause, losses in (runs | by_epoch).items()}
    return means | {"the models are trained on the test set, where every image counts the same": weighed}


def trajectory(run, name):
    """Expect the student's losses per epoch to equal those of the judge's run."""
    entries = expect.sequence(f"{name}: train_losses", run.entries[name]["train_losses"])
    text = f"{name}: train_losses: expected one number for each of {EPOCHS} epochs"
    causes = {10: "the argument `epochs` is ignored", EPOCHS * len(SIZES): "there is one number per batch"}
    cause = expect.cause_of(len(entries), {cause: count for count, cause in causes.items()})
    expect.true(len(entries) == EPOCHS, text, f"got {len(entries)}", cause)
    history = expect.array(f"{name}: train_losses", entries)
    each = f"{name}: train_losses: expected one number per epoch"
    expect.true(history.size == EPOCHS, each, f"got shape {history.shape}")
    history = history.reshape(EPOCHS)
    right = run.losses[name].mean(1)
    unspoilt = moved_as_ours(run, name)
    expect.close(
        f"{name}: train_losses",
        history,
        right,
        1e-4,
        1e-6,
        lambda: mistakes(run, name, unspoilt),
        about=f"compare_loss_functions, {name}",
        otherwise=UNRECORDED if unspoilt else UNKNOWN.format(loss=FUNCTIONS[name]),
    )


def mistakes(run, name, unspoilt):
    """Return the losses per epoch that mistakes lead to, by cause; if `unspoilt`, in recording only."""
    with np.errstate(all="ignore"):
        return bookkeeping(run, name) if unspoilt else mistrained(run, name) | bookkeeping(run, name)


def moved_as_ours(run, name):
    """Whether the model returned has the weights of the judge's run."""
    if not isinstance(run.entries[name]["model"], RemoteObject):
        return False
    weights = run.models[name]()
    pairs = [(weights.get(w), v) for w, v in zip(WEIGHTS, run.own[name].w, strict=True)]
    known = all(isinstance(w, np.ndarray) and w.shape == v.shape for w, v in pairs)
    return known and all(np.allclose(w, v, 1e-3, 1e-4) for w, v in pairs)


ONE_OF_THREE = "the losses are recorded for each of three trainings, and each has its share of the points"


@check(points=2, kept=ONE_OF_THREE)
def test_mse_training_follows_our_own_run(comparison):
    """Training with MSE from known weights on known batches leads to known losses per epoch."""
    trajectory(comparison, "MSE")


@check(points=2, kept=ONE_OF_THREE)
def test_bce_training_follows_our_own_run(comparison):
    """Training with BCE from known weights on known batches leads to known losses per epoch."""
    trajectory(comparison, "BCE")


@check(points=2, kept=ONE_OF_THREE)
def test_l1_training_follows_our_own_run(comparison):
    """Training with L1 from known weights on known batches leads to known losses per epoch."""
    trajectory(comparison, "L1")


def trained(run, name):
    """Return the model in the student's result for a loss, as the judge's NumPy model."""
    weights = run.models[name]()
    known = isinstance(weights, dict) and all(isinstance(weights.get(w), np.ndarray) for w in WEIGHTS)
    expect.true(known, f"{name}: model: expected one made by `model_class`")
    shaped = zip(WEIGHTS, run.fresh().w, strict=True)
    return Tiny([expect.array(f"{name}: the model's {w}", weights[w], v.shape) for w, v in shaped], run.gain)


@check(points=1, kept="a wrong model alone costs less than wrong training")
def test_each_loss_comes_with_the_model_that_it_trained(comparison):
    """`model` is the trained model: three different models, each with the weights that its loss leads to."""
    models = {name: trained(comparison, name) for name in NAMES}
    for name, model in models.items():
        moved = any(np.abs(w - v).max() > 1e-3 for w, v in zip(model.w, comparison.fresh().w, strict=True))
        cause = "the model returned is not the trained one, or `step` or `backward` is missing"
        expect.true(moved, f"{name}: model: its weights are the initial ones", cause=cause)
    for one, other in (("MSE", "BCE"), ("MSE", "L1"), ("BCE", "L1")):
        pairs = zip(models[one].w, models[other].w, strict=True)
        differ = any(np.abs(v - w).max() > 1e-6 for v, w in pairs)
        cause = "one model is used for several losses, or several models are trained with one loss"
        expect.true(differ, f"the models for {one} and {other} have the same weights", cause=cause)
    for name in NAMES:
        text = f"{name}: model: its weights are not those that this training leads to"
        expect.true(moved_as_ours(comparison, name), text, otherwise=ANOTHER)


@check(points=1)
def test_reconstructions_are_of_the_first_test_images_in_eval_mode(comparison):
    """`reconstructions` are the trained model's outputs, in eval mode, for the first ten test images."""
    run = comparison
    for name in NAMES:
        model = trained(run, name)

        def made(x, model=model, gain=1.0):
            return model.decode(model.encode(x, gain))

        likely = {
            "the model is still in train mode: call eval() first": made(run.test[:10], gain=GAIN),
            "these are training images; test images were asked for": made(run.x[:10]),
            "these are the images themselves, not their reconstructions": run.test[:10],
            "they were made before training": made(run.test[:10], run.fresh()),
            "they were made before training, and in train mode": made(run.test[:10], run.fresh(), GAIN),
            "these are the last test images; the first were asked for": made(run.test[-10:]),
        }
        pictures = expect.array(f"{name}: reconstructions", run.entries[name]["reconstructions"])
        text = f"{name}: reconstructions: expected 10 images of {SIDE} pixels"
        causes = {
            TEST_SIZES[1] * SIDE: "these are images of the last test batch; the first ten were asked for",
            TEST_SIZES[0] * SIDE: "only the first test batch is taken, and it may hold fewer than ten images",
            10 * DIM: "these are the latents; `model(x)` returns (reconstruction, latent)",
        }
        detail = f"got shape {pictures.shape}"
        expect.true(pictures.size == 10 * SIDE, text, detail, causes.get(pictures.size))
        right = made(run.test[:10])
        expect.close(f"{name}: reconstructions", pictures.reshape(10, SIDE), right, 1e-4, 1e-5, likely)


# --- the comparison again: runs that no shortcut imitates, of the stand-in of one weight per pixel ---------

WHOLE_SEED, DEFAULT_SEED, AGAIN_SEED = DRAWN["whole"], DRAWN["defaults"], DRAWN["again"]
ENTRY = ("model", "train_losses", "reconstructions")
WHOLE = (
    "Either this is not the training asked for (Adam, this loss, every batch) to its end, or more than that"
)
DEFAULTS = "Either the defaults are not epochs=10 and lr=1e-3, or the training is not that asked for"
NUMBER = "one number for each epoch was asked for; by default there are 10 epochs"
LEFT = "an earlier call's list, cache, model or iterator is used again; make it inside the function"
ONCE = "the batches are drawn once and kept; each pass over `train_loader` draws its own, as it may shuffle"


def asked(student, first, contrast, train, test, device, *settings):
    """Return the entries of a comparison of models of one weight per pixel."""
    models = student.make("shade_class", {1: first}, contrast, latent_dim=1)
    tested = loader(student, test, [len(test)])
    got = student.call("compare_loss_functions", models, train, tested, device, *settings)
    entries = expect.mapping("compare_loss_functions(…)", got, NAMES)
    return {name: expect.mapping(f"the result for {name}", entries[name], ENTRY) for name in NAMES}


def loader(student, x, sizes):
    """Return a loader of images in batches of the given sizes."""
    return student.make("loader", x, np.zeros(len(x), np.int64), list(sizes))


def judge_weights(entry, course, fallback, shortcuts=True):
    """Expect a model with the weights that the judge's own training leads to.

    Names the shortcut that leads to other ones if `shortcuts`, for runs that tell shortcuts apart.
    """
    name = course.loss
    weights = trained_shade(entry, name, course.first.shape)

    def likely():
        cause = shades.nearest(weights, course.shortcuts(), 2e-4) if shortcuts else None
        return {cause: weights} if cause else {}

    what, about = f"{name}: the weights of the model after training", f"compare_loss_functions, {name}"
    allowed = 1e-3, 1e-3 / course.contrast
    expect.close(what, weights, course.last, *allowed, likely, about=about, otherwise=fallback)


def judge_training(got, courses, least, fallback, shortcuts=True):
    """Expect right weights from at least `least` of the courses: one wrong loss costs its own points only."""
    right = []
    for course in courses:
        weights = trained_shade(got[course.loss], course.loss, course.first.shape)
        if np.allclose(weights, course.last, 1e-3, 1e-3 / course.contrast):
            right.append(course)
        if len(right) == least:
            break
    for course in right if len(right) == least else courses:
        judge_weights(got[course.loss], course, fallback, shortcuts)


def trained_shade(entry, name, shape):
    """Return the weights of the model of one weight per pixel in a loss's entry."""
    found = expect.model(f"{name}: model", entry["model"]).state().get("shade")
    expect.true(found is not None, f"{name}: model: expected one made by `model_class`")
    return expect.array(f"{name}: the model's weights", found, shape)


def judge_count(entry, name, epochs, cause, batches=1):
    """Expect one number for each epoch of so many batches; returns them (epochs,)."""
    losses = expect.sequence(f"{name}: train_losses", entry["train_losses"])
    text = f"{name}: train_losses: expected one number for each of {epochs} epochs"
    each_batch = batches > 1 and len(losses) == epochs * batches
    cause = "there is one number per batch" if each_batch else cause
    expect.true(len(losses) == epochs, text, f"got {len(losses)}", cause)
    numbers = expect.array(f"{name}: train_losses", losses)
    each = f"{name}: train_losses: expected one number per epoch"
    expect.true(numbers.size == epochs, each, f"got shape {numbers.shape}")
    return numbers.reshape(epochs)


@check(points=2)
def test_training_goes_on_as_asked_for_until_the_last_epoch(student):
    """Many epochs with a short last batch lead to known weights: nothing stops, slows or clips training."""
    first, x, test = shades.restless(WHOLE_SEED, [1])
    train = loader(student, x, shades.SIZES)
    device = student.make("device")
    got = asked(student, first[1], shades.STRONG, train, test, device, shades.EPOCHS, shades.LR)
    judge_training(got, [shades.Course(first[1], x, loss=name) for name in NAMES], 2, WHOLE)
    for name in NAMES:
        judge_count(
            got[name], name, shades.EPOCHS, "a number is missing for some epochs, or too many are kept"
        )


@check(points=1)
def test_every_batch_is_trained_on_however_many_there_are(student):
    """One epoch of more than a hundred batches leads to known weights."""
    first, _, test = shades.restless(WHOLE_SEED, [1])
    x, _ = shades.many(WHOLE_SEED, DRAWN["batches"], 0)
    sizes = (1,) * len(x)
    train = loader(student, x, sizes)
    got = asked(student, first[1], shades.WEAK, train, test, student.make("device"), 1, shades.LR)
    courses = [shades.Course(first[1], x, sizes, name, 1, contrast=shades.WEAK) for name in NAMES]
    judge_training(got, courses, 1, WHOLE)


@check(points=1)
def test_defaults_hold_and_each_call_starts_anew(student):
    """By default 10 epochs at 1e-3; each call starts from scratch, and each pass draws its own batches."""
    first, test, x = shades.restless(DEFAULT_SEED, [1])
    got = asked(student, first[1], shades.MIDDLE, loader(student, x, [len(x)]), test, "cpu")
    for name in NAMES:
        judge_count(got[name], name, 10, NUMBER)
    courses = [shades.Course(first[1], x, (len(x),), name, 10, 1e-3, shades.MIDDLE) for name in NAMES]
    judge_training(got, courses, 1, DEFAULTS, shortcuts=False)
    first, x, test = shades.restless(AGAIN_SEED, [1])
    train = student.make("flickering_loader", x, np.zeros(len(x), np.int64), 8)
    got = asked(student, first[1], shades.STRONG, train, test, "cpu", DRAWN["again_epochs"], 1e-9)
    for name in NAMES:
        losses = judge_count(got[name], name, DRAWN["again_epochs"], LEFT, batches=-(-len(x) // 8))
        kept = np.allclose(trained_shade(got[name], name, first[1].shape), first[1], 1e-3)
        expect.true(kept, f"{name}: model: not one that this call made and trained", cause=LEFT)
        with np.errstate(over="ignore"):
            apart = np.abs(np.diff(losses)).min() > 1e-5 * np.abs(losses).max()
        expect.true(apart, f"{name}: train_losses: two epochs saw the same batches", cause=ONCE)
