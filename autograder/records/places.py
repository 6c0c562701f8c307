"""The locations of the kit's files and of an assignment's files, in a checkout and in an installed copy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

PACKAGE = Path(__file__).resolve().parents[1]
CHECKOUT = PACKAGE.parent  # for an installed copy, site-packages
CONTEXT = PACKAGE / "sandbox" / "context"  # the build context of the images
CONSTRAINTS = CONTEXT / "constraints.txt"  # the version of every library in official grading
TEMPLATE = "template"  # in Gradescope's zip, the folder of the files that students were given
SUITES = PACKAGE / "suites"
ASSIGNMENTS = CHECKOUT / "assignments"  # a student's copy has them in SUITES
SOLUTIONS = CHECKOUT / "solutions"


def pins_in(constraints: Path) -> dict[str, str]:
    """Return the pinned version of every package in a file of constraints, by its lower-case name."""
    pins = re.findall(r"^([\w.\-]+)==(\S+)$", constraints.read_text(encoding="utf-8"), re.MULTILINE)
    return {name.lower(): version for name, version in pins}


def checkout() -> Path:
    """Return the checkout that this kit runs from. Raises UsageError for an installed copy."""
    if not (CHECKOUT / "pyproject.toml").is_file() or not ASSIGNMENTS.is_dir():
        raise UsageError(
            f"this command works on a checkout of Latent Lab, but the kit is installed in {CHECKOUT}; "
            "run it from a checkout, after make setup"
        )
    return CHECKOUT


@dataclass(frozen=True)
class Paths:
    """The locations of one assignment's source, solution and renderings in the checkout at `root`."""

    root: Path
    name: str

    @property
    def assignment(self) -> Path:
        """The folder that may be published."""
        return self.root / "assignments" / self.name

    @property
    def solution(self) -> Path:
        """The folder that must not be published."""
        return self.root / "solutions" / self.name

    @property
    def constraints(self) -> Path:
        """The pinned version of every library."""
        return self.root / CONSTRAINTS.relative_to(CHECKOUT)

    @property
    def source(self) -> Path:
        """The notebook's source."""
        return self.assignment / "notebook.py"
