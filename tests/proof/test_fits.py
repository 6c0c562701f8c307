"""Every faulty assignment of the list is refused before anything is graded, with the place and what to do."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import faulty
import pytest
from faulty import MISTAKES, Mistake

from autograder.errors import LatentLabError
from autograder.proof import corpus, fits, prove
from autograder.records import assignment as assignments


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


@pytest.mark.parametrize("name", [assignment.name for assignment in assignments.known()])
def test_the_assignments_here_have_no_fault(name: str) -> None:
    (assignment,) = (a for a in assignments.known() if a.name == name)
    fits.require(assignment, corpus.load(corpus.samples_of(name)))
