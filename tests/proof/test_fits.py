"""Every faulty assignment of the list is refused before anything is graded, with the place and what to do."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import faulty
import pytest
from click.testing import CliRunner
from faulty import MISTAKES, Mistake

from autograder.cli import main
from autograder.errors import AssignmentError, LatentLabError
from autograder.proof import attacks, corpus, fits, prove, secrets
from autograder.records import assignment as assignments
from autograder.records.assignment import Assignment
from autograder.records.places import ASSIGNMENTS


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sound")
    faulty.made(root)
    return root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path / "changed")
    return tmp_path / "changed"


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if m.says], ids=lambda mistake: mistake.name)
def test_a_mistake_is_refused_with_its_place_and_what_to_do(mistake: Mistake, root: Path) -> None:
    mistake.make(root)
    began = time.monotonic()
    with pytest.raises(LatentLabError) as caught:
        prove.prepared(faulty.loaded(root), root / faulty.SAMPLES)
    text = str(caught.value)
    assert [words for words in (mistake.place(root), *mistake.says) if words not in text] == [], text
    assert time.monotonic() - began < 10
    assert len(text.splitlines()) <= 6, text


@pytest.mark.parametrize("mistake", [m for m in MISTAKES if not m.says], ids=lambda mistake: mistake.name)
def test_what_is_no_mistake_is_not_refused(mistake: Mistake, root: Path) -> None:
    mistake.make(root)
    samples, rules = prove.prepared(faulty.loaded(root), root / faulty.SAMPLES)
    assert (len(samples), len(rules)) == (7, 4)


def renamed() -> Assignment:
    (assignment,) = (a for a in assignments.known() if a.name == "undercomplete_overcomplete")
    first, *others = assignment.questions
    return replace(assignment, questions=(replace(first, id="pca"), *others))


@pytest.mark.parametrize(
    "run",
    [
        lambda assignment, out: attacks.run(assignment, ["process"], out, 1),
        lambda assignment, out: secrets.run(assignment, "process", {"a": []}, out, 1),
        lambda assignment, out: prove.prove(assignment, "process", out, 1, 1),
    ],
    ids=["attacks", "secrets", "prove"],
)
def test_whatever_grades_samples_asks_first(run: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(AssignmentError, match=r"test_linear\.py: expected checks of a question of"):
        run(renamed(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_release_asks_before_it_builds(tmp_path: Path) -> None:
    for name in ("assignment.toml", "handout.md"):
        shutil.copy(ASSIGNMENTS / "undercomplete_overcomplete" / name, tmp_path)
    faulty.change(tmp_path / "handout.md", "| 10 | `sparse_loss`", "| 12 | `sparse_loss`")
    done = CliRunner().invoke(main, ["release", "9.9.9", "--dry-run", "--assignment", str(tmp_path)])
    assert done.exit_code == 2
    assert re.search(r"handout\.md:\d+: expected 10 points for sparsity, as in .*, got 12", done.output)


def test_a_fault_of_many_samples_is_one_line_with_a_few_of_their_names() -> None:
    (assignment,) = (a for a in assignments.known() if a.name == "undercomplete_overcomplete")
    samples = [replace(s, loses=("gone",)) for s in corpus.load(corpus.samples_of(assignment.name))]
    (fault,) = (fault for fault in fits.faults(assignment, samples) if "'gone'" in fault)
    assert "expected questions of assignment.toml (linear, sparsity, capacity, denoising) in loses" in fault
    assert fault.endswith(f" and {len(samples) - 6} more")


@pytest.mark.parametrize("name", [assignment.name for assignment in assignments.known()])
def test_the_assignments_here_have_no_fault(name: str) -> None:
    (assignment,) = (a for a in assignments.known() if a.name == name)
    fits.require(assignment, corpus.load(corpus.samples_of(name)))
