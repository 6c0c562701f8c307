"""Comparing results before and after a regrade."""

from __future__ import annotations

from autograder.grades.regrade import Moved, compare, lines
from autograder.records.results import CheckResult, Outcome, Result
from autograder.records.submission import SubmissionInfo

ONE = frozenset({"one"})


def check(name: str, outcome: Outcome, points: int, most: int = 4) -> CheckResult:
    return CheckResult(name, "one", "hidden", name, outcome, points, most)


def result(name: str, *checks: CheckResult) -> Result:
    score = sum(c.points for c in checks)
    return Result(SubmissionInfo(name, name, "", ""), "graded", None, score, 10, checks=checks)


def test_changes_are_listed_with_their_checks_the_greatest_loss_first() -> None:
    before = [
        result("ada", check("a", "passed", 4), check("b", "failed", 0)),
        result("bob", check("a", "passed", 4), check("old", "passed", 2, 2)),
        result("eve", check("a", "passed", 4)),
    ]
    after = [
        result("ada", check("a", "passed", 4), check("b", "passed", 4)),
        result("bob", check("a", "timeout", 0)),
        result("eve", check("a", "passed", 4)),
        result("new", check("a", "passed", 4)),
    ]
    moved = compare({r.submission.id: r for r in before}, after)
    assert moved == (
        Moved("bob", 6, 0, ("a: passed → timeout (-4)", "old: passed → gone (-2)"), ONE),
        Moved("ada", 4, 8, ("b: failed → passed (+4)",), ONE),
    )
    assert lines(moved, {"ada": ["one"], "bob": ["two"]}) == [
        "  -6  bob  6 → 0  a: passed → timeout (-4), old: passed → gone (-2)",
        "  +4  ada  4 → 8; override kept: one  b: failed → passed (+4)",
    ]


def test_a_check_worth_more_points_now_counts_as_changed() -> None:
    (moved,) = compare(
        {"ada": result("ada", check("a", "failed", 0, 4))}, [result("ada", check("a", "failed", 0, 8))]
    )
    assert (moved.gain, moved.checks) == (0, ("a: failed → failed (+0)",))


def test_a_missing_score_shows_as_none_and_long_lists_of_checks_are_cut() -> None:
    failed = Result(SubmissionInfo("ada", "ada", "", ""), "ungraded", "x", None, 10)
    checks = [check(name, "passed", 1) for name in "abcde"]
    (line,) = lines(compare({"ada": failed}, [result("ada", *checks)]), {})
    assert line == " new  ada  none → 5"
    before = {"ada": result("ada", *(check(name, "failed", 0) for name in "abcde"))}
    (line,) = lines(compare(before, [result("ada", *checks)]), {})
    assert line.startswith("  +5  ada  0 → 5  a: failed → passed (+1), b: ")
    assert line.endswith("c: failed → passed (+1), and 2 more")
