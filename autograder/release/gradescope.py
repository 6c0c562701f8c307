"""Builds the autograder.zip that Gradescope takes: setup.sh, run_autograder, and the grader as a wheel.

The wheel contains the judge, the worker and all suites; the `user` sandbox decides which of them a submission
can read. The zip also has the solution, which setup.sh grades before any submission is graded, and the
template, which does not count where a student hands it in beside the work.
"""

from __future__ import annotations

from autograder.records.assignment import Assignment
from autograder.records.places import TEMPLATE, Paths
from autograder.release import archive, student

ENGINE = ("autograder.doors.gradescope", "autograder.sandbox.user")  # in addition to what every student has
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
    """Return the files of Gradescope's zip, by path in it. `torch_index` is an extra index for pip."""
    name, data = _wheel(paths, assignment, version)
    solution = f"{assignment.name}.py"
    return {
        **{name: (student.TEXTS / name).read_bytes() for name in EXECUTABLE},
        "requirements.txt": _requirements(paths, name, torch_index).encode(),
        "constraints.txt": paths.constraints.read_bytes(),
        f"solution/{solution}": (paths.solution / solution).read_bytes(),
        **{f"{TEMPLATE}/{file}": (paths.assignment / file).read_bytes() for file in assignment.files},
        name: data,
    }


def zipped(files: archive.Files) -> bytes:
    """Return the zip, with its two scripts executable."""
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
