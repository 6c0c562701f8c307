"""Where the kit's own files lie, and an assignment's: in a checkout, and in an installed copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent  # of an installed copy, the folder of all packages
WORKER = ("__init__.py", "errors.py", "wire.py", "worker")  # all of the package that a worker may read
SUITES = PACKAGE / "suites"
ASSIGNMENTS = CHECKOUT / "assignments"  # a student's copy has them in SUITES
SOLUTIONS = CHECKOUT / "solutions"


@dataclass(frozen=True)
class Paths:
    """Where one assignment's source, answers and renderings lie, below a checkout's `root`."""

    root: Path
    name: str

    @property
    def assignment(self) -> Path:
        """The folder that may be published."""
        return self.root / "assignments" / self.name

    @property
    def solution(self) -> Path:
        """The folder that may not."""
        return self.root / "solutions" / self.name

    @property
    def source(self) -> Path:
        """The notebook's source."""
        return self.assignment / "notebook.py"
