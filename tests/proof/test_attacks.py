"""Hostile submissions gain no point, learn no hidden value, lose no check and affect no other submission.

These tests grade a selection with the first and last check of each question and visibility; `make attacks`
grades all of them in full.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from autograder import grading
from autograder.errors import UsageError
from autograder.grading import one, setting
from autograder.intake import finding
from autograder.judge import plugin
from autograder.pages import feedback
from autograder.proof import attacks, corpus
from autograder.proof.attacks import Outcome
from autograder.proof.corpus import Sample
from autograder.records import assignment as assignments
from autograder.records import results
from autograder.records.results import CheckResult, Fault, Result, SubmissionInfo
from autograder.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
WHOLE = assignments.load(ROOT / "assignments/latent_space/assignment.toml")
QUICK = replace(WHOLE.limits, load_seconds=20, check_cpu_seconds=2, check_wall_seconds=5)
ASSIGNMENT = replace(WHOLE, limits=QUICK)
ALL = {s.name: s for s in corpus.load() if s.attack}  # without the six that edit the solution
RULES = plugin.run(WHOLE, None, ("public", "hidden"))[0]
SLOW = {"a15", "e05", "e06", "f01", "f02", "f06", "f12", "h03", "i19", "j12", "j31"}  # they end at a limit
LEAVING = ["d03_background_rewriter", "h05_left_for_the_next", "j08_daemon_disturbs"]
QUIET = [name for name in ALL if name[:3] not in SLOW and name not in LEAVING]
TELLING = [
    name for name in QUIET if name[0] in "cj"
]  # attacks that try to learn or reveal more than they should
DOCKER = sorted({*QUIET[::4], *TELLING[::2], "f04_endless_loop", "f02_memory"})
USER = ["c06_proc", "f03_deep_folders", "h01_exfiltration", "h08_kernel", "j06_everything_killed"]


def chosen() -> tuple[str, ...]:
    """Return the ids of the first and the last check of each question and visibility."""
    groups: dict[tuple[str, str], list[str]] = {}
    for rule in RULES:
        groups.setdefault((rule.question, rule.visibility), []).append(rule.id)
    return tuple(dict.fromkeys(i for group in groups.values() for i in (group[0], group[-1])))


ONLY = chosen()


def attacked(
    sample: Sample, kind: str, sandbox: Sandbox, folder: Path, only: tuple[str, ...] = ONLY
) -> Outcome:
    corpus.build([sample], folder)
    (work,) = finding.find([folder], ASSIGNMENT)
    result = grading.grade(work, ASSIGNMENT, sandbox, only=only)
    return attacks.judge(sample, kind, result, ASSIGNMENT, len(only))


@pytest.fixture(scope="module")
def user_sandbox() -> Sandbox:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("needs root on Linux, to change user ids")
    return setting.sandbox_of("user")


def test_at_least_130_attacks_exist_and_60_are_tried_here() -> None:
    assert len(ALL) >= 130
    assert len({*DOCKER, *USER, *LEAVING}) >= 60
    assert {name[0] for name in DOCKER} == {name[0] for name in ALL}


@pytest.mark.parametrize("name", DOCKER)
def test_an_attack_fails_in_a_container(name: str, docker: Sandbox, tmp_path: Path) -> None:
    outcome = attacked(ALL[name], "docker", docker, tmp_path / "in")
    assert not outcome.faults, outcome.result


@pytest.mark.parametrize("name", USER)
def test_an_attack_fails_under_another_user(name: str, user_sandbox: Sandbox, tmp_path: Path) -> None:
    outcome = attacked(ALL[name], "user", user_sandbox, tmp_path / "in")
    assert not outcome.faults, outcome.result


def test_an_attack_does_not_affect_the_next_submission(docker: Sandbox, tmp_path: Path) -> None:
    (solution,) = finding.find([ROOT / "solutions/latent_space/latent_space.py"], WHOLE)
    before = grading.grade(solution, WHOLE, docker, only=ONLY)
    for name in LEAVING:
        outcome = attacked(ALL[name], "docker", docker, tmp_path / name, ONLY[::2])
        assert not outcome.faults, outcome.result
    after = grading.grade(solution, WHOLE, docker, only=ONLY)
    assert results.without_timing(before) == results.without_timing(after)
    assert all(check.outcome == "passed" for check in after.checks), after


# --- the judging of attacks ---------------------------------------------------------------------------------

SAMPLE = replace(ALL["c05_echo"], flag="left running")


def result(what: str = "wrong", visibility: str = "hidden", **facts: object) -> Result:
    check = CheckResult("q.c", "model", visibility, "T", "failed", 0, 1, Fault(what))  # type: ignore[arg-type]
    made = Result(SubmissionInfo("ada", "ada", "f.py", "0"), "graded", None, 0, 90, (), (check,))
    made = replace(made, questions=one.totals([check], WHOLE), flags=("processes were left running",))
    made = replace(made, provenance={"kit": "0", "suite": "0" * 64})
    return replace(made, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "kind", "fault"),
    [
        (result(status="ungraded", score=None), "lost", "expected graded, got ungraded"),
        (result(status="rejected"), "other", "expected graded, got rejected"),
        (result(score=4), "other", "expected 0 points, got 4"),
        (result(checks=()), "lost", "expected 1 checks, got 0"),
        (result(timing={"seconds": 10_000.0}), "other", "expected an end within 610 s, took 10000 s"),
        (result(flags=()), "other", "expected a flag that says 'left running', got"),
        (result("your code raised STOLEN", "public"), "leaked", "the page says 'STOLEN'"),
        (result("got shape (98765432,)"), "leaked", "the page says '98765432'"),
        (result("you said ECHO 0.25"), "leaked", "a hidden check repeats its inputs"),
        (result(notes=("ECHO 0.25",)), "leaked", "a hidden check repeats its inputs"),
        (result("student.call('f')", "public"), "leaked", "the page contains code of a suite: student.call("),
    ],
)
def test_everything_wrong_with_an_outcome_is_reported(outcome: Result, kind: str, fault: str) -> None:
    (problem,) = attacks.judge(SAMPLE, "docker", outcome, ASSIGNMENT, 1).faults
    assert fault in problem.text
    assert problem.kind == kind


def test_a_corpus_without_attacks_raises_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("autograder.proof.corpus.load", lambda folder: [])
    with pytest.raises(UsageError, match="expected hostile samples, got none; add some"):
        attacks.run(ASSIGNMENT, ["docker"], tmp_path / "out", 1)


def test_a_public_check_may_repeat_its_inputs() -> None:
    assert attacks.judge(SAMPLE, "docker", result("ECHO 0.25", "public"), ASSIGNMENT, 1).faults == ()


def test_a_student_reads_a_neutral_sentence_where_staff_see_a_flag() -> None:
    page = feedback.page_of(result(), WHOLE)
    assert "Something unusual happened" in page
    assert "left running" not in page
    assert "Something unusual" not in feedback.page_of(result(flags=()), WHOLE)


def test_the_table_has_a_row_per_attack_and_sandbox_and_the_sums() -> None:
    good = attacks.judge(SAMPLE, "docker", result(), ASSIGNMENT, 1)
    bad = attacks.judge(SAMPLE, "user", result(score=4), ASSIGNMENT, 1)
    stolen = attacks.judge(SAMPLE, "user", result("STOLEN", "public"), ASSIGNMENT, 2)
    text = attacks.table([good, bad, stolen])
    assert "In all: 4 points gained, 2 of 3 outcomes not as they should be." in text
    rows = [line for line in text.splitlines() if line.startswith("| C05")]
    assert [row.split(" | ")[2:7] for row in rows] == [
        ["docker", "1 failed", "0", "nothing", "nothing"],
        ["user", "1 failed", "4", "nothing", "nothing"],
        ["user", "1 failed", "0", "the page says 'STOLEN'", "expected 2 checks, got 1"],
    ]
