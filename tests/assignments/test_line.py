"""The whole pipeline on sample submissions: every sample gets the result that it declares.

Here eight samples of each kind are graded; `make prove` grades all of them. Harmless samples share a worker,
as they do there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder import grading
from autograder.errors import SandboxError
from autograder.intake import finding
from autograder.proof import corpus, tables
from autograder.proof.prove import problems_of
from autograder.records import assignment as assignments
from autograder.records import results, words
from autograder.records.results import Result
from autograder.sandbox import Sandbox
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.kept import KeptSandbox
from autograder.sandbox.process import ProcessSandbox

ROOT = Path(__file__).parents[2]
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")
ALL = corpus.load(ROOT / "solutions/latent_space/submissions")
SAMPLES = corpus.spread([s for s in ALL if s.kind != "hostile"], 8)  # hostile ones: test_attacks.py
MESSAGES = ROOT / "docs/proof/messages.md"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """Docker if the engine and the image are available (always in CI), otherwise a plain process."""
    try:
        docker = DockerSandbox()
        docker.identity()
    except SandboxError:
        if os.environ.get("LATENTLAB_REQUIRE_DOCKER") == "1":
            raise
        return ProcessSandbox()
    return docker


@pytest.fixture(scope="module")
def shared(sandbox: Sandbox) -> Iterator[Sandbox]:
    """One worker for many harmless samples."""
    kept = KeptSandbox(sandbox)
    yield kept
    kept.close()


def blurred(text: str) -> str:
    """Return a text without its numbers, whose last digits differ between machines."""
    return re.sub(r"\d+(?:\.\d+)?(?:e-?\d+)?", "#", text)


def graded(path: Path, sandbox: Sandbox) -> Result:
    (submission,) = finding.find([path], ASSIGNMENT)
    return grading.grade(submission, ASSIGNMENT, sandbox)


def lost(result: Result) -> set[str]:
    return {q.id for q in result.questions if q.score < q.max_score}


def report(result: Result) -> str:
    failed = [f"{c.id}: {c.outcome}: {words.for_staff(c)}" for c in result.checks if c.outcome != "passed"]
    return "\n".join([f"{result.status} {result.score}/{result.max_score} {result.reason}", *failed])


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.kind}-{sample.name}")
def test_a_sample_gets_what_it_declares(
    sample: corpus.Sample,
    sandbox: Sandbox,
    shared: Sandbox,
    tmp_path: Path,
    is_older: Callable[[str], bool],
) -> None:
    corpus.build([sample], tmp_path)
    (folder,) = tmp_path.iterdir()
    harmless = sample.kind in ("correct", "mistaken", "cheating")
    result = graded(folder, shared if harmless else sandbox)
    assert result.status == sample.status, report(result)
    if sample.loses is not None and sample.status == "graded":
        assert lost(result) == set(sample.loses), report(result)
    if sample.score is not None:
        assert result.score == sample.score, report(result)
    texts = "\n".join([result.reason or "", *map(words.for_students, result.checks)])
    assert sample.cause.lower() in texts.lower(), texts
    assert [problem.text for problem in problems_of(sample, result)] == []
    if sample.kind == "mistaken" and not is_older("messages.md"):  # the table matches today's suite
        assert blurred(tables.message_row(sample, result)) in blurred(MESSAGES.read_text(encoding="utf-8"))


def test_the_solution_scores_full_marks(sandbox: Sandbox) -> None:
    result = graded(ROOT / "solutions/latent_space/latent_space.py", sandbox)
    assert (result.status, result.score) == ("graded", ASSIGNMENT.max_score), report(result)


def test_the_notebook_and_the_script_get_the_same_result(sandbox: Sandbox) -> None:
    folder = ROOT / "solutions/latent_space"
    script = graded(folder / "latent_space.py", sandbox)
    notebook = graded(folder / "latent_space.ipynb", sandbox)
    assert [(c.id, c.outcome, c.points) for c in script.checks] == [
        (c.id, c.outcome, c.points) for c in notebook.checks
    ]


def test_the_template_scores_nothing_and_says_what_to_do_next(sandbox: Sandbox) -> None:
    result = graded(ROOT / "assignments/latent_space/latent_space.py", sandbox)
    assert (result.status, result.score) == ("graded", 0), report(result)
    for question in ASSIGNMENT.questions:
        public = [c for c in result.checks if c.question == question.id and c.visibility == "public"]
        messages = [words.for_students(check) for check in public]
        assert any("is not written yet" in message for message in messages), messages


def test_two_runs_agree_byte_for_byte_except_for_seconds(sandbox: Sandbox) -> None:
    path = ROOT / "solutions/latent_space/latent_space.py"
    first, second = graded(path, sandbox), graded(path, sandbox)
    assert results.without_timing(first) == results.without_timing(second)
