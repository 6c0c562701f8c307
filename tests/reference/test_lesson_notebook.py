"""The lesson's notebook runs from top to bottom in a folder of its own, and says what the numbers say."""

from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

import reference
from reference.report import curve
from reference.report.kept import as_markdown, numbers
from reference.report.tables import Table
from reference.report.words import values

NOTEBOOK = Path(reference.__file__).parent / "lesson.ipynb"
FIGURES = 10


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    elsewhere = {"metadata": {"path": str(tmp_path_factory.mktemp("elsewhere"))}}
    return NotebookClient(notebook, timeout=600, kernel_name="python3", resources=elsewhere).execute()


def shown(notebook, kind):
    data = [o.get("data", {}) for cell in notebook.cells for o in cell.get("outputs", [])]
    return [d[kind] for d in data if kind in d]


def test_every_figure_is_drawn_once(executed):
    assert len(shown(executed, "image/png")) == FIGURES


def test_the_kept_sentences_and_tables_are_those_of_the_kept_numbers(executed):
    kept = nbformat.read(NOTEBOOK, as_version=4)
    assert shown(kept, "text/markdown") == shown(executed, "text/markdown")
    assert len(shown(kept, "image/png")) == FIGURES


@pytest.mark.parametrize("data", ["digits", "mnist"])
def test_what_the_text_says_of_the_sweep_holds(data):
    settings, seeds = numbers(data)
    assert curve.elbow(settings, seeds) == {"digits": 8, "mnist": 16}[data]
    errors = values(seeds, "errors")
    assert {max(by_class, key=by_class.get) for by_class in errors} == {"8"}
    neighbours = np.mean(values(seeds, "properties", "autoencoder, k = 2", "5-NN accuracy"))
    assert neighbours < 0.8


def test_what_the_text_says_of_the_digits_holds():
    settings, seeds = numbers("digits")
    said = " ".join(curve.about_the_sweep(settings, seeds))
    assert "No fall can be told from k = 8 to 16, 16 to 32 and 32 to 64." in said
    assert "PCA, which needs no training, beats it at k = 16, 32 and 64." in said
    assert "All 6 ways of looking name the same one." in said
    known = [np.mean(values(seeds, "known", name), axis=0) for name in ("errors", "pca")]
    assert known[0][2] / known[0][3] > 50


def test_numbers_that_no_report_left_are_missed_by_name():
    with pytest.raises(FileNotFoundError, match=r"fashion: expected the numbers of its report in "):
        numbers("fashion")


def test_a_table_in_markdown_keeps_numbers_on_one_line():
    table = Table("Sizes", ["what", "|x|"], [["k = 2", "1.0 ± 0.1"]])
    assert as_markdown(table).split("\n") == [
        "**Sizes**",
        "",
        "| what | \\|x\\| |",
        "| --- | --- |",
        "| k\u00a0=\u00a02 | 1.0\u00a0±\u00a00.1 |",
    ]
