"""Symbols of code: a disguise keeps them; what Python cannot read becomes tokens."""

from __future__ import annotations

import pytest

from autograder.likeness.syntax import pieces


def symbols(source: str) -> list[tuple[str, ...]]:
    (found,) = pieces([source], {"x_hat", "decode"})
    return [line.symbols for piece in found for line in piece.lines]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("b = 1\na = f(b)\n", "second=1\nfirst  =  f( second )  # mine\n"),
        ("def g(q: int) -> int:\n    return q + h\n", "def k(r):\n    '''Mine.'''\n    return h + r\n"),
        ("total += step\n", "total = total + step\n"),
        ("if 3 > y:\n    z()\n", "if y < 3:\n    z()\n"),
        ("layer(2 * 64)\n", "layer(128)\n"),
        ("def g(q):\n    d = q - 1\n    return d.sum()\n", "def g(q):\n    return (q - 1).sum()\n"),
        ("rows = [g(v) for v in vs]\n", "rows = [g(w) for w in vs]\n"),
        (
            "import torch.nn.functional as F\nF.relu(x_hat)\n",
            "import torch.nn.functional as G\nG.relu(x_hat)\n",
        ),
        ("def g(q):\n    return q\n", "def g(q):\n    print(q)\n    assert q\n    return q\n"),
    ],
)
def test_a_disguise_keeps_the_symbols(one: str, other: str) -> None:
    assert symbols(one) == symbols(other)


def forms(source: str) -> list[str]:
    (found,) = pieces([source], ())
    return [piece.form for piece in found]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = f(b)\n", "a = g(b)\n"),
        ("x_hat - y\n", "y - x_hat\n"),
        ("layer(128)\n", "layer(64)\n"),
        ("t.mean()\n", "t.sum()\n"),
        ("for v in w:\n    g(v)\n", "g(w)\n"),
    ],
)
def test_other_code_has_other_symbols(one: str, other: str) -> None:
    assert symbols(one) != symbols(other)


def test_a_formatter_and_docstrings_do_not_change_the_form() -> None:
    plain = "def f(a):\n    '''One.'''\n    return g(a,\n             'b')\n"
    formatted = 'def f(\n    a,\n):\n    """One, in other words."""\n    return g(a, "b")\n'
    assert forms(plain) == forms(formatted)
    assert forms(plain) != forms(plain.replace("'b'", "'c'"))


def test_a_name_that_another_cell_binds_is_the_authors_own() -> None:
    one, other = (pieces([f"def {name}():\n    pass\n", f"{name}()\n"], ()) for name in ("mine", "theirs"))
    assert one[1][0].lines == other[1][0].lines


def test_a_statement_knows_its_lines_and_whom_it_uses() -> None:
    ((piece,),) = pieces(["def f(q):\n    for r in q:\n        helper(\n            r,\n        )\n"], ())
    assert (piece.name, "helper" in piece.uses) == ("f", True)
    assert [(line.first, line.last) for line in piece.lines] == [(1, 1), (2, 2), (3, 5)]


@pytest.mark.parametrize(
    "text",
    [
        "x = (\n",
        "\ud800 = '\ud800'\n",
        "x = '\0'\n\0\n",
        "x = " + "(" * 5000,
        "x = " + "-" * 20_000 + "1",
        "x = " + "1 + " * 8000 + "1",
        "'" * 9999,
        "f'" + "{x[" * 5000,
        "if x:\n" + "".join(" " * n + "if x:\n" for n in range(1, 150)),
    ],
)
def test_what_python_cannot_read_becomes_lines_of_tokens(text: str) -> None:
    (found,) = pieces([f"first = 1\n{text}"], ())
    assert found
    assert all(line.symbols for piece in found for line in piece.lines)


def test_names_and_texts_in_lines_of_tokens_are_signs() -> None:
    ((piece, *_),) = pieces(["mine = other('text') # why\n)"], ())
    (line,) = piece.lines
    assert line.symbols[:4] == ("V", "=", "V", "(")
    assert "text" not in " ".join(line.symbols)
