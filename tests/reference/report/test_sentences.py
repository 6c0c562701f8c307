"""The sentences follow the numbers: turned round, the numbers turn the sentences round."""

import copy

import pytest

from reference.report import curve, sentences, tables, words
from reference.report.intervals import interval
from reference.report.study import KNOWN_DIMS, Settings
from reference.triples import all_triples

S = Settings("digits", (0, 1, 2), epochs=1, batch_size=1, latent_dim=8, dims=(2, 4, 8, 16))
JITTER = (-0.001, 0.0, 0.001)


def many(**value):
    """Three seeds that differ a little: every number of `value` plus a jitter."""

    def moved(x, by):
        if isinstance(x, dict):
            return {name: moved(v, by * (1 + 0.1 * i)) for i, (name, v) in enumerate(x.items())}
        if isinstance(x, list):
            return [moved(v, by * (1 + 0.1 * i)) for i, v in enumerate(x)]
        return x + by if isinstance(x, float) else x

    return [moved(copy.deepcopy(value), by) for by in JITTER]


def losses(l1=0.9, mse=0.5):
    models = {"MSE": mse, "BCE": mse, "L1": l1}
    table = {name: dict.fromkeys(models, error) for name, error in models.items()}
    for name, row in table.items():
        row |= {
            "gradient energy": 0.6 if name == "MSE" else 0.904,
            "saturation": 0.5,
            "entropy": 0.3,
            "small gradients at the output": 0.25,
            "small gradients at the logit": 0.5,
        }
    return many(losses=table | {"originals": {"gradient energy": 0.8, "saturation": 0.7, "entropy": 0.2}})


def test_a_clear_difference_is_told_with_its_size_and_an_unclear_one_as_such():
    assert (
        words.compared("A", [2.0, 2.1, 2.2], "B", [1.0, 1.2, 1.1]) == "A is above B by 1.00 (0.752 to 1.25)"
    )
    assert words.compared("B", [1.0, 1.2, 1.1], "A", [2.0, 2.1, 2.2]).startswith("A is above B by 1.00")
    assert words.compared("A", [1, 2, 3], "B", [3, 1, 2]).startswith(
        "A and B cannot be told apart (difference 0"
    )


@pytest.mark.parametrize(
    ("x", "text"),
    [(0.01234, "0.0123"), (-1.5, "−1.50"), (123.4, "123"), (0, "0"), (-2e-17, "0"), (0.999, "0.999")],
)
def test_numbers_have_three_significant_digits(x, text):
    assert words.number(x) == text


def test_ranges_and_lists_are_words():
    assert words.ranged(interval([0.1, 0.2, 0.3]), words.percent) == "20 % (−5 % to 45 %)"
    assert [words.joined(parts) for parts in (["a"], ["a", "b"], "abc")] == ["a", "a and b", "a, b and c"]


def test_who_is_best_by_a_loss_depends_on_the_numbers():
    beaten, best = sentences.about_losses(losses(l1=0.9)), sentences.about_losses(losses(l1=0.1))
    assert any(
        "By L1 itself, the model that was trained to minimise L1 is beaten by" in line for line in beaten
    )
    assert "The model trained with L1 is the best of the three by L1, as one would expect." in best
    assert any("L1 is above MSE by 0.4" in line for line in beaten)
    assert any("MSE is above L1 by 0.4" in line for line in best)


def test_pictures_are_called_blurrier_or_sharper_as_they_are():
    said = " ".join(sentences.about_looks(losses()))
    assert "Blurrier than the originals: the pictures of MSE (75 %" in said
    assert "Sharper than the originals: the pictures of BCE (113 %" in said


def test_small_gradients_are_given_for_each_loss():
    assert sentences.about_small_gradients(losses())[0].endswith(
        "at the output: MSE 25 %, BCE 25 %, L1 25 %."
    )


def outliers(l1):
    row = {"clean": {"L1": 0.5, "MSE": 0.5}, "spoilt": {"L1": 0.9, "MSE": 0.9}}
    spoilt = {"clean": row["clean"], "spoilt": {"L1": l1, "MSE": l1}}
    return many(outliers={"MSE": row, "BCE": row, "L1": spoilt})


def test_the_robust_loss_is_named_only_where_it_is():
    assert any(
        "the model trained with L1 loses least" in line
        for line in sentences.about_robustness(S, outliers(0.55))
    )
    assert not any("L1 loses least" in line for line in sentences.about_robustness(S, outliers(0.95)))


def test_each_metric_is_higher_lower_or_not_told_apart():
    spaces = ("untrained, k = 8", "PCA, k = 8", "autoencoder, k = 8", "PCA, k = 2", "autoencoder, k = 2")
    found = many(properties={s: {"silhouette": 0.1, "path / chord": 1.0, "same": 0.5} for s in spaces})
    for i, seed in enumerate(found):
        seed["properties"]["autoencoder, k = 8"] = {
            "silhouette": 0.5,
            "path / chord": 0.2,
            "same": 0.5 + 0.1 * (i - 1),
        }
    said = sentences.about_properties(S, found)[0]
    assert said == (
        "autoencoder, k = 8 against untrained, k = 8: higher in silhouette; lower in path / chord; "
        "not told apart in same."
    )


@pytest.mark.parametrize(
    ("half", "word"), [(0.2, "farther than"), (0.1, "as near as"), (0.05, "nearer than")]
)
def test_half_way_is_near_or_far_as_measured(half, word):
    found = many(
        interpolation={"test images": 0.1, "half way in latent space": half, "half way in pixels": 0.3}
    )
    for seed, jitter in zip(found, (0.99, 1.01, 1.0), strict=True):
        seed["interpolation"]["half way in latent space"] = half * jitter
        seed["interpolation"]["test images"] = 0.1
    assert f"{word} a real test image is" in sentences.about_interpolation(found)[1]


@pytest.mark.parametrize(("kept", "word"), [(0.99, "separation, not information"), (0.5, "only.")])
def test_information_is_told_from_separation(kept, word):
    row = {"DCI disentanglement": 0.4, "mutual information gap": 0.1, "linear R²": kept}
    table = {name: dict(row) for name in ("autoencoder", "true factors, rotated", "true factors")}
    said = sentences.about_disentanglement(many(known={"disentanglement": table}))
    assert word in said[-1]


def sweep(autoencoder, pca=(0.9, 0.8, 0.7, 0.6)):
    return many(
        sweep={
            "autoencoder": list(autoencoder),
            "pca": list(pca),
            "mean image": 1.0,
            "participation": [2.0, 3.0, 4.0, 5.0],
            "participation of the pixels": 12.0,
        }
    )


def test_steps_that_fall_rise_or_cannot_be_told_are_kept_apart():
    rows = sweep((0.9, 0.5, 0.6, 0.4))
    for seed, jitter in zip(rows, JITTER, strict=True):
        seed["sweep"]["autoencoder"][3] = 0.6 + 30 * jitter
    said = curve.about_the_sweep(S, rows)
    assert "The error falls for sure from k = 2 to 4." in said
    assert "No fall can be told from k = 8 to 16." in said
    assert "The error rises from k = 4 to 8." in said


def test_pca_is_said_to_win_where_it_does():
    said = curve.about_the_sweep(S, sweep((0.8, 0.5, 0.75, 0.7)))
    assert "The autoencoder beats PCA at k = 2 and 4." in said
    assert "PCA, which needs no training, beats it at k = 8 and 16." in said


def test_an_elbow_is_named_with_its_stability_and_its_absence_too():
    sharp, straight = sweep((0.9, 0.1, 0.09, 0.08)), sweep((0.9, 0.7, 0.5, 0.3))
    assert curve.elbow(S, sharp) == 4
    assert any("puts the elbow at k = 4, and in 100 %" in line for line in curve.about_the_sweep(S, sharp))
    assert any("finds no elbow" in line for line in curve.about_the_sweep(S, straight))


def test_directions_in_use_are_few_or_many():
    few = curve.about_the_sweep(S, sweep((0.9, 0.5, 0.4, 0.3)))[-1]
    assert "spreads over no more than 5.00" in few


def test_the_known_dimension_is_found_or_not():
    def errors(at):
        return many(known={"errors": [1.0 if k < at else 0.1 for k in KNOWN_DIMS]})

    assert "the true dimension 4 in 3 of 3 seeds" in curve.about_known_dimension(errors(4))[0]
    assert "the true dimension 4 in 0 of 3 seeds" in curve.about_known_dimension(errors(6))[0]


def test_the_hardest_class_is_counted_over_the_seeds():
    found = many(errors={"0": 0.1, "1": 0.5, "2": 0.3})
    found[2]["errors"]["2"] = 0.9
    assert curve.about_errors(found) == [
        "The hardest class is 1 in 2 of 3 seeds, 2 in 1 of 3 seeds.",
        "The easiest class is 0 in 3 of 3 seeds.",
    ]


def opinions(seen, near):
    every = all_triples()
    place = {"seen": [t[seen] for t in every], "near": [t[near] for t in every]}
    return [{"arithmetic": dict.fromkeys(("autoencoder", "k = 2", "untrained"), place)}] * 2


def test_opinions_on_triples_are_counted():
    said = sentences.about_arithmetic(opinions(seen=0, near=2))
    assert "the classifier sees one of the two added classes in 100 % of the triples" in said[0]
    assert "Classifier and nearest centroid agree on 0 % of the triples." in said
    assert said[-1] == "z₃ + (z₈ − z₀), decoded, is seen as 3 in 2 of 2 seeds."


def test_an_opinion_that_training_does_not_change_is_said_to_prove_nothing():
    assert any("proves nothing" in line for line in sentences.about_arithmetic(opinions(0, 0)))


def test_known_answers_are_compared():
    found = many(known={"arithmetic": {"latent": 0.2, "reconstruction": 0.1, "pixels": 0.4, "nothing": 1.0}})
    said = sentences.about_known_answers(found)
    assert "arithmetic with pixels is above latent arithmetic by 0.200" in said[0]
    assert "latent arithmetic costs 20 % of that" in said[1]


def test_tables_give_mean_and_half_the_interval():
    table = tables.matrix(losses())
    values = [seed["losses"]["L1"]["MSE"] for seed in losses()]
    i = interval(values)
    assert table.rows[2][1] == f"{i.mean:.4f} ± {i.half:.4f}"
    assert table.header[0] == "trained by"
