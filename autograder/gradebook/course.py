"""Arranges a folder of results as nbgrader's course directory, and fills its gradebook.

`source/<assignment>/` and `autograded/<submission>/<assignment>/` contain notebooks with the same grade ids;
nbgrader_config.py says where the gradebook is. There is no `submitted/`: formgrader would offer to run it.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.errors import RejectedError, UsageError
from autograder.grades.policy import Grade
from autograder.intake import finding
from autograder.records.assignment import Assignment
from autograder.records.files import PRIVATE, write_whole
from autograder.records.results import Result
from autograder.records.submission import SubmissionInfo

if TYPE_CHECKING:
    from autograder.gradebook.fill import Entry

CONFIG = "nbgrader_config.py"
DATABASE = "gradebook.db"
HEADER = (
    "# Written by `autograder grade`: nbgrader started in this folder opens the gradebook of these results."
)
Reopen = Callable[[SubmissionInfo], tuple[str, str]]


@dataclass(frozen=True)
class Filled:
    """The outcome of a fill: numbers of changed scores and rendered pages, and notes for staff."""

    changed: int
    rendered: int
    notes: tuple[str, ...] = ()


def url_of(out: Path, asked: str | None = None) -> str:
    """Return the gradebook's URL: the one asked for, or the configured one, or SQLite in `out`."""
    return asked or _configured(out / CONFIG) or _default(out)


def _default(out: Path) -> str:
    return f"sqlite:///{(out / DATABASE).absolute()}"


def has_gradebook(out: Path) -> bool:
    """Return whether `out` has a gradebook: one that its configuration names, or its own file."""
    return _configured(out / CONFIG) is not None or (out / DATABASE).is_file()


def required(out: Path) -> str:
    """Return the URL of the gradebook of `out`. Raises UsageError if there is none."""
    if not has_gradebook(out):
        raise UsageError(f"{out}: expected a folder with a gradebook, got none; run autograder regrade {out}")
    return url_of(out)


def _configured(path: Path) -> str | None:
    """Return the database that an nbgrader_config.py names, without running it."""
    if not path.is_file():
        return None
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("CourseDirectory.db_url"):
            if isinstance(node.value, ast.Constant):
                return str(node.value.value)
            raise UsageError(
                f"{path}, line {node.lineno}: expected the gradebook's URL as plain text, got an expression; "
                "pass it with --gradebook URL"
            )
    return None


def prepare(out: Path, asked: str | None = None) -> str:
    """Check before grading that the gradebook can be filled, and return its URL.

    `publish` creates a new gradebook in `out` later: importing SQLAlchemy here would delay the first result
    by half a second. Writes out/nbgrader_config.py if it is missing. Raises UsageError if nbgrader is not
    installed, if the database cannot be used, or if `asked` differs from the gradebook of the course.
    """
    if importlib.util.find_spec("nbgrader") is None:
        raise UsageError(
            "the gradebook: expected nbgrader to be installed, found none; "
            "pip install 'latent-lab[staff]', or make setup in a checkout"
        )
    config = out / CONFIG
    url = url_of(out, asked)
    configured = url_of(out)
    if config.is_file() and configured != url:
        from autograder.gradebook import tables

        raise UsageError(
            f"--gradebook: expected {tables.shown(configured)}, which {config} names, got "
            f"{tables.shown(url)}; omit it, or change that file: marks by hand stay in the old gradebook"
        )
    out.mkdir(parents=True, exist_ok=True)
    if url != _default(out) or (out / DATABASE).is_file():
        from autograder.gradebook import tables

        tables.prepare(url)
    if not config.is_file():
        write_whole(config, _config(out, url), mode=PRIVATE)  # a URL may contain a password
    return url


def _config(out: Path, url: str) -> str:
    lines = [HEADER, "from autograder.gradebook import formgrader", "", "c = get_config()  # noqa: F821"]
    if url != _default(out):
        lines.append(f"c.CourseDirectory.db_url = {url!r}")
    return "\n".join([*lines, "formgrader.guard(c)", ""])


def publish(
    out: Path, assignment: Assignment, results: Sequence[Result], reopen: Reopen | None = None
) -> Filled:
    """Fill the gradebook of `out` from `results`, and write the notebooks that formgrader shows.

    `reopen` returns the name and text of a graded file (by default, intake's); it is called only for changed
    submissions. Raises what tables.prepare and fill.fill raise; then the gradebook is unchanged.
    """
    from autograder.gradebook import fill, stamps, tables

    reopen = reopen or partial(finding.reopen, assignment=assignment)
    _write_source(out / "source" / assignment.name / f"{assignment.name}.ipynb", assignment)
    notes = list(_notes(out))
    url = url_of(out)
    tables.prepare(url)
    with tables.opened(url) as book:
        before = fill.provenance(book, assignment)
        pages = [_page(out, assignment, r, before.get(r.submission.id), reopen, notes) for r in results]
        changed = fill.fill(book, assignment, [entry for entry, _ in pages])
    for result in results:
        stamps.copy(result.submission, assignment, out)
    return Filled(changed, sum(is_new for _, is_new in pages), tuple(notes))


def take_off(out: Path, assignment: Assignment, grades: Mapping[str, Grade]) -> None:
    """Write the current late penalties into the gradebook of `out`, if there is one."""
    if not has_gradebook(out):
        return
    from autograder.gradebook import fill
    from autograder.gradebook.tables import opened

    with opened(url_of(out)) as book:
        fill.take_off(book, assignment, {name: grade.loss for name, grade in grades.items()})


def _page(
    out: Path, assignment: Assignment, result: Result, old: Any, reopen: Reopen, notes: list[str]
) -> tuple[Entry, bool]:
    """Write the notebook of one submission unless it is current; return its entry and if it was written."""
    from autograder.gradebook import pages
    from autograder.gradebook.fill import Entry

    path = out / "autograded" / result.submission.id / assignment.name / f"{assignment.name}.ipynb"
    key, timestamp = pages.key(result, assignment), _timestamp(out, result, assignment.name)
    if old is not None and path.is_file() and (old.page == key or result.score is None):
        return Entry(result, old.answers, old.page, timestamp), False
    raw: list[dict[str, Any]] = []
    try:
        if result.status not in ("rejected", "waiting"):
            raw = pages.cells_of(*reopen(result.submission))
    except (OSError, RejectedError, UsageError, ValueError) as error:
        notes.append(f"{result.submission.id}: its file cannot be shown in formgrader ({error})")
        if old is not None and old.sha256 == result.submission.sha256:
            return Entry(result, old.answers, old.page, timestamp), False
    page = pages.render(assignment, raw, result)
    _write(path, page.text)
    return Entry(result, page.answers, key, timestamp), True


def _write_source(path: Path, assignment: Assignment) -> None:
    """Write the template, with boxes, as the source; leave a course's own source, with solutions, alone."""
    from autograder.gradebook import pages

    if path.is_file() and pages.MADE_BY not in path.read_text(encoding="utf-8"):
        return
    template = assignment.folder / f"{assignment.name}.ipynb" if assignment.folder else None
    given = template.read_text(encoding="utf-8") if template and template.is_file() else '{"cells": []}'
    _write(path, pages.render(assignment, pages.cells_of(path.name, given), None).text)


def _notes(out: Path) -> Sequence[str]:
    config = (out / CONFIG).read_text(encoding="utf-8")
    if "formgrader.guard(c)" in config:
        return ()
    return (
        f"{out / CONFIG} was not written by the kit: add `from autograder.gradebook import formgrader` and, "
        "at its end, `formgrader.guard(c)`, to record who gives each mark by hand",
    )


def _timestamp(out: Path, result: Result, name: str) -> datetime | None:
    """Return the hand-in time in UTC if nbgrader has a `submitted/` tree to compare it with, or None."""
    if result.submission.submitted is None or not (out / "submitted" / result.submission.id / name).is_dir():
        return None
    return datetime.fromisoformat(result.submission.submitted).astimezone(UTC).replace(tzinfo=None)


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)
