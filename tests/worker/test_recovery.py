"""A script with a syntax error is read by statements, only where nothing in a string becomes code."""

from __future__ import annotations

import ast

import pytest

from autograder.worker import loader, recovery


@pytest.mark.parametrize(
    ("source", "left", "lines"),
    [
        ("a = 1\nb = = 2\nc = 3\n", ["a", "c"], [2]),
        ("def f(x:\n    return 1\n\ndef g():\n    return 2\n", ["g"], [1]),
        ("@dec\ndef f(x:\n    return 1\nclass K:\n    a = 1\n", ["K"], [2]),
        ("def f():\n    return 1 +\n\nx = 1\ny = ]\nz = 2\n", ["x", "z"], [2, 5]),
        ("x = 1\nif x:\n    y = 1\nelse:\n    y = = 2\nz = 3\n", ["x", "z"], [5]),
        ("x = (1,\n  2,\n\ndef f(): pass\n", ["f"], [1]),
    ],
)
def test_only_statements_that_cannot_be_read_are_left_out(
    source: str, left: list[str], lines: list[int]
) -> None:
    tree, unread = recovery.readable(source)
    names = [n.targets[0].id if isinstance(n, ast.Assign) else n.name for n in tree.body]  # type: ignore
    assert names == left
    assert [line for line, _, _ in unread] == lines


@pytest.mark.parametrize(
    "source",
    [
        'x = """\ndef f(): pass\n',
        'def f(:\n    """\n    text\n\nimport os\n"""\nimport sys\n',
        "  x = 1\n y = 2\n",
        "\n".join(f"x{n} = = 1" for n in range(12)),
    ],
)
def test_where_that_is_not_safe_the_error_remains(source: str) -> None:
    with pytest.raises(SyntaxError):
        recovery.readable(source)


def test_a_script_loses_the_statement_and_a_notebook_the_cell() -> None:
    source = "a = 1\nb = = 2\nc = b\n"
    script = loader.load("work", [["work.py", source, 1]])
    assert vars(script.module)["a"] == 1
    assert script.notes == [
        "work.py, line 2: invalid syntax; this statement was not loaded: fix its syntax "
        "(1 later statements failed because of this)"
    ]
    notebook = loader.load("work", [["cell 1", source, 1]])
    assert "a" not in vars(notebook.module)
    assert notebook.notes == ["cell 1, line 2: invalid syntax; none of this code was loaded: fix its syntax"]
