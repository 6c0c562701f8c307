"""What only IPython understands becomes Python, each line on the line that it had."""

from __future__ import annotations

import json
import time

import pytest

from autograder.intake import compare
from autograder.intake.notebook import MAX_TRANSLATION, cells_of_notebook, cells_of_script
from autograder.intake.translation import COLAB, cost, python_of, script

BEGIN = "get_ipython().begin_cell"


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%%time\nx = 1\n", f"{BEGIN}('time', '')\nx = 1\n"),
        (
            "\n\n%%capture out\n!ls\nx = 1",
            f"\n\n{BEGIN}('capture', 'out')\nget_ipython().system('ls')\nx = 1\n",
        ),
        ("%%time\n\n%%capture\nx = 1", f"{BEGIN}('time', '')\n\n{BEGIN}('capture', '')\nx = 1\n"),
        ("%%memit\nx = 1", f"{BEGIN}('memit', '')\nx = 1\n"),
        ("%%sql\nselect 1", "get_ipython().run_cell_magic('sql', '', 'select 1\\n')\n"),
        ("%%writefile a.py\nx = 1", "get_ipython().run_cell_magic('writefile', 'a.py', 'x = 1\\n')\n"),
        ("    x = 1\n    y = 2", "x = 1\ny = 2\n"),
        (">>> x = 1\n>>> y = 2", "x = 1\ny = 2\n"),
        ("pip install seaborn", "get_ipython().run_line_magic('pip', 'install seaborn')\n"),
        ("%%time\nx = (", f"{BEGIN}('time', '')\nx = (\n"),
    ],
)
def test_a_cell_becomes_python_on_its_own_lines(cell: str, python: str) -> None:
    assert cost(cell) > 0
    assert python_of(cell) == python


@pytest.mark.parametrize("cell", ["", "x = 1", "pip = 1", "x = 'a?'", "def f():\n    return 1", "# %%time"])
def test_plain_python_costs_nothing(cell: str) -> None:
    assert cost(cell) == 0


def test_many_cell_magics_in_one_cell_take_no_longer_than_the_limit() -> None:
    cell = "%%memit\n" * 150 + "x = 1\n"
    assert cost(cell) < MAX_TRANSLATION
    began = time.process_time()
    python_of(cell)
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("import os\n!pip install a\nx = 1", "import os\nget_ipython().system('pip install a')\nx = 1"),
        (
            "# %%\n%%time\nx = 1\n# %%\n!ls",
            f"# %%\n{BEGIN}('time', '')\nx = 1\n# %%\nget_ipython().system('ls')",
        ),
        (f"{COLAB}\n# %matplotlib inline\nx = 1", f"{COLAB}\n# %matplotlib inline\nx = 1"),
        (
            f"{COLAB}\n# %%time\n# def f():\n#     return 1\n\nx = 1",
            f"{COLAB}\n\ndef f():\n    return 1\n\nx = 1",
        ),
        ("s = '''\n!ls\n'''", "s = '''\n!ls\n'''"),
    ],
)
def test_a_script_as_tools_write_it_becomes_python(text: str, python: str) -> None:
    assert script(text, MAX_TRANSLATION) == python
    assert cells_of_script("a.py", text)[0][0].source == python


def test_a_notebook_of_format_3_is_read_as_jupyter_upgrades_it() -> None:
    cells = [
        {"cell_type": "heading", "level": 1, "source": "Title"},
        {"cell_type": "code", "input": ["x = 1\n", "y = 2"], "language": "python", "outputs": []},
    ]
    text = json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]})
    (cell,), _ = cells_of_notebook("n.ipynb", text)
    assert (cell.name, cell.source) == ("cell 2", "x = 1\ny = 2")


def test_a_notebook_in_a_file_called_py_is_read_as_a_notebook() -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}], "nbformat": 4})
    assert [cell.name for cell in compare.cells_of("latent_space.py", text)[0]] == ["cell 1"]
    assert [cell.name for cell in compare.cells_of("latent_space.py", "{'cells': 1}")[0]] == [
        "latent_space.py"
    ]
