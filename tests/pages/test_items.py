"""Statistics of a class's checks, compared with NumPy and with cases counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from papers import CHECKS, a_class, paper

from autograder.pages import items


def test_pass_rate_and_discrimination_agree_with_numpy() -> None:
    results = [r for r in a_class(30) if r.status == "graded"]
    for item in items.items(results):
        passed = np.array([next(c.points > 0 for c in r.checks if c.id == item.check.id) for r in results])
        rest = np.array(
            [(r.score or 0) - item.check.max_points * p for r, p in zip(results, passed, strict=True)]
        )
        assert item.rate == pytest.approx(passed.mean())
        if passed.all() or not passed.any():
            assert item.discrimination is None
        else:
            assert item.discrimination == pytest.approx(np.corrcoef(passed, rest)[0, 1])


def test_a_check_that_good_students_fail_is_doubted() -> None:
    good, bad = ["losses.mse"], [i for i in CHECKS if i != "losses.mse"]
    results = [paper(f"s{i}", lost=good if i % 2 else bad) for i in range(12)]
    by_check = {item.check.id: item for item in items.items(results)}
    assert "fail it more often" in by_check["losses.mse"].doubt
    assert by_check["losses.mse"].outcomes == (("failed", 6),)


def test_few_submissions_give_no_statistics() -> None:
    results = [paper(f"s{i}", lost=["losses.mse"] * (i % 2)) for i in range(items.FEWEST - 1)]
    assert all(item.discrimination is None for item in items.items(results))
    assert all(item.doubt == "" for item in items.items([paper(lost=list(CHECKS))]))


def test_checks_without_points_and_submissions_without_a_score_do_not_count() -> None:
    shown = replace(paper().checks[0], id="model.picture", points=0, max_points=0)
    results = [replace(paper(), checks=(*paper().checks, shown)), paper("bob", status="ungraded")]
    assert [item.check.id for item in items.items(results)] == list(CHECKS)
    assert {item.seen for item in items.items(results)} == {1}


def test_checks_that_the_same_submissions_fail_are_paired() -> None:
    lost = [["losses.mse", "losses.bce"]] * 4 + [["sweep.errors"]] * 4 + [[]] * 4
    (pair,) = items.together([paper(f"s{i}", lost=names) for i, names in enumerate(lost)])
    assert (pair.first, pair.second, pair.both) == ("losses.mse", "losses.bce", 4)
    assert pair.phi == pytest.approx(1.0)


def test_phi_is_the_correlation_of_failing() -> None:
    lost = [["losses.mse", "losses.bce"]] * 3 + [["losses.mse"]] * 2 + [["losses.bce"]] + [[]] * 6
    (pair,) = items.together([paper(f"s{i}", lost=names) for i, names in enumerate(lost)])
    x, y = [np.array([name in names for names in lost], float) for name in ("losses.mse", "losses.bce")]
    assert pair.phi == pytest.approx(np.corrcoef(x, y)[0, 1])
