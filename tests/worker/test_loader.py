"""Loading: as tolerant as a notebook; every statement that fails is noted with its place."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Iterator

import pytest

from autograder.worker import loader


@pytest.fixture(autouse=True)
def clean_builtins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "tqdm.notebook", sys)  # so that the original is restored
    yield
    for name in ("get_ipython", "display"):
        if hasattr(builtins, name):
            delattr(builtins, name)


def load(*sources: str) -> tuple[dict[str, object], list[str], int]:
    cells: list[list[object]] = [[f"cell {n}", source, 1] for n, source in enumerate(sources, start=1)]
    loaded = loader.load("loaded_for_a_test", cells)
    return vars(loaded.module), loaded.notes, loaded.readable


def test_names_after_a_statement_that_raises_are_still_defined() -> None:
    names, notes, _ = load("x = open('no such file')\ny = 2", "def f():\n    return y")
    assert names["f"]() == 2  # type: ignore[operator]
    (note,) = notes
    assert note.startswith("cell 1, line 1: FileNotFoundError: [Errno 2] No such file or directory")
    assert note.endswith("; skipped: fix this statement if your answers need it")


def test_notebook_progress_bars_become_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)  # which is not in the worker's image
    names, notes, _ = load(
        "from tqdm.notebook import tqdm, trange\nimport tqdm.notebook as bars",
        "def f(): return [sum(tqdm([1, 2])), len(trange(3)), len(bars.tqdm([1]))]",
        "from tqdm.notebook import no_such_name",
    )
    assert names["f"]() == [3, 3, 1]  # type: ignore[operator]
    assert [note.split(": ")[1] for note in notes] == ["ImportError"]


@pytest.mark.parametrize(
    "statement", ["import sys; sys.exit(0)", "raise KeyboardInterrupt", "raise GeneratorExit"]
)
def test_code_that_exits_while_loading_does_not_end_the_worker(statement: str) -> None:
    names, notes, _ = load(f"{statement}\nx = 1")
    assert names["x"] == 1
    assert len(notes) == 1


def test_a_cell_with_a_syntax_error_is_noted_with_its_line_and_the_others_are_loaded() -> None:
    names, notes, readable = load("a = 1\ndef f(:\n", "b = 2")
    assert names["b"] == 2
    assert readable == 1
    assert notes == ["cell 1, line 2: invalid syntax; none of this code was loaded: fix its syntax"]


def test_lines_are_counted_from_the_cells_first_line() -> None:
    _, notes, *_ = loader.load("loaded_for_a_test", [["f.py", "\n1 / 0", 10]])
    assert notes[0].startswith("f.py, line 11: ZeroDivisionError: division by zero; skipped: fix")


def test_timing_magics_run_their_code_and_shell_escapes_do_not() -> None:
    names, notes, _ = load(
        "get_ipython().run_cell_magic('time', '', 'a = 1')",
        "get_ipython().run_line_magic('time', 'b = 2')",
        "get_ipython().run_cell_magic('bash', '', 'exit 1')\nget_ipython().system('rm x')",
        "c = get_ipython().getoutput('ls')\ndisplay(c)",
    )
    assert (names["a"], names["b"], names["c"], notes) == (1, 2, [], [])


def test_future_imports_apply_to_later_statements() -> None:
    names, notes, _ = load("from __future__ import annotations\ndef f(x: NoSuchName): ...")
    assert notes == []
    assert names["f"].__annotations__ == {"x": "NoSuchName"}  # type: ignore[attr-defined]


def test_where_finds_the_innermost_line_of_student_code() -> None:
    names, _, _ = load("def f():\n    return int('x')")
    with pytest.raises(ValueError, match="invalid literal") as caught:
        names["f"]()  # type: ignore[operator]
    assert loader.where(caught.value, ["cell 1"]) == ["cell 1", 2]
    assert loader.where(caught.value, ["cell 9"]) is None
