"""What a result is traced to: the kit, a hash of all that decides a score, the sandbox and its image."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import autograder
from autograder.errors import KitError
from autograder.records.assignment import Assignment, LatePolicy
from autograder.records.results import Visibility
from autograder.sandbox import Sandbox

OFFICIAL: tuple[Visibility, ...] = ("public", "hidden")
PRACTICE: tuple[Visibility, ...] = ("public",)


def standins_source(assignment: Assignment) -> str:
    """Return the source of the assignment's stand-ins."""
    path = assignment.suite / "standins.py"
    if not path.is_file():
        raise KitError(f"{path}: no such file; every suite needs its stand-ins, even if empty")
    return path.read_text(encoding="utf-8")


def suite_hash(assignment: Assignment, visibilities: tuple[Visibility, ...]) -> str:
    """Return a hash of all that decides a score: the checks, their stand-ins, and the engine."""
    engine = Path(autograder.__file__).parent
    suite = assignment.suite
    files = [suite / v / "*.*" for v in visibilities] + [suite / "*.*"]
    files += [engine / "judge" / "*.*", engine / "worker" / "*.*", engine / "worker" / "shortcuts" / "*.*"]
    files += [engine / name for name in ("wire.py", "intake/work.py", "intake/notebook.py", "grading/one.py")]
    no_score = {"suites": None, "folder": None, "default": False, "written": (), "late": LatePolicy()}
    graded = replace(assignment, **no_score)  # type: ignore[arg-type]
    digest = hashlib.sha256(repr(graded).encode())
    for pattern in files:
        for path in sorted(pattern.parent.glob(pattern.name)):
            if path.suffix in (".py", ".npz", ".ini"):
                digest.update(f"\0{path.parent.name}/{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def provenance_of(
    assignment: Assignment, sandbox: Sandbox, visibilities: tuple[Visibility, ...]
) -> dict[str, str]:
    """Return what a result must be traced to: kit, suite, sandbox and image."""
    return {
        "kit": autograder.__version__,
        "suite": suite_hash(assignment, visibilities),
        "sandbox": sandbox.name,
        "image": sandbox.identity(),
    }
