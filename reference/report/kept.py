"""The numbers that reports left in docs/numbers, for text that quotes them without training again."""

import json
from pathlib import Path

from reference.report.study import Settings
from reference.report.tables import Table
from reference.report.words import Seeds

__all__ = ["as_markdown", "numbers"]

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "numbers"


def numbers(data: str) -> tuple[Settings, Seeds]:
    """The settings and the measurements, one per seed, of the kept report on `data`, "digits" or "mnist".

    Reads docs/numbers. Raises FileNotFoundError where no report on these data was kept.
    """
    path = FOLDER / f"{data}.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{data}: expected the numbers of its report in {path}, got none; make the report and keep its "
            "numbers.json there"
        )
    kept = json.loads(path.read_text(encoding="utf-8"))
    tuples = {name: tuple(v) if isinstance(v, list) else v for name, v in kept["settings"].items()}
    return Settings(**tuples), kept["seeds"]


def as_markdown(table: Table) -> str:
    """A table of a report in Markdown, its title in bold above it."""
    rows = [table.header, ["---"] * len(table.header), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    text = "\n".join([f"**{table.title}**", "", *lines])
    return text.replace(" ± ", "\u00a0±\u00a0").replace("k = ", "k\u00a0=\u00a0")  # stay on one line
