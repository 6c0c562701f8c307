"""Similarity: finds copies with changed names and comments; ignores the template and common code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.pages import similarity
from autograder.records.results import Result
from autograder.records.submission import Cell

TEMPLATE = (ASSIGNMENT.folder / "latent_space.py").read_text() if ASSIGNMENT.folder else ""
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<")


def own_code(seed: int, lines: int = 12) -> str:
    """Code with a structure that only one author has: a chain of operators drawn by `seed`."""
    rows = ["def helper(a, b):"]
    for n in range(lines):
        picked = [OPERATORS[(seed * (n + 3) + k * (seed + n) + k * k) % len(OPERATORS)] for k in range(8)]
        rows.append("    a = " + " ".join(f"b {sign}" for sign in picked) + f" ({n} if a else b)")
    return "\n".join([*rows, "    return a", ""])


def work(name: str, *sources: str) -> Result:
    return paper(name, cells=[Cell(f"cell {i}", source) for i, source in enumerate(sources)])


def alike(results: Sequence[Result]) -> list[tuple[str, str]]:
    return [(pair.first, pair.second) for pair in similarity.pairs(results, ASSIGNMENT)]


def test_only_a_copy_with_changed_names_and_comments_is_found() -> None:
    copied = own_code(5).replace("helper", "mine").replace("a =", "total =").replace("b ", "value ")
    others = [work(f"s{i}", own_code(i + 6)) for i in range(8)]
    pairs = similarity.pairs(
        [*others, work("ada", own_code(5)), work("bob", "# mine\n" + copied)], ASSIGNMENT
    )
    assert [(p.first, p.second, p.identical) for p in pairs] == [("ada", "bob", False)]
    assert pairs[0].share > 0.9


def test_code_from_the_template_does_not_count() -> None:
    assert len(TEMPLATE) > 1000
    assert alike([work(name, TEMPLATE, own_code(seed)) for name, seed in (("ada", 1), ("bob", 2))]) == []
    assert alike([work("ada", TEMPLATE), work("bob", TEMPLATE)]) == []


def test_code_that_many_write_does_not_count() -> None:
    assert alike([work(f"s{i}", own_code(3), own_code(20 + i)) for i in range(6)]) == []


def test_identical_files_are_reported_as_identical() -> None:
    twins = [replace(work(n, own_code(4)), submission=replace(work(n).submission, sha256="1")) for n in "ab"]
    (pair,) = similarity.pairs(twins, ASSIGNMENT)
    assert pair.identical


def test_pairs_are_computed_once_for_the_same_submissions(tmp_path: Path) -> None:
    path, results = tmp_path / "similarity.json", [work("ada", own_code(5)), work("bob", own_code(5))]
    (pair,) = similarity.cached(results, ASSIGNMENT, path)
    table = json.loads(path.read_text())
    path.write_text(json.dumps({**table, "pairs": [{**table["pairs"][0], "of_first": 0.61}]}))
    assert similarity.cached(results, ASSIGNMENT, path) == [replace(pair, of_first=0.61)]
    more = [*results, work("eve", own_code(9))]
    assert similarity.cached(more, ASSIGNMENT, path) == [pair]
    path.write_text("cut sho")
    assert similarity.cached(results, ASSIGNMENT, path) == [pair]


def test_shares_count_only_unusual_code() -> None:
    """Eve has one of Ada's two helpers: half of Ada's unusual code, all of Eve's."""
    (pair,) = similarity.pairs([work("ada", own_code(5), own_code(7)), work("eve", own_code(7))], ASSIGNMENT)
    assert (pair.first, pair.second, pair.identical) == ("ada", "eve", False)
    assert 0.4 < pair.of_first < 0.6
    assert pair.of_second > 0.95


@pytest.mark.parametrize(
    "text",
    [
        "\ud800 = '\ud800'\n",
        "x = '\0'\n\0\n",
        "x = (\n" + " \n" * 50_000 + "1)",
        "\r" * 100_000,
        "'" * 99_999,
        "f'" + "{x[" * 10_000,
    ],
)
def test_hostile_text_is_compared_like_other_text(text: str) -> None:
    copies = [work(name, own_code(5), text) for name in ("ada", "bob")]
    assert alike([*copies, work("eve", own_code(6))]) == [("ada", "bob")]


def test_a_class_without_enough_code_to_compare_has_no_pairs() -> None:
    assert alike([]) == []
    assert alike([work("ada", "x = 1"), work("bob", ""), work("eve", "x = 1")]) == []
