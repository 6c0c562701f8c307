"""CSV files: an LMS's own file comes back byte for byte, and a table of our own contains no formula."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from autograder.errors import UsageError
from autograder.intake import sheet

TEXT = st.text(st.sampled_from("ab\",;\t\r\n '=-é"), max_size=30)
TABLE = st.lists(st.lists(TEXT, min_size=2, max_size=4), min_size=1, max_size=5)


def read(folder: Path, text: str) -> sheet.Sheet:
    path = folder / "x.csv"
    path.write_bytes(text.encode())
    return sheet.read(path)


@given(TEXT.map(lambda text: f"a,b\n1,2\n{text}"), st.integers(0, 3), TEXT.filter(bool))
def test_any_file_comes_back_and_a_written_cell_changes_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, text: str, column: int, cell: str
) -> None:
    try:
        table = read(tmp_path_factory.getbasetemp(), text)
    except UsageError:
        reject()  # a quote that is never closed
    assert table.text({}) == text
    line = len(table.rows) - 1
    rows = [list(row) for row in table.rows]
    rows[line] += [""] * (column + 1 - len(rows[line]))
    rows[line][column] = cell
    after = read(tmp_path_factory.getbasetemp(), table.text({(line, column): cell}))
    assert [row for row in after.rows if row] == rows
    assert after.raw[:line] == table.raw[:line]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_line_ends_and_empty_lines_stay(tmp_path: Path, end: str) -> None:
    lines = ['"name",mark', '"Ada ""A"" L",', "", ' "x",1', "short", "=1,"]
    table = read(tmp_path, "\ufeff" + end.join(lines))
    assert table.text({(1, 1): "5.00"}) == "\ufeff" + end.join(lines).replace('L",', 'L",5.00')
    assert table.text({(3, 1): "2"}) == "\ufeff" + end.join(lines).replace("short", "short,2")
    assert table.text({(2, 1): "1"}) == "\ufeff" + end.join(lines)
    columns = table.text({(1, 1): "5"}, {1})
    assert columns == "\ufeff" + end.join(["mark", "5", "", "1", "", ""])


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@SUM(1)", "-1+1", "+49 170", " =1"])
def test_formulas_become_text(cell: str) -> None:
    assert sheet.plain(cell) == f"'{cell}"


@pytest.mark.parametrize("sign", ["＝", "＋", "－", "＠", "﹦", "﹢", "﹣", "﹫", "−", "–", "⁼", "\ufeff="])
def test_signs_that_look_like_those_of_a_formula_count_as_these(sign: str) -> None:
    assert sheet.plain(f"{sign}A1") == f"'{sign}A1"


@pytest.mark.parametrize(
    "cell", ["", "-", "–", "-5", "−5", "-0.5", "+3", "-12,5", "5%", "Ada", "a=b", "a; b"]
)
def test_numbers_and_words_are_unchanged(cell: str) -> None:
    assert sheet.plain(cell) == cell


@given(TABLE)
def test_no_cell_of_our_own_is_a_formula_whatever_separates_cells(rows: list[list[str]]) -> None:
    text = sheet.of_rows(rows)
    assert list(csv.reader(io.StringIO(text, newline=""))) == [[sheet.plain(c) for c in row] for row in rows]
    for delimiter in ",;\t":
        cells = [c for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) for c in row]
        assert [c for c in cells if c.startswith(("=", "\t=", "\r="))] == []


def test_a_name_that_holds_a_separator_is_guarded_and_quoted() -> None:
    assert sheet.of_rows([["Ada;=1+1", "b"]]) == '"Ada;\'=1+1",b\n'


def test_a_long_cell_is_read_in_full(tmp_path: Path) -> None:
    assert len(read(tmp_path, "name,text\nAda," + "x" * 200_000).rows[1][1]) == 200_000


def test_a_file_that_is_not_a_csv_is_refused(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    limit = csv.field_size_limit(1000)
    request.addfinalizer(lambda: csv.field_size_limit(limit))
    with pytest.raises(UsageError, match=r"x.csv, line 1: .*, got field .*field limit.*; export it again"):
        read(tmp_path, '"' + "x" * 2000)


def test_a_quote_that_is_never_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    message = r"x.csv, line 2: expected a row of a CSV, got unexpected end of data; export it again$"
    with pytest.raises(UsageError, match=message):
        read(tmp_path, 'name,id\n"Ada,1\nBob,2\n')
