"""Helpers: files beside the work that its code imports are read, judged and part of what was handed in."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from autograder.intake import finding
from autograder.records import assignment as assignments
from autograder.records.places import CHECKOUT
from autograder.records.submission import Submission

ASSIGNMENT = assignments.load(CHECKOUT / "assignments/latent_space/assignment.toml")
WORK = "from training import *\nmodel = AutoencoderWithAnalysis = open('weights.csv')\n"
FILES = {
    "latent_space.py": WORK,
    "training.py": "import lab.steps\n",
    "lab/steps.py": "steps = 1\n",
    "draft.py": "steps = 2\n",
    "weights.csv": "1",
}


def handed_in(folder: Path, **changed: str) -> Submission:
    for name, text in {**FILES, **{f"{key}.py": text for key, text in changed.items()}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (found,) = finding.find([folder], ASSIGNMENT)
    return found


def test_files_that_the_code_imports_are_read_and_others_are_not(tmp_path: Path) -> None:
    found = handed_in(tmp_path)
    assert [cell.name for cell in found.cells] == ["latent_space.py", "training.py", "lab/steps.py"]
    assert "read with it, since it imports them: training.py, lab/steps.py" in found.notes


def test_a_data_file_that_the_code_names_is_said_not_to_be_there(tmp_path: Path) -> None:
    told = [note for note in handed_in(tmp_path).notes if "weights.csv" in note]
    assert told == [
        "weights.csv was handed in, but is not there in grading: write what your code needs of it "
        "into your code"
    ]


def test_a_changed_helper_is_other_work_and_a_changed_draft_is_not(tmp_path: Path) -> None:
    first = handed_in(tmp_path).sha256
    assert handed_in(tmp_path, draft="steps = 3\n").sha256 == first
    assert handed_in(tmp_path, training="import lab.steps  # more\n").sha256 != first


def test_the_graded_file_is_found_again_by_its_code_and_its_helpers(tmp_path: Path) -> None:
    assert finding.reopen(handed_in(tmp_path), ASSIGNMENT) == ("latent_space.py", WORK)


def test_helpers_are_read_from_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "ada.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(f"lab1/{name}", text)
    (found,) = finding.find([tmp_path / "ada.zip"], ASSIGNMENT)
    assert [cell.name for cell in found.cells][1:] == ["training.py", "lab/steps.py"]
    assert any("weights.csv" in note for note in found.notes)


@pytest.mark.parametrize("name", ["my-training", "2"])
def test_a_file_that_cannot_be_imported_is_no_helper(tmp_path: Path, name: str) -> None:
    assert len(handed_in(tmp_path, **{name: "steps = 1"}).cells) == 3
