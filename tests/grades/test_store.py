"""Results on disk: what counted before is kept, and our own failure never takes a score away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.grades import store
from autograder.records.results import QuestionResult, Result
from autograder.records.submission import Member, SubmissionInfo

ADA = SubmissionInfo("ada", "ada", "ada.py", "1" * 64)


def graded(score: int, sha256: str = "1" * 64, suite: str = "a") -> Result:
    who = replace(ADA, sha256=sha256)
    question = (QuestionResult("one", "One", score, 90),)
    return Result(who, "graded", None, score, 90, question, provenance={"suite": suite})


def failed(sha256: str = "1" * 64) -> Result:
    return Result(replace(ADA, sha256=sha256), "ungraded", "the engine stopped", None, 90)


def test_a_result_that_is_replaced_is_kept_with_the_earlier_ones(tmp_path: Path) -> None:
    for score in (70, 60, 65):
        assert store.keep(graded(score), tmp_path).score == score
    assert store.current("ada", tmp_path) == graded(65)
    assert [result.score for result in store.earlier("ada", tmp_path)] == [70, 60]


def test_the_same_result_again_replaces_nothing(tmp_path: Path) -> None:
    store.keep(graded(70), tmp_path)
    store.keep(replace(graded(70), timing={"seconds": 3.0}), tmp_path)
    named = replace(ADA, student="Ada L", members=(Member("Ada L", "s1"),))
    store.keep(replace(graded(70), submission=named), tmp_path)
    assert store.earlier("ada", tmp_path) == []
    assert [result.submission.student for result in store.everything(tmp_path)] == ["Ada L"]


def test_our_failure_leaves_the_score_of_the_same_work_and_is_remembered(tmp_path: Path) -> None:
    store.keep(graded(70), tmp_path)
    assert store.keep(failed(), tmp_path).score == 70
    assert store.current("ada", tmp_path) == graded(70)
    assert store.failure("ada", tmp_path) == failed()
    store.keep(graded(75, suite="b"), tmp_path)
    assert store.failure("ada", tmp_path) is None


def test_our_failure_on_other_work_leaves_no_score_and_keeps_the_old_one_aside(tmp_path: Path) -> None:
    store.keep(graded(70), tmp_path)
    assert store.keep(failed("2" * 64), tmp_path).status == "ungraded"
    assert store.everything(tmp_path) == [failed("2" * 64)]
    assert store.earlier("ada", tmp_path) == [graded(70)]


def test_a_file_that_is_no_result_is_none_for_grade_and_named_for_everybody_else(tmp_path: Path) -> None:
    store.keep(graded(70), tmp_path)
    store.path_of("ada", tmp_path).write_text("{ half a file")
    assert store.current("ada", tmp_path) is None
    assert store.current("bob", tmp_path) is None
    with pytest.raises(UsageError, match=r"ada\.json: not a result file"):
        store.everything(tmp_path)
    assert store.keep(graded(60), tmp_path).score == 60
