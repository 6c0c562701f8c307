"""Shortcuts change when modules are imported, never a result; another torch or the switch turns them off."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from autograder import grading
from autograder.proof import corpus
from autograder.records import assignment as assignments
from autograder.records.results import Result, without_timing
from autograder.records.submission import Submission
from autograder.release import doors
from autograder.sandbox import Sandbox
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.kept import KeptSandbox
from autograder.sandbox.process import ProcessSandbox
from autograder.sandbox.switches import SHORTCUTS

ROOT = Path(__file__).parents[3]
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")
MISTAKEN = [s for s in corpus.load(corpus.samples_of("latent_space")) if s.kind == "mistaken"]
PER_QUESTION = 2


def answer(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_another_torch_is_imported_whole(tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("import sys\nwhole = 'torch._meta_registrations' not in sys.modules\n")
    program = f"""
import sys
from autograder.worker import shortcuts
sys.path.insert(0, {str(tmp_path)!r})
before = list(sys.meta_path)
shortcuts.TORCH = "1.0"
shortcuts.importer()("torch")
print(sys.modules["torch"].whole, sys.meta_path == before, shortcuts._installed("not-there") == "")
"""
    assert answer(program) == "True True True\n"


def test_a_torch_that_is_imported_already_is_not_changed() -> None:
    program = """
import sys, torch
from autograder.worker import shortcuts
before = list(sys.meta_path), torch.optim.SGD.step.__code__
shortcuts.importer()("torch")
print((sys.meta_path, torch.optim.SGD.step.__code__) == before)
"""
    assert answer(program) == "True\n"


def test_nothing_is_deferred_when_shortcuts_are_off() -> None:
    program = """
import sys
from autograder.worker.warm import warm_up
warm_up(["matplotlib.pyplot", "torch"], {})
print(*(name in sys.modules for name in ("torch._dynamo", "torch._meta_registrations", "matplotlib.figure")))
"""
    assert answer(program.format(False)) == "True True True\n"
    assert answer(program.format(True)).startswith("False False ")


def samples() -> Iterator[tuple[Submission, tuple[str, ...]]]:
    """The solution as a script and as a notebook, and mistakes in each question with its id."""
    for path in sorted((ROOT / "solutions/latent_space").glob("latent_space.*")):
        yield doors.submission(path.name, path.read_bytes(), ASSIGNMENT), ()
    for question in ASSIGNMENT.questions:
        for sample in [s for s in MISTAKEN if s.loses == (question.id,)][:PER_QUESTION]:
            name, text = corpus.source(sample)
            yield doors.submission(name, text.encode(), ASSIGNMENT), (question.id,)


def graded(sandbox: Sandbox) -> list[Result]:
    kept = KeptSandbox(sandbox)
    try:
        return [grading.grade(work, ASSIGNMENT, kept, only=only) for work, only in samples()]
    finally:
        kept.close()


def both(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> list[list[Result]]:
    """The samples' results with shortcuts and without them."""
    monkeypatch.delenv(SHORTCUTS, raising=False)
    short = graded(sandbox)
    monkeypatch.setenv(SHORTCUTS, "off")
    return [short, graded(sandbox)]


def as_bytes(results: list[Result]) -> list[str]:
    return [json.dumps(without_timing(result), default=asdict, indent=1) for result in results]


def compiler_note(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, value: str) -> str:
    """The note on student code that raises whether the compiler is imported in its worker."""
    monkeypatch.setenv(SHORTCUTS, value)
    spy = b"import sys\nraise ValueError('torch._dynamo' in sys.modules)\n"
    return grading.grade(doors.submission("latent_space.py", spy, ASSIGNMENT), ASSIGNMENT, sandbox).notes[0]


def require_equal_results(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    short, whole = both(sandbox, monkeypatch)
    assert len(short) == 2 + PER_QUESTION * len(ASSIGNMENT.questions)
    assert [result.score for result in short[:2]] == [ASSIGNMENT.max_score] * 2
    assert all(result.score < ASSIGNMENT.max_score for result in short[2:])
    assert as_bytes(short) == as_bytes(whole)
    assert "ValueError: False" in compiler_note(sandbox, monkeypatch, "on")
    assert "ValueError: True" in compiler_note(sandbox, monkeypatch, "off")


def test_results_are_the_same_without_shortcuts(monkeypatch: pytest.MonkeyPatch) -> None:
    require_equal_results(ProcessSandbox(), monkeypatch)


@pytest.mark.docker
def test_results_are_the_same_without_shortcuts_in_docker(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_equal_results(docker, monkeypatch)
