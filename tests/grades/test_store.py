"""Results on disk: earlier results are kept, and a failure of the grader never removes a score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.grades.store import Store
from autograder.records import results
from autograder.records.results import QuestionResult, Result
from autograder.records.submission import Member, SubmissionInfo

ADA = SubmissionInfo("ada", "ada", "ada.py", "1" * 64)


def graded(score: int, sha256: str = "1" * 64, suite: str = "a") -> Result:
    who = replace(ADA, sha256=sha256)
    question = (QuestionResult("one", "One", score, 90),)
    return Result(who, "graded", None, score, 90, question, provenance={"suite": suite})


def failed(sha256: str = "1" * 64) -> Result:
    return Result(replace(ADA, sha256=sha256), "ungraded", "the engine stopped", None, 90)


def test_a_replaced_result_is_kept_with_the_earlier_ones(tmp_path: Path) -> None:
    for score in (70, 60, 65):
        assert Store(tmp_path).keep(graded(score)).score == score
    assert Store(tmp_path).current("ada") == graded(65)
    assert [result.score for result in Store(tmp_path).earlier("ada")] == [70, 60]


def test_the_same_result_again_replaces_nothing(tmp_path: Path) -> None:
    Store(tmp_path).keep(graded(70))
    Store(tmp_path).keep(replace(graded(70), timing={"seconds": 3.0}))
    named = replace(ADA, student="Ada L", members=(Member("Ada L", "s1"),))
    Store(tmp_path).keep(replace(graded(70), submission=named))
    assert Store(tmp_path).earlier("ada") == []
    assert [result.submission.student for result in Store(tmp_path).everything()] == ["Ada L"]


def test_the_best_earlier_score_of_a_rejected_submission_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    rejected = Result(replace(ADA, sha256="3" * 64), "rejected", "no code", 0, 90)
    for result in (graded(70), graded(80, "2" * 64), graded(0, "4" * 64), rejected):
        store.keep(result)
    (tmp_path / "earlier/ada/damaged.json").write_text("{")
    assert Store(tmp_path).better([rejected]) == {"ada": graded(80, "2" * 64)}
    assert store.better([graded(0)]) == {}
    assert store.better([replace(rejected, submission=replace(ADA, id="eve"))]) == {}


def test_a_grader_failure_leaves_the_score_of_the_same_work_and_is_recorded(tmp_path: Path) -> None:
    Store(tmp_path).keep(graded(70))
    assert Store(tmp_path).keep(failed()) == failed()
    assert Store(tmp_path).current("ada") == graded(70)
    assert Store(tmp_path).failure("ada") == failed()
    Store(tmp_path).keep(graded(75, suite="b"))
    assert Store(tmp_path).failure("ada") is None


def test_a_grader_failure_on_new_work_leaves_no_score_and_keeps_the_old_result(tmp_path: Path) -> None:
    Store(tmp_path).keep(graded(70))
    assert Store(tmp_path).keep(failed("2" * 64)).status == "ungraded"
    assert Store(tmp_path).everything() == [failed("2" * 64)]
    assert Store(tmp_path).earlier("ada") == [graded(70)]


def test_a_damaged_result_is_none_for_grade_and_an_error_elsewhere(tmp_path: Path) -> None:
    Store(tmp_path).keep(graded(70))
    Store(tmp_path).path_of("ada").write_text("{ half a file")
    assert Store(tmp_path).current("ada") is None
    assert Store(tmp_path).current("bob") is None
    with pytest.raises(UsageError, match=r"ada\.json: not a result file"):
        Store(tmp_path).everything()
    assert Store(tmp_path).keep(graded(60)).score == 60


def test_each_file_is_read_once_and_written_results_are_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path).keep(graded(70))
    store, read = Store(tmp_path), results.read
    seen: list[str] = []
    monkeypatch.setattr(results, "read", lambda path: seen.append(path.name) or read(path))
    assert store.current("ada") is store.everything()[0] is store.readable()[0]
    kept = store.keep(graded(75))
    assert store.current("ada") is kept
    assert [result.score for result in store.earlier("ada") + store.earlier("ada")] == [70, 70]
    assert seen[0] == "ada.json"
    assert len(seen) == 2


def test_readable_skips_damaged_files(tmp_path: Path) -> None:
    Store(tmp_path).keep(graded(70))
    (tmp_path / "results/bob.json").write_text("{ half a file")
    assert Store(tmp_path).readable() == [graded(70)]


def test_a_refreshed_store_reads_again_only_what_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, read = Store(tmp_path), list[str]()
    store.keep(graded(7))
    Store(tmp_path).keep(replace(graded(5), submission=replace(graded(5).submission, id="bob")))
    assert [result.score for result in store.everything()] == [7, 5]
    inner = results.read
    monkeypatch.setattr(results, "read", lambda path: (read.append(path.stem), inner(path))[1])
    Store(tmp_path).keep(graded(8, "2" * 64))  # another process
    store.refresh()
    assert [result.score for result in store.everything()] == [8, 5]
    assert read[-1] == graded(8).submission.id
    assert "bob" not in read
    (tmp_path / "results/bob.json").unlink()
    store.refresh()
    assert [result.score for result in store.everything()] == [8]
