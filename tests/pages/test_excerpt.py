"""Finding definitions by tokens: the last of each name, decorated or not, even above syntax errors."""

from __future__ import annotations

import pytest

from autograder.pages import excerpt
from autograder.pages.excerpt import around, definitions, docstrings
from autograder.records.results import Place
from autograder.records.submission import Cell

SOURCE = '''import x


@decorated(
    1)
@twice
def f(a):
    """Text
def not_this():
    """
    if a:
        return 1

    # at the end

# not of f
class G: pass
h = lambda: (
 3)
async def k():
    return 2
n: int = 4'''


def found(name: str, *cells: Cell) -> tuple[str, int, str]:
    (excerpt,) = definitions(cells, [name])
    return excerpt.cell, excerpt.first_line, excerpt.source


@pytest.mark.parametrize(
    ("name", "line", "begins", "ends"),
    [
        ("f", 4, "@decorated(", "        return 1"),
        ("G", 17, "class G: pass", "class G: pass"),
        ("h", 18, "h = lambda: (", " 3)"),
        ("k", 20, "async def k():", "    return 2"),
        ("n", 22, "n: int = 4", "n: int = 4"),
    ],
)
def test_a_whole_definition_is_found(name: str, line: int, begins: str, ends: str) -> None:
    cell, first, source = found(name, Cell("cell 2", SOURCE))
    assert (cell, first) == ("cell 2", line)
    assert source.split("\n")[0] == begins
    assert source.split("\n")[-1] == ends


def test_the_last_definition_counts_with_its_line_in_the_students_file() -> None:
    cells = Cell("cell 1", "def f(): pass"), Cell("cell 5", "x = 1\ndef f():\n    return 2\n", first_line=10)
    assert found("f", *cells) == ("cell 5", 11, "def f():\n    return 2")


def test_definitions_follow_the_order_of_names_without_missing_ones() -> None:
    cell = Cell("c", "def b(): pass\ndef a(): pass\nclass Other:\n    def inner(self): pass\n")
    assert [e.name for e in definitions([cell], ["a", "inner", "b", "zzz"])] == ["a", "b"]


def test_code_is_found_alike_by_its_tree_and_by_its_tokens() -> None:
    """What follows decides how the code is read: nothing, or an error at the end."""
    for name in ("f", "G", "h", "k", "n"):
        assert found(name, Cell("c", SOURCE)) == found(name, Cell("c", f"{SOURCE}\n\nx = (1,\n"))
    text = 'def f():\n    """1\n2\n3\n4"""\n'
    assert docstrings(text) == docstrings(f"{text}\nx = (1,\n") == {2, 3, 4}


@pytest.mark.parametrize("ending", ["\r\n", "\r", "\n\f"])
def test_lines_are_counted_as_the_page_counts_them(ending: str) -> None:
    source = f"a = 1{ending}b = 2\n\ndef f():\n    pass\n"
    (excerpt,) = definitions([Cell("c", source)], ["f"])
    assert source.split("\n")[excerpt.first_line - 1] == "def f():"


@pytest.mark.parametrize(
    "broken", ["def f():\n    return 1\n\nx = (1,\n", "def f():\n    return 1\n\n  y = 2\n"]
)
def test_a_definition_above_a_syntax_error_is_found(broken: str) -> None:
    assert found("f", Cell("c", broken))[2] == "def f():\n    return 1"


def test_huge_cells_are_skipped_and_long_definitions_shortened() -> None:
    assert definitions([Cell("c", "f = 1\n" + "#" * excerpt.MAX_SOURCE)], ["f"]) == ()
    long = "def f():\n" + "    x = 1\n" * 1000
    assert len(found("f", Cell("c", long))[2].split("\n")) == excerpt.MAX_LINES
    wide = "f = '" + "#" * 2 * excerpt.MAX_SHOWN + "'\n"
    assert len(found("f", Cell("c", wide))[2]) == excerpt.MAX_SHOWN
    nested = "f = " + "(" * 5000 + ")" * 5000
    assert found("f", Cell("c", nested))[2] == nested


@pytest.mark.parametrize(
    ("line", "name", "first"), [(14, "f", 13), (13, "f", 13), (28, "h", 27), (10, "", 10)]
)
def test_the_statement_at_a_line_of_the_students_file_is_found(line: int, name: str, first: int) -> None:
    found = around([Cell("other", "x = 1"), Cell("c", SOURCE, first_line=10)], Place("c", line))
    assert found is not None
    assert (found.name, found.first_line, found.cell) == (name, first, "c")
    assert found.holds(Place("c", line))
    assert not found.holds(Place("c", first - 1))
    assert not found.holds(Place("other", line))


def test_no_statement_is_found_outside_the_code() -> None:
    assert around([Cell("c", "x = 1\n")], Place("c", 7)) is None
    assert around([Cell("c", "x = 1\n")], Place("d", 1)) is None


def test_docstrings_of_more_than_a_few_lines_are_found_and_other_texts_are_not() -> None:
    source = 'def f():\n    """One\n    2\n    3\n    4"""\n    x = """a\n\n\n\n"""\n    """short"""\n'
    assert docstrings(source) == {2, 3, 4}
    assert docstrings('class A:\n    def f(self):\n        """1\n2\n3\n4"""\n        return 1') == {3, 4, 5}
    assert docstrings('def f():\n    """never closed\n\n\n\n') == set()
