"""A CSV as somebody's program wrote it, read and written back with its habits, no cell of it a formula."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

csv.field_size_limit(64 << 20)  # Moodle's worksheet holds what students typed, however much
MARK = "\ufeff"  # what Excel puts first to say that it is UTF-8
FORMULA = re.compile(r"^(?:[=@\t\r]|[+-](?=.)(?!\d*[.,]?\d+%?$))", re.DOTALL)


@dataclass
class Sheet:
    """The rows of a CSV, its header first; its delimiter, its line end, whether it begins with a mark."""

    rows: list[list[str]]
    delimiter: str = ","
    newline: str = "\n"
    marked: bool = False

    def text(self) -> str:
        """Return it as CSV text, no cell of it a formula."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator=self.newline)
        writer.writerows([[plain(cell) for cell in row] for row in self.rows])
        return MARK * self.marked + out.getvalue()

    def column(self, name: str) -> int | None:
        """Return where the column called `name` is, letters' case aside, or None."""
        names = [cell.strip().lower() for cell in self.rows[0]]
        return names.index(name.lower()) if name.lower() in names else None


def plain(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers, and a dash by itself, are none."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def read(path: Path) -> Sheet:
    """Read the CSV at `path`. Raises UsageError where it is none, or is empty."""
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file; expected a CSV") from None
    except (UnicodeDecodeError, IsADirectoryError) as error:
        raise UsageError(f"{path}: expected a CSV in UTF-8, got {error}; save it as CSV UTF-8") from error
    marked, text = text.startswith(MARK), text.removeprefix(MARK)
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise UsageError(f"{path}: expected a CSV, got {error}; export it again") from error
    if not rows:
        raise UsageError(f"{path}: expected a CSV with a header, got an empty file; export it again")
    return Sheet(rows, delimiter, "\r\n" if first.endswith("\r") else "\n", marked)
