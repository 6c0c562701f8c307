"""Packing: unwritten functions in order, unanswered questions by their titles, the receipt in the zip."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.doors import packing
from autograder.records import assignment
from autograder.records.submission import digest

ROOT = Path(__file__).parents[2]
WHOLE = assignment.load(ROOT / "assignments/latent_space/assignment.toml")
TITLES = "What each loss does to the pictures; What the latent space tells"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The template's script."""
    path = tmp_path / "latent_space.py"
    path.write_text((ROOT / "assignments/latent_space" / path.name).read_text())
    return path


def test_unwritten_functions_are_named_in_the_order_of_the_file(script: Path) -> None:
    (unwritten, *_) = packing.pack(script, WHOLE).notes
    names = unwritten.removeprefix("not written yet: ").partition(";")[0].split(", ")
    assert names[0] == "AutoencoderWithAnalysis.__init__"
    assert names[4:6] == ["mse_loss", "bce_loss"]
    assert names[-1] == "decode_arithmetic"


@pytest.mark.parametrize("ending", [".py", ".ipynb"])
def test_written_questions_without_an_answer_are_named(ending: str, tmp_path: Path) -> None:
    work = tmp_path / f"latent_space{ending}"
    text = (ROOT / "assignments/latent_space" / work.name).read_text()
    work.write_text(text)
    assert packing.pack(work, WHOLE).notes[1] == f"no answer yet to: {TITLES}; a person marks these"
    work.write_text(text.replace("*Your answer:*", "The mean blurs.", 1))
    assert packing.pack(work, WHOLE).notes[1].startswith("no answer yet to: What the latent space tells;")
    work.write_text(text.replace("*Your answer:*", "*Your answer:* it blurs"))
    assert "no answer" not in "".join(packing.pack(work, WHOLE).notes)


def test_an_answer_below_the_prompt_counts(tmp_path: Path) -> None:
    notebook = nbformat.read(ROOT / "assignments/latent_space/latent_space.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.source == "*Your answer:*":
            cell.source += "\n\nThe mean blurs."
    work = tmp_path / "latent_space.ipynb"
    nbformat.write(notebook, work)
    assert "no answer" not in "".join(packing.pack(work, WHOLE).notes)


def test_the_summary_is_for_a_person_and_the_receipt_is_in_the_zip(script: Path) -> None:
    packed = packing.pack(script, WHOLE)
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert archive.namelist() == ["latent_space.py", "receipt.json"]
        receipt = json.loads(archive.read("receipt.json"))
    assert receipt["sha256"] == digest(script.read_bytes())
    assert packed.summary[0] == "Latent Space and Reconstruction Loss: one file and its receipt"
    assert receipt["sha256"] in packed.summary[1]
    assert receipt["torch"] in packed.summary[2]
