"""A CSV file that keeps its delimiter, line ends and byte order mark when written; no cell is a formula."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

csv.field_size_limit(64 << 20)  # Moodle's worksheet contains students' texts of any length
MARK = "\ufeff"  # the byte order mark by which Excel marks UTF-8
FORMULA = re.compile(r"^(?:[=@\t\r]|[+-](?=.)(?!\d*[.,]?\d+%?$))", re.DOTALL)


@dataclass
class Sheet:
    """The rows of a CSV, header first, its delimiter and line end, and whether it has a byte order mark."""

    rows: list[list[str]]
    delimiter: str = ","
    newline: str = "\n"
    marked: bool = False

    def text(self) -> str:
        """Return the sheet as CSV text in which no cell is a formula."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerows([[plain(cell) for cell in row] for row in self.rows])
        return MARK * self.marked + out.getvalue()

    def column(self, name: str) -> int | None:
        """Return the index of the column called `name`, ignoring case, or None."""
        names = [cell.strip().lower() for cell in self.rows[0]]
        return names.index(name.lower()) if name.lower() in names else None


def plain(cell: str) -> str:
    """Return a cell that no spreadsheet reads as a formula; numbers and a lone dash stay as they are."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def read(path: Path) -> Sheet:
    """Read the CSV at `path`. Raises UsageError when it is missing, empty or not a CSV."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; expected a CSV") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise UsageError(f"{path}: expected a CSV in UTF-8, got {error}; save it as CSV UTF-8") from error
    marked, text = text.startswith(MARK), text.removeprefix(MARK)
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise UsageError(f"{path}: expected a CSV, got {error}; export it again") from error
    if not rows:
        raise UsageError(f"{path}: expected a CSV with a header, got an empty file; export it again")
    return Sheet(rows, delimiter, "\r\n" if first.endswith("\r") else "\n", marked)
