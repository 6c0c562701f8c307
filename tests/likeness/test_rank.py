"""Ranking pairs: rare code counts, the template does not, and groups of every size stand out."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from papers import ASSIGNMENT, paper

from autograder.likeness import store
from autograder.likeness.rank import FEWEST, Ranking, rank
from autograder.likeness.work import REST, given_by, work_of
from autograder.records.results import Result
from autograder.records.submission import Cell
from likeness.pupils import class_of, results_of, truth

TEMPLATE = store.template_of(ASSIGNMENT)
GIVEN = given_by(ASSIGNMENT, TEMPLATE)
QUESTIONS = [question.id for question in ASSIGNMENT.questions]
OPERATORS = ("+", "-", "*", "/", "//", "%", "**", "@", "&", "|", "^", "<<")


def own_code(seed: int, lines: int = 12) -> str:
    """Code with a structure that only one author has: a chain of operators drawn by `seed`."""
    rows = [f"def helper_{seed}(a, b):"]
    for n in range(lines):
        picked = [OPERATORS[(seed * (n + 3) + k * (seed + n) + k * k) % len(OPERATORS)] for k in range(8)]
        rows.append("    a = " + " ".join(f"b {sign}" for sign in picked) + f" ({n} if a else b)")
    return "\n".join([*rows, "    return a", ""])


def work(name: str, *sources: str) -> Result:
    result = paper(name, cells=[Cell(f"cell {i}", source) for i, source in enumerate(sources)])
    digest = hashlib.sha256("".join(sources).encode("utf-8", "replace")).hexdigest()
    return replace(result, submission=replace(result.submission, sha256=digest))


def ranked(results: Sequence[Result], others: Sequence[str] = ()) -> Ranking:
    works = store.works({r.submission.id: r for r in results}, ASSIGNMENT)
    return rank(works, QUESTIONS, others)


def out(ranking: Ranking) -> list[tuple[str, str]]:
    return [(pair.first, pair.second) for pair in ranking.standing_out]


def test_only_a_copy_with_changed_names_and_comments_stands_out() -> None:
    copied = re.sub(r"\bb\b", "value", re.sub(r"\ba\b", "total", own_code(5).replace("helper_5", "mine")))
    others = [work(f"s{i}", own_code(i + 6)) for i in range(8)]
    ranking = ranked([*others, work("ada", own_code(5)), work("bob", "# mine\n" + copied)])
    assert out(ranking) == [("ada", "bob")]
    assert not ranking.pairs[0].identical


@pytest.mark.parametrize("formatted", [False, True])
def test_code_from_the_template_does_not_count_even_after_a_formatter(formatted: bool) -> None:
    text = ast.unparse(ast.parse(TEMPLATE)) if formatted else TEMPLATE
    assert work_of("ada", "", [Cell("cell", text)], GIVEN).spots == ()
    ranking = ranked([work(name, text, own_code(seed)) for seed, name in enumerate(("ada", "bob", "eve"), 1)])
    assert out(ranking) == []


def test_given_code_that_a_student_changed_counts_only_where_it_was_changed() -> None:
    changed = TEMPLATE.replace('layout="constrained"', 'layout="tight", dpi=mine(96)', 1)
    grams = work_of("ada", "", [Cell("cell", changed)], GIVEN).grams
    assert 0 < len(grams) < FEWEST


def test_helpers_belong_to_the_questions_that_use_them() -> None:
    source = (
        "def step(q):\n    return q.sum()\ndef unused(q):\n    return q.min()\n"
        "def find_elbow(dims, errors):\n    return step(dims)\n"
    )
    spots = work_of("ada", "", [Cell("cell", source)], GIVEN).spots
    assert {(spot.first, spot.question) for spot in spots} == {
        *((1, "sweep"), (2, "sweep"), (3, REST), (4, REST), (5, "sweep"), (6, "sweep"))
    }


def test_identical_files_are_named_as_such_and_come_first() -> None:
    results = [work("ada", own_code(4)), work("bob", own_code(4)), work("eve", own_code(9))]
    first = ranked(results).pairs[0]
    assert (first.first, first.second, first.identical) == ("ada", "bob", True)


def test_equal_files_with_next_to_no_code_of_their_own_do_not_stand_out() -> None:
    results = [work(name, TEMPLATE, "x = 1\n") for name in ("ada", "bob")]
    assert out(ranked([*results, *(work(f"s{i}", own_code(i)) for i in range(4))])) == []


def test_pairs_within_another_class_are_left_out() -> None:
    results = [work("ada", own_code(5)), work("bob", own_code(7)), work("2025/eve", own_code(5))]
    more = [work("2025/tom", own_code(7)), work("2025/kim", own_code(7))]
    ranking = ranked([*results, *more], ["2025/eve", "2025/tom", "2025/kim"])
    assert {frozenset(pair) for pair in out(ranking)} == {
        frozenset(pair) for pair in (("ada", "2025/eve"), ("bob", "2025/tom"), ("bob", "2025/kim"))
    }
    assert sum(ranking.counts) == 1 + 2 * 3


def test_groups_are_joined_through_common_members() -> None:
    pair = ranked([work("ada", own_code(5)), work("bob", own_code(5)), work("eve", own_code(9))]).pairs[0]
    pairs = [replace(pair, first=a, second=b) for a, b in (("a", "b"), ("d", "e"), ("c", "b"), ("x", "y"))]
    joined = Ranking((*pairs, replace(pair, first="y", second="z", identical=False, share=0.1)), 0.5, ())
    assert joined.groups() == (("a", "b", "c"), ("d", "e"), ("x", "y"))


@pytest.mark.parametrize(
    ("size", "group"),
    [
        (2, 2),
        (3, 2),
        (3, 3),
        (6, 2),
        (6, 5),
        (12, 3),
        (12, 7),
        (30, 4),
        (30, 15),
        (60, 7),
        (60, 25),
        (120, 7),
    ],
)
def test_a_group_of_every_size_stands_out_in_a_class_of_every_size(size: int, group: int) -> None:
    """A group hands in one work with other names or layout; everybody else works alone."""
    pupils = class_of(7000 + size + group, size - group, [group - 1], ["verbatim", "renamed", "commented"])
    ranking = ranked(results_of(pupils))
    assert {frozenset(pair) for pair in out(ranking)} == truth(pupils).keys()
    assert [len(found) for found in ranking.groups()] == [group]


@pytest.mark.parametrize("size", [2, 3, 6, 12, 30, 60])
def test_a_class_in_which_all_work_alone_raises_no_alarm(size: int) -> None:
    assert out(ranked(results_of(class_of(8000 + size, size, [])))) == []


def test_a_class_without_code_to_compare_has_no_pairs() -> None:
    assert ranked([]).pairs == ()
    assert out(ranked([work("ada", ""), work("bob", ""), work("eve", "x = 1")])) == []


def test_the_ranking_is_computed_once_for_the_same_submissions(tmp_path: Path) -> None:
    results = [work("ada", own_code(5)), work("bob", own_code(5))]
    ranking = store.look(results, ASSIGNMENT, tmp_path).ranking
    path = tmp_path / store.FILE
    path.write_text(path.read_text().replace(f'"limit": {ranking.limit}', '"limit": 0.123'))
    assert store.look(results, ASSIGNMENT, tmp_path).ranking == replace(ranking, limit=0.123)
    more = [*results, work("eve", own_code(9))]
    assert len(store.look(more, ASSIGNMENT, tmp_path).ranking.pairs) == 3
    path.write_text("cut sho")
    assert store.look(results, ASSIGNMENT, tmp_path).ranking == ranking


def test_the_folders_that_a_class_was_compared_with_are_kept(tmp_path: Path) -> None:
    assert store.against(tmp_path) == ()
    last_year = {"/old": [work("ada", own_code(5))]}
    look = store.look([work("ada", own_code(5))], ASSIGNMENT, tmp_path, last_year)
    assert out(look.ranking) == [("/old/ada", "ada")]
    assert look.others == {"/old/ada"}
    assert store.against(tmp_path) == ("/old",)
