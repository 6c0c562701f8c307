"""Builds the student bundle: notebook, script, handout, data, and the public checks as an installable wheel.

The files come from an allowlist: only what is named here is released.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Template

from autograder.authoring import render
from autograder.doors import libraries
from autograder.errors import AssignmentError
from autograder.grading import provenance
from autograder.records import sources
from autograder.records.assignment import Assignment, Question
from autograder.records.places import CHECKOUT, CONSTRAINTS, Paths, pins_in
from autograder.release import archive, mistakes, questions, slices

TEXTS = Path(__file__).parent / "texts"
LESSON = "lesson.html"  # made by autograder/pages/lesson.py
ENGINE = (  # what students run; their imports are added
    *("autograder.__main__", "autograder.cli.student", "autograder.doors.kernel", "autograder.doors.packing"),
    *("autograder.judge", "autograder.judge.plugin", "autograder.worker.__main__"),
)
REQUIRED = {  # what the checks need, from these versions on; requirements.txt pins those of grading
    **{"click": "8.1", "ipython": "7.34", "numpy": "2.0", "pytest": "8.3", "threadpoolctl": "3.5"},
    "torch": "2.6",
}
LATE = re.compile(r"^\[late[\].].*\n(?:(?!\[).*\n?)*", re.MULTILINE)  # tables of the late policy
OFFERED = (
    "ipykernel",
    "jupyterlab",
    "kneed",
    "matplotlib",
    "scikit-learn",
    "torchvision",
    "tqdm",
)  # what the work needs besides


def files(paths: Paths, assignment: Assignment, version: str) -> dict[str, bytes]:
    """Return the student bundle, by path in it. Raises AssignmentError if the source lacks something."""
    rendered = render.cells(paths, solution=False)
    words = {
        "title": assignment.title,
        "version": version,
        "notebook": f"{assignment.name}.ipynb",
        "script": f"{assignment.name}.py",
    }
    name, data = wheel(paths, assignment, version)
    page = lesson(paths)
    words["lesson"] = f"| `{LESSON}` | the lesson: read it first |\n" if page else ""
    shown = mistakes.files(assignment)
    words["graded"] = libraries.in_grading()
    words["mistakes"] = f"| `{mistakes.FILE}` | common mistakes, with numbers |\n" if shown else ""
    return {
        words["notebook"]: _notebook(rendered, assignment),
        words["script"]: render.as_script(assignment.name, rendered).encode(),
        "handout.md": _read(paths.assignment / "handout.md"),
        "data.md": _read(paths.assignment / "data.md"),
        **page,
        **shown,
        "README.md": Template((TEXTS / "README.md").read_text()).substitute(words).encode(),
        "start.py": (TEXTS / "start.py").read_bytes(),
        "constraints.txt": _read(paths.constraints),
        "requirements.txt": _requirements(paths, name).encode(),
        name: data,
    }


def lesson(paths: Paths) -> dict[str, bytes]:
    """Return the lesson's page, if the assignment has one."""
    page = paths.assignment / LESSON
    return {LESSON: page.read_bytes()} if page.is_file() else {}


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise AssignmentError(
            f"{path}: expected a file, because every release includes it, got none; write it"
        )
    return path.read_bytes()


def _notebook(rendered: list[render.Cell], assignment: Assignment) -> bytes:
    import nbformat

    cells = questions.with_checks(rendered, assignment, _check_cell)
    return (nbformat.writes(render.as_notebook(assignment.name, cells)) + "\n").encode()


def _check_cell(question: Question) -> list[render.Cell]:
    lines = ("from autograder.doors.kernel import check", "", f'check("{question.id}")')
    return [render.Cell(markdown=False, exploration=True, lines=lines)]


def _requirements(paths: Paths, wheel_name: str) -> str:
    pins = pins_of(paths)
    head = "# `python start.py` installs these; constraints.txt pins what they need in turn."
    lines = [f"{name}=={pins[name]}" for name in sorted((*REQUIRED, *OFFERED))]
    return "\n".join([head, "-c constraints.txt", *lines, f"./{wheel_name}", ""])


def pins_of(paths: Paths) -> dict[str, str]:
    """Return the pinned version of every package in constraints.txt, by its lower-case name."""
    return pins_in(paths.constraints)


def wheel(paths: Paths, assignment: Assignment, version: str) -> tuple[str, bytes]:
    """Return the name and the contents of the wheel with the engine and the public checks."""
    requires = [f"{name}>={oldest}" for name, oldest in REQUIRED.items()]
    inside = {**engine(paths.root), **suite(paths, assignment)}
    name = f"latent-lab-{assignment.name.replace('_', '-')}"
    return archive.wheel(name, version, inside, requires, "autograder = autograder.cli:main")


def engine(root: Path, *more: str) -> dict[str, bytes]:
    """Return the kit's files that run public checks, and those of the modules `more`, by path."""
    data = (*provenance.DATA, CONSTRAINTS.relative_to(CHECKOUT).as_posix())
    files = {**sources.closure(*ENGINE, *more, root=root), **{name: root / name for name in data}}
    startup = root / "autograder/worker/latent_lab.pth"
    return {startup.name: startup.read_bytes(), **{name: path.read_bytes() for name, path in files.items()}}


def settings(text: str) -> str:
    """Return the text of an assignment.toml without the late policy, which lists students' extensions.

    Raises AssignmentError if the policy is not in tables of its own.
    """
    cut = LATE.sub("", text)
    kept = {key: value for key, value in tomllib.loads(text).items() if key != "late"}
    if tomllib.loads(cut) != kept:
        raise AssignmentError(
            "assignment.toml: expected the late policy in tables of its own, [late] and below, got it in "
            "another form; move it there, because releases must leave it out"
        )
    return cut


def suite(paths: Paths, assignment: Assignment) -> dict[str, bytes]:
    """Return the public part of an assignment's suites, by path: its checks, and what they use of helpers."""
    folder, place = assignment.suite, f"autograder/suites/{assignment.name}"
    helpers = {p.stem: p.read_text() for p in sorted(folder.glob("*.py")) if p.stem != "__init__"}
    public = {path.name: path.read_text() for path in sorted((folder / "public").glob("*.py"))}
    standins = {("standins", kind) for q in assignment.questions for kind in q.standins.values()}
    cut = slices.cut(helpers, public, sorted(standins))
    head = '"""The public checks of one assignment, and what they share."""\n'
    return {
        "autograder/suites/__init__.py": (paths.root / "autograder/suites/__init__.py").read_bytes(),
        f"{place}/__init__.py": head.encode(),
        f"{place}/assignment.toml": settings((paths.assignment / "assignment.toml").read_text()).encode(),
        f"{place}/standins.py": b"",  # in case no check uses it
        **{f"{place}/{name}.py": text.encode() for name, text in cut.items()},
        **{f"{place}/public/{name}": text.encode() for name, text in public.items()},
    }
