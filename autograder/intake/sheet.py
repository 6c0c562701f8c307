"""CSV files: an LMS's own file, which comes back byte for byte, and tables of our own without formulas."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

csv.field_size_limit(64 << 20)  # Moodle's worksheet contains students' texts of any length
MARK = "\ufeff"  # the byte order mark by which Excel marks UTF-8
FORMULA = re.compile(r"^[\s\"\ufeff\u200b]*(?:[=@\t\r]|[+-](?=.)(?!\d*[.,]?\d+%?$))", re.DOTALL)
SEPARATORS = re.compile(r"[;\t\r\n]")  # a spreadsheet may split a cell here, whatever the file's delimiter is
DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")  # NFKC maps other look-alikes
CELL = r'("(?:[^"]|"")*(?:"[^{0}\r\n]*|\Z)|[^{0}\r\n]*)({0}|\r\n|\r|\n|\Z)'


@dataclass(frozen=True)
class Sheet:
    """The rows of a CSV, header first, its delimiter, and the text of each row as it stands in the file.

    `lead` is what precedes the header: a byte order mark or empty lines.
    """

    rows: list[list[str]]
    delimiter: str = ","
    raw: tuple[str, ...] = ()
    lead: str = ""

    def text(self, cells: Mapping[tuple[int, int], str], columns: Collection[int] | None = None) -> str:
        """Return the file with `cells`, by row and column, replaced; all other characters are unchanged.

        If `columns` are given, only these are in the text.
        """
        changed: dict[int, dict[int, str]] = {}
        for (line, column), cell in cells.items():
            if self.cell(line, column) != cell:
                changed.setdefault(line, {})[column] = cell
        if columns is None:
            rows = (self._row(n, changed[n]) if n in changed else raw for n, raw in enumerate(self.raw))
        else:
            rows = (self._row(n, changed.get(n, {}), columns) for n in range(len(self.raw)))
        return self.lead + "".join(rows)

    def cell(self, line: int, column: int) -> str:
        """Return a cell; an empty text if the row ends before it."""
        return self.rows[line][column] if column < len(self.rows[line]) else ""

    def column(self, name: str) -> int | None:
        """Return the index of the column called `name`, ignoring case, or None."""
        names = [cell.strip().lower() for cell in self.rows[0]]
        return names.index(name.lower()) if name.lower() in names else None

    def _row(self, line: int, cells: Mapping[int, str], columns: Collection[int] | None = None) -> str:
        """Return the text of one row with `cells` replaced; all others are written as they were."""
        raw, end = _split(self.raw[line], self.delimiter)
        raw += [""] * (max(cells, default=0) + 1 - len(raw))
        for column, cell in cells.items():
            raw[column] = _quoted(cell, self.delimiter)
        kept = raw if columns is None else [text for n, text in enumerate(raw) if n in columns]
        return self.delimiter.join(kept) + end


def _split(row: str, delimiter: str) -> tuple[list[str], str]:
    """Return the raw cells of a row of text, and its line end with any empty lines after it."""
    cells = []
    for match in re.finditer(CELL.format(re.escape(delimiter)), row):
        cells.append(match[1])
        if match[2] != delimiter:
            return cells, row[match.start(2) :]
    return cells, ""


def _quoted(cell: str, delimiter: str = ",") -> str:
    """Return a cell as CSV text: in quotes only if it needs them."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerow([cell, ""])
    return out.getvalue().removesuffix(f"{delimiter}\r\n")


def of_rows(rows: Iterable[Sequence[str]]) -> str:
    """Return a table of our own as CSV text in which no cell is a formula, whatever separates the cells."""
    return "".join(",".join(map(_guarded, row)) + "\n" for row in rows)


def _guarded(cell: str) -> str:
    """Return a cell as CSV text without a formula; in quotes if it contains a separator of any kind."""
    text = plain(cell)
    return '"' + text.replace('"', '""') + '"' if SEPARATORS.search(text) else _quoted(text)


def plain(cell: str) -> str:
    """Return a cell that no spreadsheet reads as a formula; numbers and a lone dash stay as they are.

    A cell with `;`, a tab or a line end is guarded after each, because a spreadsheet may split it there.
    """
    parts = SEPARATORS.split(cell)
    signs = [*SEPARATORS.findall(cell), ""]
    guards = ["'" * _is_formula(part) for part in parts]
    if FORMULA.match(cell):
        guards[0] = "'"  # the cell begins with a tab, or a line end
    return "".join("".join(three) for three in zip(guards, parts, signs, strict=True))


def _is_formula(text: str) -> bool:
    """Whether a text begins as a formula does, with `=`, `+`, `-`, `@` or a sign that looks like these."""
    return FORMULA.match(unicodedata.normalize("NFKC", text).translate(DASHES)) is not None


def read(path: Path) -> Sheet:
    """Read the CSV at `path`. Raises UsageError when it is missing, empty or not a CSV; see also _rows."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; expected a CSV") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise UsageError(f"{path}: expected a CSV in UTF-8, got {error}; save it as CSV UTF-8") from error
    lead, text = MARK * text.startswith(MARK), text.removeprefix(MARK)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = list(_rows(path, text, delimiter))
    if not any(row for row, _ in rows):
        raise UsageError(f"{path}: expected a CSV with a header, got an empty file; export it again")
    return _sheet(rows, delimiter, lead)


def _rows(path: Path, text: str, delimiter: str) -> Iterable[tuple[list[str], str]]:
    """Yield each row with the text that it was read from. Raises UsageError that names a malformed line."""
    lines = list(io.StringIO(text, newline=""))
    reader, done = csv.reader(lines, delimiter=delimiter, strict=True), 0
    try:
        for row in reader:
            yield row, "".join(lines[done : reader.line_num])
            done = reader.line_num
    except csv.Error as error:
        where = f"{path}, line {done + 1}"
        raise UsageError(f"{where}: expected a row of a CSV, got {error}; export it again") from error


def _sheet(rows: Iterable[tuple[list[str], str]], delimiter: str, lead: str) -> Sheet:
    """Return the sheet of `rows`, with each empty line as part of the row before it."""
    kept: list[list[str]] = []
    raw: list[str] = []
    for row, text in rows:
        if row:
            kept.append(row)
            raw.append(text)
        elif raw:
            raw[-1] += text
        else:
            lead += text
    return Sheet(kept, delimiter, tuple(raw), lead)
