"""Hostile archives: each is built, and then read or refused as its sample declares."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import AssignmentError
from autograder.intake import finding
from autograder.proof import corpus
from autograder.records import assignment as assignments

ROOT = Path(__file__).parents[2]
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")
SAMPLES = [s for s in corpus.load() if s.archive]
MAKERS = runpy.run_path(str(ROOT / "solutions/latent_space/submissions/hostile/archives.py"))["MAKERS"]


def test_every_maker_is_used_by_an_attack() -> None:
    assert {sample.archive for sample in SAMPLES} == set(MAKERS)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_an_archive_is_read_or_refused_and_writes_no_file(sample: corpus.Sample, tmp_path: Path) -> None:
    corpus.build([sample], tmp_path / "in")
    made = {path for path in tmp_path.rglob("*") if path.is_file()}
    (work,) = finding.find([tmp_path / "in"], ASSIGNMENT)
    assert (work.rejected is not None) == (sample.status == "rejected"), work.rejected
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == made
    assert not any(
        Path(f"/tmp/{name}").exists() for name in ("owned.py", "owned-by-magic", "owned-by-weights")
    )
    assert work.student == sample.id
    assert all(cell.source.count("class AutoencoderWithAnalysis") <= 1 for cell in work.cells)


def test_an_unknown_kind_of_archive_raises_an_error() -> None:
    with pytest.raises(AssignmentError, match=r"no archive 'odd'; expected one of absolute, another_student"):
        corpus.archive(replace(SAMPLES[0], archive="odd"), "")
