"""Draws the numbers of the hidden checks from a secret: any draw is as good as another.

Sizes stay within a third of the middle, so that no draw costs more time, and lie above the round ones (100
calls or batches, 128 or 256 images) at which work that is right only at first could stop. What a check needs
of its numbers is asked here, once, so that the judge searches for nothing; it reads drawn.json.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from autograder.judge import drawn
from autograder.suites.latent_space import centroids, curves, digits, oracle, shades
from autograder.suites.latent_space.oracle import Array, relu, sigmoid
from autograder.suites.latent_space.sweeps import Decaying, Sweep

Rng = np.random.Generator
Part = dict[str, Any]
PUBLIC_DIMS = [2, 1, 4]  # of the public sweep
PLAIN = (3, 8, 0)  # the triple of the handout
APART = 8e-3  # relative, between right errors of a sweep and those of a known mistake; 5e-3 are allowed

LOW = (0.05, 0.02, 0.01)  # losses at which training could be stopped
PASSES = 20  # over a loader; three losses of four epochs take twelve
FAR = 1e-3  # the same for runs of one weight per pixel, of which 2e-4 is allowed
TOLD = 2.5e-4  # the same of the losses per epoch, of which 1e-4 is allowed: weight decay moves them least


def draw(secret: str) -> dict[str, Any]:
    """Return all numbers that the hidden checks use, ready for JSON; the same secret gives the same.

    Raises SuiteError if the ranges leave no good draw.
    """
    with np.errstate(all="ignore"):
        long = _long(drawn.generator(secret, "long"))
        parts = {
            "model": _model(drawn.generator(secret, "model")),
            "losses": _losses(drawn.generator(secret, "losses"), long),
            "sweep": _sweep(drawn.generator(secret, "sweep"), long),
            "arithmetic": _arithmetic(drawn.generator(secret, "arithmetic")),
        }
    return {"key": drawn.key(secret), "long": long, **parts}


def whole(rng: Rng, low: int, high: int) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return int(rng.integers(low, high + 1))


def seed(rng: Rng) -> int:
    """Return a seed."""
    return int(rng.integers(10**6, 2**31))


def real(rng: Rng, low: float, high: float) -> float:
    """Return a number between two, with three digits, so that it reads and prints as it was drawn."""
    return float(f"{rng.uniform(low, high):.3g}")


# --- model ------------------------------------------------------------------------------------------------


def _model(rng: Rng) -> Part:
    names = ("images", "stack", "latents", "wide_images", "shake", "noise", "bits", "pull")
    sizes = {
        "d": whole(rng, 33, 41),
        "k": int(rng.choice([5, 6, 9, 10])),
        "n": whole(rng, 6, 9),
        "wide": whole(rng, 260, 299),
        "many": whole(rng, 270, 299),
        "calls": whole(rng, 101, 115),
        "encoder": [real(rng, 4.7, 5.3), 1.0, 1.0],
        "decoder": [real(rng, 2.3, 2.5), real(rng, 1.15, 1.25), real(rng, 0.135, 0.145)],
        "first": whole(rng, 0, 1000) % (len(digits.images()) - 10),
        "offset": whole(rng, 8, 18),
    }
    return drawn.until(lambda: {**sizes, **{name: seed(rng) for name in names}}, _tells_activations)


def _tells_activations(part: Part) -> bool:
    """Whether other activations than ReLU lead to clearly other latents and images."""
    d, k, n = part["d"], part["k"], part["n"]
    x = oracle.images(part["images"], n, 8)[0].reshape(n, 64)[:, :d]
    z = np.random.default_rng(part["latents"]).normal(size=(n, k)).astype(np.float32) * 6
    stack = oracle.layers(part["stack"], d, k)
    encoder, decoder = (
        oracle.scaled(layers, part[name]) for layers, name in ((stack[:3], "encoder"), (stack[3:], "decoder"))
    )
    halves = ((encoder, x, None, 0.02), (decoder, z, sigmoid, 0.003))
    return all(_others_differ(stack, given, last, least) for stack, given, last, least in halves)


def _others_differ(stack: Any, x: Array, last: Any, least: float) -> bool:
    right = oracle.run(stack, x, (relu, relu, last))
    pairs: list[Any] = [(f, f) for f in oracle.OTHER_ACTIVATIONS.values()]
    pairs += [(None, None), (None, relu), (relu, None)]
    others = [oracle.run(stack, x, (*pair, last)) for pair in pairs]
    return all(float(np.abs(other - right).max()) > least for other in others)


# --- long runs of the stand-in of one weight per pixel ----------------------------------------------------


def _long(rng: Rng) -> Part:
    size = whole(rng, 7, 9)
    return {
        "sizes": [size, size, whole(rng, 4, size - 2)],
        "epochs": whole(rng, 12, 14),
        "lr": real(rng, 0.0036, 0.0044),
        "strong": real(rng, 180, 220),
        "weak": real(rng, 3.5, 4.5),
    }


def _restless_seed(rng: Rng, long: Part, ks: Sequence[int], losses: Sequence[str]) -> int:
    """Return a seed of first weights and images of which no shortcut imitates the long run, for each loss."""
    return drawn.until(partial(seed, rng), _named(partial(_restless, long, ks, losses)))


def _restless(long: Part, ks: Sequence[int], losses: Sequence[str], number: int) -> bool:
    weights, x, test = shades.restless(number, ks, long["sizes"], long["strong"])
    runs = [_course(long, weights[k], x, loss=loss) for k in ks for loss in losses]
    return all(_waits(run, test) for run in runs) and all(_tells_shortcuts(run) for run in runs)


def _course(long: Part, first: Array, x: Array, **settings: Any) -> shades.Course:
    usual = {"sizes": tuple(long["sizes"]), "epochs": long["epochs"], "lr": long["lr"]}
    return shades.Course(first, x, **{**usual, "contrast": long["strong"], **settings})


def _waits(run: shades.Course, test: Array) -> bool:
    """Whether the losses stop falling for more than three epochs, in training and in testing."""
    model = shades.Shade(run.first, run.contrast)
    cuts = np.cumsum(run.sizes)[:-1]
    batches = np.split(oracle.flat(run.x), cuts)
    trained: list[float] = []
    tested: list[float] = []
    for _ in range(run.epochs):
        trained.append(float(np.mean([model.step(x, run.loss, run.lr) for x in batches])))
        x_hat = run.reconstructions(model.w[0], test)
        tested.append(oracle.LOSSES[run.loss](x_hat, oracle.flat(test)))
    return waited(trained) > 3 and waited(tested) > 3


def waited(errors: Sequence[float]) -> int:
    """Return the longest time between two records of the lowest error; 0 if the last epoch is the best."""
    records = [i for i, e in enumerate(errors) if e <= min(errors[: i + 1])]
    return int(max(np.diff([*records, len(errors)]))) if records[-1] < len(errors) - 1 else 0


def _tells_shortcuts(run: shades.Course) -> bool:
    last = run.last
    least = 2e-3 * np.abs(last).max()
    wrong = (weights for kind in run.shortcuts().values() for weights in kind)
    return all(np.abs(weights - last).max() > least for weights in wrong)


# --- losses -----------------------------------------------------------------------------------------------


def _losses(rng: Rng, long: Part) -> Part:
    return {
        "images": seed(rng),
        "n": whole(rng, 8, 10),
        "side": whole(rng, 25, 29),
        "row": whole(rng, 6, 9),
        "many": whole(rng, 270, 330),
        "wide": whole(rng, 3, 4),
        "same": whole(rng, 129, 140),
        "compared": drawn.until(partial(_compared, rng), _tells_updates),
        "whole": _restless_seed(rng, long, [1], tuple(oracle.LOSSES)),
        "batches": whole(rng, 103, 115),
        "defaults": seed(rng),
        "again": drawn.until(partial(seed, rng), _named(partial(_tells_passes, long))),
        "again_epochs": whole(rng, 3, 4),
    }


def _tells_passes(long: Part, number: int) -> bool:
    """Whether each pass over images of changing brightness has another loss, and no weight is nearly 0."""
    first, x, _ = shades.restless(number, [1], long["sizes"], long["strong"])
    model, batches = shades.Shade(first[1], long["strong"]), np.split(oracle.flat(x), range(8, len(x), 8))

    def losses(name: str) -> Array:
        passes = [[shades.brightness(n) * batch for batch in batches] for n in range(1, PASSES)]
        return np.array(
            [np.mean([oracle.LOSSES[name](model.decode(model.encode(b)), b) for b in p]) for p in passes]
        )

    seen = [losses(name) for name in oracle.LOSSES]
    apart = all(np.abs(np.diff(each)).min() > 1e-4 * each.max() for each in seen)  # 1e-5 is asked for
    return apart and bool(np.abs(first[1]).min() > 1e-4)


def _compared(rng: Rng) -> Part:
    epochs, batches = ((4, 4), (5, 3), (5, 4), (6, 3))[whole(rng, 0, 3)]
    first = whole(rng, 6, 9)
    return {
        "seed": seed(rng),
        "sizes": [whole(rng, 7, 9)] * batches,
        "test_sizes": [first, whole(rng, max(11 - first, 4), first - 1)],
        "dim": whole(rng, 2, 4),
        "epochs": epochs,
        "lr": real(rng, 0.04, 0.06),
        "gain": real(rng, 0.4, 0.6),
    }


def _tells_updates(part: Part) -> bool:
    """Whether wrong updates lead to clearly other losses, for each loss."""
    x = oracle.flat(oracle.images(part["seed"], sum(part["sizes"]))[0])
    weights = oracle.tiny_weights(part["seed"] + 2, 16, [part["dim"]])[part["dim"]]

    def history(name: str, update: Any = None, gain: float = part["gain"]) -> Array:
        model = oracle.Slip(weights, update, gain=gain)
        return oracle.steps(model, x, part["sizes"], name, part["epochs"], part["lr"]).mean(1)

    for name in oracle.LOSSES:
        right = history(name)
        others = [history(name, update) for update in oracle.UPDATES.values()]
        others += [history(name, gain=1.0)]
        if any(float(np.abs(other / right - 1).max()) < TOLD for other in others):
            return False
    return True


# --- sweep ------------------------------------------------------------------------------------------------


def _sweep(rng: Rng, long: Part) -> Part:
    size = whole(rng, 8, 9)
    part: Part = {
        "dims": drawn.until(partial(_dims, rng), _in_no_order),
        "epochs": 4,
        "lr": real(rng, 0.135, 0.165),
        "sizes": [size] * 3 + [whole(rng, 4, size - 2)],
        "gain": real(rng, 0.4, 0.6),
        "whole_dims": _pair(rng),
        "batches": whole(rng, 103, 115),
        "many_dim": whole(rng, 2, 5),
        "test_batch": whole(rng, 10, 11),
        "test_batches": whole(rng, 26, 28),
        "defaults": drawn.until(partial(seed, rng), _tells_defaults),
        **drawn.until(partial(_calls, rng), _named(partial(_tells_calls, long))),
    }
    test, half = whole(rng, 5, 7), whole(rng, 8, 10)
    tests = {"measured": [test] * 3, "modes": [half] * 2, "short": [test + 2] * 2 + [whole(rng, 2, 4)]}
    for name, sizes in tests.items():
        gain = part["gain"] if name == "modes" else 1.0
        good = partial(_tells_mistakes, part, sizes, gain)
        part[name] = {"seed": drawn.until(partial(seed, rng), _named(good)), "test_sizes": sizes}
    part["whole"] = _restless_seed(rng, long, part["whole_dims"], ["MSE"])
    part["many"] = drawn.until(partial(seed, rng), _named(partial(_tells_fewer, part, long)))
    return {**part, **curves.drawn_from(rng)}


def _named(good: Any) -> Any:
    """Return a condition with the name of the function that it was made of, for messages."""
    good.__name__ = good.func.__name__
    return good


def _dims(rng: Rng) -> list[int]:
    return [int(k) for k in rng.permutation(5)[:3] + 1]


def _in_no_order(dims: Sequence[int]) -> bool:
    return dims not in (sorted(dims), sorted(dims)[::-1], PUBLIC_DIMS)


def _pair(rng: Rng) -> list[int]:
    return [int(k) for k in rng.permutation(4)[:2] + 1]


def _calls(rng: Rng) -> Part:
    """Return a seed, and the dimensions of two calls: one repeats in the first, one is in both."""
    number, large, (small, other) = seed(rng), whole(rng, 5, 8), _pair(rng)
    return {"again": number, "again_dims": [[large, small, large], [other, small]]}


def _sweep_of(part: Part, number: int, test_sizes: Sequence[int], gain: float) -> Sweep:
    """Return the judge's sweep of a seed."""
    x, test = oracle.images(number, sum(part["sizes"]))[0], _tested(number + 1, test_sizes)[0]
    weights = oracle.tiny_weights(number + 2, 16, range(7))
    sizes, dims = tuple(part["sizes"]), tuple(part["dims"])
    settings = part["epochs"], part["lr"], gain
    return Sweep(weights, oracle.flat(x), sizes, oracle.flat(test), tuple(test_sizes), dims, *settings)


def _tested(number: int, sizes: Sequence[int]) -> tuple[Array, Array]:
    """Return test images, of which those of the last batch differ from the others, and labels."""
    x, y = oracle.images(number, sum(sizes))
    x[: sizes[-1]] *= 0.3
    return x[::-1].copy(), y


def _tells_mistakes(part: Part, sizes: Sequence[int], gain: float, number: int) -> bool:
    """Whether every known mistake that these sizes can show leads to clearly other errors."""
    sweep = _sweep_of(part, number, sizes, gain)
    right = sweep.errors()
    if list(right) in (sorted(right), sorted(right)[::-1]) or _near(sweep.errors(Decaying), right):
        return False
    if _near(_interpolated(sweep.dims, right), right):
        return False
    wrong = {**sweep._measured(), **sweep._trained(), **sweep._reused()}
    hidden = [cause for cause, errors in wrong.items() if _near(errors, right) and "rounded" not in cause]
    return len(hidden) == 2 * (len({*sizes}) == 1) + 3 * (gain == 1)  # that equal batches, and no gain, hide


def _interpolated(dims: Sequence[int], errors: Array) -> Array:
    """Return the errors that follow from those of the smallest and the largest dimension alone."""
    ends = [min(dims), max(dims)]
    return np.interp(np.log2(dims), np.log2(ends), [errors[dims.index(k)] for k in ends])


def _near(errors: Array, right: Array) -> bool:
    """Whether a mistake's errors are too close to the right ones."""
    return bool(np.allclose(errors, right, APART, 0))


def _tells_fewer(part: Part, long: Part, number: int) -> bool:
    """Whether training on fewer batches, or until a loss is low, leads to a clearly other error."""
    k = part["many_dim"]
    first = shades.restless(number, [k], long["sizes"], long["strong"])[0][k]
    x, test = shades.many(number, part["batches"], part["test_batch"] * part["test_batches"])
    course = _course(long, first, x, sizes=(1,) * len(x), epochs=1, contrast=long["weak"])
    right = course.error(course.last, test)
    losses = [course.error(w, image[None]) for w, image in zip([first, *course.path], x, strict=False)]
    low = [next((n for n, loss in enumerate(losses[:-1], 1) if loss < limit), None) for limit in LOW]
    fewer = [
        course.error(course.path[n - 1], test) for n in (*shades.LIMITS, *filter(None, low)) if n < len(x)
    ]
    return None not in low and bool(_apart(fewer, right).all())


def _tells_defaults(number: int) -> bool:
    """Whether a capped dimension, other epochs and another rate lead to clearly other errors by default."""
    weights, test, x = shades.restless(number, shades.DIMS)

    def errors(**settings: Any) -> Array:
        usual = {"sizes": (len(x),), "epochs": 15, "lr": 1e-3, "contrast": shades.MIDDLE}
        runs = [shades.Course(weights[k], x, **{**usual, **settings}) for k in shades.DIMS]
        return np.array([run.error(run.last, test[:16]) for run in runs])

    right = errors()
    others = [errors(epochs=n) for n in (10, 14, 16)] + [errors(lr=rate) for rate in (9e-4, 1.1e-3)]
    return _apart(right[1:], right[:-1]).all() and all(_apart(other, right).any() for other in others)


def _tells_calls(long: Part, calls: Part) -> bool:
    """Whether what an earlier entry or call left, or a cap at four pixels, leads to clearly other errors."""
    number, dims = calls["again"], calls["again_dims"]
    large, small = dims[0][:2]
    (weights, test, x), (others, later_test, later) = (shades.restless(number + i, dims[i]) for i in (0, 1))
    settings = {"sizes": (6, 6), "lr": long["lr"], "contrast": long["weak"]}

    def error(first: Array, x: Array, test: Array, epochs: int = 1) -> float:
        run = shades.Course(first, x, epochs=epochs, **settings)
        return run.error(run.last, test[:16])

    right, least = (error(weights[k], x, test) for k in (large, small))
    wrong = [least, error(np.zeros(4), x, test), error(weights[large], x, test, epochs=2)]
    again = error(others[small], later, later_test)
    return bool(_apart(wrong, right).all() and _apart([least], again).all())


def _apart(errors: Any, right: Any) -> Any:
    """Where errors of the stand-in of one weight per pixel are clearly not the right ones."""
    return np.abs(np.asarray(errors) / right - 1) > FAR


# --- arithmetic -------------------------------------------------------------------------------------------


def _arithmetic(rng: Rng) -> Part:
    names = ("weights", "wide_weights", "images", "many_images", "tables", "table", "small", "small_images")
    size = whole(rng, 13, 14)
    part: Part = {
        **{name: seed(rng) for name in names},
        "wide": whole(rng, 34, 46),
        "gain": real(rng, 0.4, 0.6),
        "many_sizes": [size] * whole(rng, 21, 24) + [1],
        "triples": _triples(rng),
        "decoded": _distinct(rng, 10, 15),
        "twice": _distinct(rng, 0, 10)[:2],
    }
    part["decoded"][1] = whole(rng, 0, 9)
    part["ordered"] = _ordered(rng, sum(part["many_sizes"]))
    few = _distinct(rng, 0, 7)
    others = [k for k in range(7) if k not in few][:1]
    part["few"] = [few[i] for i in rng.permutation([0, 0, 0, 1, 1, 2, 2])] + [others[0]] * 2
    part["few_class"] = few[0]
    return part | drawn.until(partial(_unbalanced, rng, part), _tells_means)


def _distinct(rng: Rng, low: int, high: int) -> list[int]:
    """Return three different classes from `low` to `high` - 1, not those of the handout."""
    return drawn.until(lambda: [int(k) for k in rng.permutation(np.arange(low, high))[:3]], _uncommon)


def _uncommon(triple: Sequence[int]) -> bool:
    return not set(triple) & set(PLAIN)


def _triples(rng: Rng) -> list[list[int]]:
    """Return triples for the first table: plain, above 9, with a = c, and all equal."""
    plain, above, (a, b, e) = _distinct(rng, 0, 10), _distinct(rng, 10, 15), _distinct(rng, 0, 10)
    return [plain, above, [a, b, a], [e, e, e]]


def _ordered(rng: Rng, n: int) -> list[int]:
    """Return n labels of 15 classes, one class after the other; class 14 has two images, far apart."""
    labels = np.append(np.sort(np.r_[np.arange(14), rng.integers(0, 14, n - 16)]), [14, 14])
    labels[[5, n - 2]] = labels[[n - 2, 5]]
    return [int(k) for k in labels]


def _unbalanced(rng: Rng, part: Part) -> Part:
    size = whole(rng, 8, 10)
    sizes = [size, size, whole(rng, 2, 4)]
    classes = [*rng.permutation(10)[:4], whole(rng, 10, 13)]
    counts = [sum(sizes) - 14, 6, 3, 1, 4]
    labels = [int(k) for k in rng.permutation(np.repeat(classes, counts))]
    return {"labels": labels, "sizes": sizes, "weights": part["weights"], "images": part["images"]}


def _tells_means(part: Part) -> bool:
    """Whether some class's centroid shows each mistake that its largest class can show."""
    labels = np.array(part["labels"])
    x = oracle.flat(oracle.images(part["images"], len(labels))[0])
    twin = centroids.Curved(oracle.tiny_weights(part["weights"], 16, [3])[3])
    told = [centroids.of_class(twin, x, labels, part["sizes"], k, 15) for k in np.unique(labels).tolist()]
    return len(set().union(*told)) == MEANS


MEANS = 29  # of the known mistakes of centroids; see centroids.of_class
