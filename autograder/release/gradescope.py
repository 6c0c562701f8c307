"""Builds the autograder.zip that Gradescope takes: setup.sh, run_autograder, and the grader as a wheel.

The wheel holds the judge, the worker and all suites; which of them a submission can read is up to the `user`
sandbox. Beside it lies the solution, which setup.sh grades before anybody's work is.
"""

from __future__ import annotations

from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import archive, student

ENGINE = ("autograder.doors.gradescope", "autograder.sandbox.user")  # beside what every student has
PACKAGES = (
    "ipython",
    "kneed",
    "matplotlib",
    "numpy",
    "pytest",
    "scikit-learn",
    "torch",
    "torchvision",
    "tqdm",
)
EXECUTABLE = ("run_autograder", "setup.sh")


def files(
    paths: Paths, assignment: Assignment, version: str, torch_index: str | None = None
) -> dict[str, bytes]:
    """Return what Gradescope's zip holds, by path in it. `torch_index` is one more package index for pip."""
    name, data = _wheel(paths, assignment, version)
    solution = f"{assignment.name}.py"
    return {
        **{name: (student.TEXTS / name).read_bytes() for name in EXECUTABLE},
        "requirements.txt": _requirements(paths, name, torch_index).encode(),
        "constraints.txt": paths.constraints.read_bytes(),
        f"solution/{solution}": (paths.solution / solution).read_bytes(),
        name: data,
    }


def zipped(files: archive.Files) -> bytes:
    """Return the zip, whose two scripts may be run."""
    return archive.zipped(files, EXECUTABLE)


def _wheel(paths: Paths, assignment: Assignment, version: str) -> tuple[str, bytes]:
    place = f"autograder/suites/{assignment.name}"
    suites = {f"{place}/{name}": data for name, data in archive.files_in(assignment.suite).items()}
    inside = {
        **student.engine(paths.root, *ENGINE),
        "autograder/suites/__init__.py": (paths.root / "autograder/suites/__init__.py").read_bytes(),
        **{name: data for name, data in suites.items() if "__pycache__" not in name},
        f"{place}/assignment.toml": (paths.assignment / "assignment.toml").read_bytes(),
    }
    name = f"latent-lab-grader-{assignment.name.replace('_', '-')}"
    return archive.wheel(name, version, inside, (), "latentlab-gradescope = autograder.doors.gradescope:main")


def _requirements(paths: Paths, wheel: str, torch_index: str | None) -> str:
    pins = student.pins_of(paths)
    index = [f"--extra-index-url {torch_index}"] if torch_index else []
    named = sorted({*PACKAGES, *student.REQUIRED})
    return "\n".join(["-c constraints.txt", *index, *(f"{n}=={pins[n]}" for n in named), f"./{wheel}", ""])
