"""Where the kit's own files lie, and an assignment's: in a checkout, and in an installed copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent  # of an installed copy, the folder of all packages
CONTEXT = PACKAGE / "sandbox" / "context"  # what images are built from
CONSTRAINTS = CONTEXT / "constraints.txt"  # the pinned version of every library
SUITES = PACKAGE / "suites"
ASSIGNMENTS = CHECKOUT / "assignments"  # a student's copy has them in SUITES
SOLUTIONS = CHECKOUT / "solutions"


def checkout() -> Path:
    """Return the checkout that this kit runs from. Raises UsageError for an installed copy."""
    if not (CHECKOUT / "pyproject.toml").is_file() or not ASSIGNMENTS.is_dir():
        raise UsageError(
            f"this command works on a checkout of Latent Lab, and the kit here is installed in {CHECKOUT}; "
            "run it from a checkout, after make setup"
        )
    return CHECKOUT


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
    def constraints(self) -> Path:
        """The pinned version of every library."""
        return self.root / CONSTRAINTS.relative_to(CHECKOUT)

    @property
    def source(self) -> Path:
        """The notebook's source."""
        return self.assignment / "notebook.py"
