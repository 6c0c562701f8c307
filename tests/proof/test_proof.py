"""The committed evidence (docs/proof): it fits this suite and corpus, and every message is readable."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.judge import plugin
from autograder.proof import corpus
from autograder.proof.told import VERDICTS
from autograder.records import assignment as assignments

ROOT = Path(__file__).parents[2]
PROOF = ROOT / "docs" / "proof"
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")
MISTAKEN = {s.name: s for s in corpus.load() if s.kind == "mistaken"}
NUMBER = re.compile(r"\d+\.\d+")
PLACE = "at x_hat = 0.5, x = 1"  # an input of bce_loss that the handout names
SLOPE = "LeakyReLU of slope 0.2"  # the words of a cause, the same for everybody
HARMLESS = re.compile(rf"not what was expected at \[[\d, ]*\]|{re.escape(PLACE)}|{re.escape(SLOPE)}")
LOST = {  # points that a mistake costs according to handout.md
    "sweep_mean_of_batch_means": 3,
    "sweep_measured_in_train_mode": 2,
    "sweep_pairs": 2,
    "sweep_mapping": 2,
    "elbow_one_too_late": 4,
    "centroid_mean_of_batch_means": 3,
    "centroid_train_mode": 2,
    "centroid_zero_for_missing": 1,
}


def rows(name: str) -> list[dict[str, str]]:
    with (PROOF / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def messages(of_today: Callable[[str], None]) -> dict[str, list[dict[str, str]]]:
    of_today("messages.md")
    by_sample: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows("messages.csv"):
        by_sample[row["sample"]].append(row)
    return by_sample


def test_every_mistake_has_messages_and_one_names_its_cause(
    messages: dict[str, list[dict[str, str]]],
) -> None:
    assert messages.keys() == MISTAKEN.keys()
    for name, sample in MISTAKEN.items():
        text = " ".join(row["message"] for row in messages[name])
        assert sample.cause.lower() in text.lower(), name


def test_few_mistakes_are_told_a_wrong_cause(of_today: Callable[[str], None]) -> None:
    of_today("causes.md")
    told = {row["sample"]: row for row in rows("causes.csv")}
    assert {name: row["declared cause"] for name, row in told.items()} == {
        name: sample.cause for name, sample in MISTAKEN.items()
    }
    assert all(row["told"] in VERDICTS for row in told.values())
    counts = Counter(row["told"] for row in told.values())
    assert counts["wrong"] <= 0.01 * len(told)
    assert counts["mixed"] <= 0.03 * len(told)
    page = (PROOF / "causes.md").read_text(encoding="utf-8")
    assert f"| **all** | {len(told)} | {' | '.join(str(counts[v]) for v in VERDICTS)} |" in page


def test_every_mistake_is_in_messages_md(of_today: Callable[[str], None]) -> None:
    of_today("messages.md")
    table = (PROOF / "messages.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\(`(\w+)`\) \| \d+ \| .", table)) == sorted(MISTAKEN)


def test_no_message_of_a_hidden_check_contains_a_value(messages: dict[str, list[dict[str, str]]]) -> None:
    for lines in messages.values():
        for row in lines:
            if row["visibility"] == "hidden":
                assert "\n" not in row["message"], row  # a second line is detail for staff
                assert not NUMBER.search(HARMLESS.sub("", row["message"])), row


def test_every_message_is_short_and_only_about_the_students_code(
    messages: dict[str, list[dict[str, str]]],
) -> None:
    for lines in messages.values():
        for row in lines:
            assert 10 < len(row["message"]) < 700, row
            assert not re.search(r"Traceback|autograder|standins|site-packages", row["message"]), row


def test_partial_credit_agrees_with_the_handout(messages: dict[str, list[dict[str, str]]]) -> None:
    lost = {name: sum(int(row["points lost"]) for row in messages[name]) for name in LOST}
    assert lost == LOST


def test_the_kill_matrix_is_of_this_suite_and_justifies_every_check(of_today: Callable[[str], None]) -> None:
    of_today("kill_matrix.csv")
    rules, _ = plugin.run(ASSIGNMENT, None, ("public", "hidden"))
    matrix = rows("kill_matrix.csv")
    assert [(row["check"], row["points"]) for row in matrix] == [(r.id, str(r.points)) for r in rules]
    assert all(row["why it is there"] for row in matrix)
    assert set(matrix[0]) >= set(MISTAKEN)


def test_the_calibration_is_of_this_suite_and_meets_its_targets(of_today: Callable[[str], None]) -> None:
    of_today("calibration.md")
    rules, _ = plugin.run(ASSIGNMENT, None, ("public", "hidden"))
    table = rows("calibration.csv")
    assert [row["check"] for row in table] == [r.id for r in rules]
    assert all(row["false_fails"] == "0" for row in table)
    assert "Not met" not in (PROOF / "calibration.md").read_text(encoding="utf-8")


def test_the_second_assignments_messages_name_their_causes_and_show_no_hidden_value(
    of_today: Callable[[str], None],
) -> None:
    of_today("undercomplete_overcomplete/messages.md")
    folder = "undercomplete_overcomplete"
    samples = {s.name: s for s in corpus.load(corpus.samples_of(folder)) if s.kind == "mistaken"}
    by_sample: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows(f"{folder}/messages.csv"):
        by_sample[row["sample"]].append(row)
        shown = HARMLESS.sub("", row["message"].replace("threshold=0.0", ""))  # the handout names this 0
        assert row["visibility"] == "public" or not NUMBER.search(shown), row
    assert by_sample.keys() == samples.keys()
    silent = [
        name
        for name, sample in samples.items()
        if sample.cause.lower() not in " ".join(row["message"] for row in by_sample[name]).lower()
    ]
    assert silent == []
