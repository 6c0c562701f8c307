"""Builds the staff bundle: the assignment's files that grading needs, and the evidence for its suites.

An installed kit grades with it: `autograder grade … --assignment staff`.
"""

from __future__ import annotations

from autograder.authoring import drawing
from autograder.errors import AssignmentError
from autograder.records import examples
from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import archive

EVIDENCE = ("kill_matrix.csv", "kill_matrix.svg", "messages.md", "calibration.csv", "calibration.md")


def files(paths: Paths, assignment: Assignment, secret: str = "") -> dict[str, bytes]:
    """Return the staff bundle, by path in it, with the secret of its hidden checks' numbers, if there is one.

    Raises AssignmentError if evidence is missing.
    """
    name = assignment.name
    handed_out = ("assignment.toml", "handout.md", "data.md", f"{name}.ipynb", f"{name}.py")
    shown = (examples.FILE,) if (paths.assignment / examples.FILE).is_file() else ()
    suites = {n: d for n, d in archive.files_in(assignment.suite).items() if "__pycache__" not in n}
    solution = ("answers.md", f"{name}.ipynb", f"{name}.py")
    proof = evidence(paths, assignment)
    return {
        **{inside: (paths.assignment / inside).read_bytes() for inside in (*handed_out, *shown)},
        **{f"suites/{name}/{inside}": data for inside, data in suites.items()},
        **{f"solution/{inside}": (paths.solution / inside).read_bytes() for inside in solution},
        **{f"proof/{inside}": data for inside, data in proof.items()},
        **({drawing.SECRET: f"{secret}\n".encode()} if secret else {}),
    }


def evidence(paths: Paths, assignment: Assignment) -> dict[str, bytes]:
    """Return the results of `prove` and `calibrate`, from docs/proof or the assignment's folder in it.

    Raises AssignmentError if files are missing or belong to another assignment.
    """
    folder = paths.root / "docs" / "proof"
    folder = folder / assignment.name if (folder / assignment.name).is_dir() else folder
    absent = [name for name in EVIDENCE if not (folder / name).is_file()]
    if absent:
        raise AssignmentError(
            f"{folder}: expected {', '.join(EVIDENCE)}, got no {', '.join(absent)}; "
            "run make prove and make calibrate"
        )
    head = (folder / "calibration.md").read_text(encoding="utf-8").partition("\n")[0]
    if not head.endswith(f": {assignment.title}"):
        raise AssignmentError(
            f"{folder}: expected the evidence of {assignment.title!r}, got {head!r}; put what `prove` and "
            f"`calibrate` write for it into docs/proof/{assignment.name}"
        )
    return {name: (folder / name).read_bytes() for name in EVIDENCE}
