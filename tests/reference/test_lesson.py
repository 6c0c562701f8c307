"""The lesson's notebook runs from top to bottom in a folder of its own, and shows what it announces."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import reference

NOTEBOOK = Path(reference.__file__).parent / "lesson.ipynb"
FIGURES = 5


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    elsewhere = {"metadata": {"path": str(tmp_path_factory.mktemp("elsewhere"))}}
    return NotebookClient(notebook, timeout=600, kernel_name="python3", resources=elsewhere).execute()


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def printed(notebook):
    return "".join(output.text for output in outputs(notebook) if output.output_type == "stream")


def words(text):
    """The text without its numbers, which differ a little from machine to machine."""
    return re.sub(r"\d+(\.\d+)?", "#", text).split()


def test_every_figure_is_drawn_once(executed):
    assert sum("image/png" in output.get("data", {}) for output in outputs(executed)) == FIGURES


def test_the_kept_outputs_are_those_of_the_kept_code(executed):
    kept = nbformat.read(NOTEBOOK, as_version=4)
    assert words(printed(kept)) == words(printed(executed))
    assert sum("image/png" in output.get("data", {}) for output in outputs(kept)) == FIGURES


def test_training_lowers_the_loss(executed):
    first, last = re.search(r"first epoch ([\d.]+), last epoch ([\d.]+)", printed(executed)).groups()
    assert float(last) < 0.5 * float(first)
