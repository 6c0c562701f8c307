"""Arithmetic, hidden: unbalanced and missing classes, other triples, modes, and unchanged arguments."""

from functools import partial

import numpy as np

from autograder.judge import check, drawn, expect, tried, unlike
from autograder.suites.latent_space import centroids, oracle
from autograder.suites.latent_space.rows import CENTROID, empty, roughly, row

DRAWN = drawn.of(__file__)["arithmetic"]
K, GAIN = 3, DRAWN["gain"]
WEIGHTS = oracle.tiny_weights(DRAWN["weights"], 16, [K])
TWIN = centroids.Curved(WEIGHTS[K])
SIZES, LABELS = DRAWN["sizes"], np.array(DRAWN["labels"])
FEW, FEW_SIZES, FEW_CLASS = np.array(DRAWN["few"]), [len(DRAWN["few"])], DRAWN["few_class"]
OF_MANY, SECOND = f"{CENTROID}, of many images", f"{CENTROID}, in a second call"
W = DRAWN["wide"]
WIDE = oracle.tiny_weights(DRAWN["wide_weights"], 16, [W])
MANY, MANY_SIZES = sum(DRAWN["many_sizes"]), DRAWN["many_sizes"]
# classes follow each other, so that every batch has only some of them; the last image is one of two
ORDERED = np.array(DRAWN["ordered"])


def computed(student, labels, sizes, n_classes, gain=1.0):
    """Return the student's centroids, and the flat images (n, 16)."""
    x, _ = oracle.images(DRAWN["images"], len(labels))
    model = student.make("CurvedAutoencoder", WEIGHTS, K, gain)
    loader = student.make("loader", x, labels, sizes)
    got = student.call("class_centroids", model, loader, student.make("device"), n_classes=n_classes)
    return got, oracle.flat(x)


@check(points=3)
def test_centroids_of_unbalanced_classes_are_means_over_images(student):
    """Every image has equal weight in its class's centroid: of hundreds of images, and of few later on."""
    twin, model = centroids.Curved(WIDE[W]), student.make("HeldAutoencoder", WIDE, W)
    x, few = (
        oracle.images(DRAWN[name], n)[0] for name, n in (("many_images", MANY), ("images", len(LABELS)))
    )
    device = student.make("device")
    got = in_batches(student, model, x, device)
    first = {label: row(got, label, W) for label in with_numbers(got)}
    for label, mean in first.items():
        right = twin.encode(oracle.flat(x))[label == ORDERED].mean(0)
        likely = partial(mistakes, twin, oracle.flat(x), ORDERED, MANY_SIZES, label, mean)
        expect.close(OF_MANY, mean, right, 1e-4, 1e-5, likely, case=f"class {label}")
    model, loader = student.make("HeldAutoencoder", WIDE, W), student.make("loader", few, LABELS, SIZES)
    call = partial(student.call, "class_centroids", model, loader, device, n_classes=15)
    second = unlike(call, lambda: first, centroids.AGAIN)  # the first call, with other data, went well
    both, labels = oracle.flat(np.concatenate([x, few])), np.concatenate([ORDERED, LABELS])
    for label in np.unique(LABELS).tolist():
        right = twin.encode(oracle.flat(few))[label == LABELS].mean(0)
        mean = row(second, label, W)
        stale = (first[label], twin.encode(both)[label == labels].mean(0))
        if any(np.allclose(mean, value, 1e-3, 1e-4) for value in stale):
            likely = partial(dict, {centroids.AGAIN: mean})
        else:
            likely = partial(mistakes, twin, oracle.flat(few), LABELS, SIZES, label, mean)
        expect.close(SECOND, mean, right, 1e-4, 1e-5, likely, case=f"class {label}")


def in_batches(student, model, x, device):
    """Return the centroids of MANY images in batches of 13; say so if only the last, of one, fails."""
    batches = [student.make("quick_loader", x, ORDERED, size) for size in (MANY_SIZES[0], 100)]
    short, full = (partial(student.call, "class_centroids", model, b, device, n_classes=15) for b in batches)
    cause = "the last batch has one image only, and `squeeze()` removes an axis of length one"
    return unlike(short, full, cause)


def with_numbers(got):
    """Return the classes in ORDERED; expect all of them to have centroids if any has one."""
    classes = np.unique(ORDERED).tolist()
    undefined = [label for label in classes if empty(got, label)]
    if 0 < len(undefined) < len(classes):
        cause = centroids.TEN if min(undefined) == 10 else centroids.CAP
        text = "expected the centroid of every class that has images, got a row of NaN"
        expect.fail(text, f"class {undefined[0]}", cause)
    return classes


def mistakes(twin, x, labels, sizes, label, got):
    """Return what known mistakes lead to for one class, by cause, the number of images taken included."""
    known = centroids.of_class(twin, x, labels, sizes, label, 15)
    return {**known, **centroids.capped(twin.encode(x), labels, label, got)}


@check(points=1)
def test_a_class_without_images_has_no_centroid(student):
    """A class without images has a row of NaN, because it has no mean."""
    got, _ = computed(student, FEW, FEW_SIZES, 7)
    for label in np.unique(FEW).tolist():
        row(got, label, K)  # these have images, so they must be there
    cause = "zeros, or another number, are returned for a class without images; return NaN"
    for label in sorted({*range(7)} - {*FEW.tolist()}):
        text = "expected a row of NaN for a class without images, got numbers"
        expect.true(empty(got, label), text, f"class {label}", cause)


@check(points=2)
def test_latents_are_taken_in_eval_mode(student):
    """`class_centroids` puts the model in eval mode."""
    got, x = computed(student, FEW, FEW_SIZES, 7, gain=GAIN)
    right = TWIN.encode(x)[FEW == FEW_CLASS].mean(0)
    likely = {"the model is still in train mode: call eval() first": GAIN * right}
    likely |= centroids.of_class(TWIN, x, FEW, FEW_SIZES, FEW_CLASS, 7)
    expect.close(CENTROID, row(got, FEW_CLASS, K), right, 1e-4, 1e-5, likely)


@check(points=2, kept="it tells a wrong sum from a wrong image of the right one")
def test_arithmetic_of_other_triples(student):
    """`latent_arithmetic(centroids, a, b, c)` is z_a + (z_b - z_c) for any three classes, even equal ones."""
    tables = np.random.default_rng(DRAWN["tables"]).normal(size=(2, 15, 20)).astype(np.float32)
    asked = [*DRAWN["triples"], DRAWN["triples"][0]]
    for (a, b, d), c in zip(asked, tables[[0, 0, 0, 0, 1]], strict=True):
        kept = student.put(c)
        got = student.call("latent_arithmetic", kept, a=a, b=b, c=d)
        got = expect.array("latent_arithmetic(…)", got).reshape(-1)
        expect_unchanged(kept, c, "latent_arithmetic")
        right, stale = (table[a].astype(float) + table[b] - table[d] for table in (c, tables[0]))
        likely = centroids.sums(c, a, b, d) | (
            {} if np.array_equal(c, tables[0]) else {centroids.AGAIN: stale}
        )
        case = f"a, b, c = {a}, {b}, {d}"
        expect.close("latent_arithmetic(centroids, a, b, c)", got, right, 1e-4, 1e-5, likely, case=case)


def expect_unchanged(kept, c, name):
    """Expect the centroids that a function was given to be as they were."""
    after = expect.array("centroids", kept.get(), c.shape)
    cause = "`+=` or `-=` on a row writes into the centroids; make a new tensor with `+` and `-`"
    expect.true(bool((after == c).all()), f"{name} changed the centroids in place", cause=cause)


@check(points=2)
def test_the_sum_is_decoded_in_eval_mode(student):
    """`decode_arithmetic` decodes the sum of latents in eval mode, for any three classes."""
    c = np.random.default_rng(DRAWN["table"]).normal(size=(15, K)).astype(np.float32)
    model, kept = student.make("HeldAutoencoder", WEIGHTS, K, GAIN), student.put(c)
    a, b, d = DRAWN["decoded"]
    got = student.call("decode_arithmetic", model, kept, student.make("device"), a=a, b=b, c=d)
    pixels = expect.array("decode_arithmetic(…)", got).reshape(-1)
    right, likely = (
        TWIN.decode(c[a] + c[b] - c[d].astype(float)),
        centroids.decoded(TWIN, c, a, b, d, GAIN),
    )
    expect.close("decode_arithmetic(…)", pixels, right, 1e-4, 1e-4, likely)
    expect_unchanged(kept, c, "decode_arithmetic")
    got = student.call("decode_arithmetic", model, -c, student.make("device"), a=a, b=b, c=d)
    got = expect.array("decode_arithmetic(…)", got).reshape(-1)
    other = TWIN.decode(c[d] - c[a] - c[b].astype(float))
    expect.close("decode_arithmetic(…), again", got, other, 1e-4, 1e-4, {centroids.AGAIN: right})


@check(points=1)
def test_arguments_are_left_as_they_were(student):
    """The model's weights and their dtype stay, and a sum of latents is a new tensor, also where b = c."""
    model, device = student.make("CurvedAutoencoder", WEIGHTS, K), student.make("device")
    c = np.random.default_rng(DRAWN["small"]).normal(size=(10, K)).astype(np.float32)
    (x, _), y = oracle.images(DRAWN["small_images"], 20), np.arange(20) % 10
    loader = student.make("loader", x, y, [20])
    before, results = model.state(), {}
    for name, argument in (("class_centroids", loader), ("decode_arithmetic", c)):
        results[name] = student.call(name, model, argument, device)
        after = model.state()
        cause = "the model is left in another dtype; convert a copy, or the latents"
        kept = all(after[n].dtype == before[n].dtype for n in before)
        expect.true(kept, f"{name} changed the dtype of the model's weights", cause=cause)
        same = all(np.array_equal(after[n], before[n]) for n in before)
        cause = "something writes into the model's weights; they are to be read only"
        expect.true(same, f"{name} changed the model's weights", cause=cause)
    kept, (one, same) = student.put(c), DRAWN["twice"]
    result = student.new("latent_arithmetic", kept, a=one, b=same, c=same)
    cause = "a row of the centroids itself is returned; return a new tensor, also where b equals c"
    expect.true(
        not within(result, kept, c.nbytes), "latent_arithmetic returns a part of `centroids`", cause=cause
    )
    got = results["class_centroids"]
    got = got[0] if type(got) is tuple and len(got) == 2 else got  # counts beside them are another check's
    roughly(CENTROID, row(got, 1, K), TWIN.encode(oracle.flat(x))[y == 1].mean(0))
    image = expect.array("decode_arithmetic(…)", results["decode_arithmetic"]).reshape(-1)
    roughly("decode_arithmetic(…)", image, TWIN.decode(c[3] + (c[8] - c[0])))
    summed = expect.array("latent_arithmetic(…)", tried(result.get, None)).reshape(-1)
    roughly("latent_arithmetic(…)", summed, c[one].astype(float))


def within(result, table, size):
    """Whether a kept result is a tensor whose memory lies in the `size` bytes of a kept tensor."""
    first, start = (tried(partial(kept.call, "data_ptr"), None) for kept in (result, table))
    return type(first) is int and type(start) is int and start <= first < start + size
