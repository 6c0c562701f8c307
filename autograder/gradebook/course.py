"""Lays out a folder of results as nbgrader's course directory, and fills the gradebook that belongs to it.

`source/<assignment>/` and `autograded/<submission>/<assignment>/` hold notebooks with the same grade ids;
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
OURS = "# Made by `autograder grade`: nbgrader, started in this folder, opens the gradebook of these results."
Reopen = Callable[[SubmissionInfo], tuple[str, str]]


@dataclass(frozen=True)
class Filled:
    """What a fill did: how many scores changed, how many pages were rendered, and what people should know."""

    changed: int
    rendered: int
    notes: tuple[str, ...] = ()


def url_of(out: Path, asked: str | None = None) -> str:
    """Return the gradebook's URL: the one asked for, else the course's, else SQLite in `out`."""
    return asked or _configured(out / CONFIG) or _own(out)


def _own(out: Path) -> str:
    return f"sqlite:///{(out / DATABASE).absolute()}"


def has_gradebook(out: Path) -> bool:
    """Return whether a gradebook belongs to `out`: one that its configuration names, or its own file."""
    return _configured(out / CONFIG) is not None or (out / DATABASE).is_file()


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
                "say it yourself: --gradebook URL"
            )
    return None


def prepare(out: Path, asked: str | None = None) -> str:
    """See before anything is graded that the gradebook can be filled, and return its URL.

    A new one of the course's own is left for `publish` to make: importing SQLAlchemy would keep the first
    result waiting for half a second. Writes out/nbgrader_config.py where there is none. Raises
    UsageError where there is no nbgrader, where the database cannot be used, or where another gradebook is
    asked for than the course has.
    """
    if importlib.util.find_spec("nbgrader") is None:
        raise UsageError(
            "the gradebook: expected nbgrader to be installed, found none; "
            "pip install 'latent-lab[staff]', or make setup in a checkout"
        )
    config = out / CONFIG
    url = url_of(out, asked)
    has = url_of(out)
    if config.is_file() and has != url:
        from autograder.gradebook import tables

        raise UsageError(
            f"--gradebook: expected {tables.shown(has)}, which {config} names, got {tables.shown(url)}; "
            "leave it away, or change that file: marks by hand stay where they were typed"
        )
    out.mkdir(parents=True, exist_ok=True)
    if url != _own(out) or (out / DATABASE).is_file():
        from autograder.gradebook import tables

        tables.prepare(url)
    if not config.is_file():
        write_whole(config, _config(out, url), mode=PRIVATE)  # a URL may hold a password
    return url


def _config(out: Path, url: str) -> str:
    lines = [OURS, "from autograder.gradebook import formgrader", "", "c = get_config()  # noqa: F821"]
    if url != _own(out):
        lines.append(f"c.CourseDirectory.db_url = {url!r}")
    return "\n".join([*lines, "formgrader.guard(c)", ""])


def publish(
    out: Path, assignment: Assignment, found: Sequence[Result], reopen: Reopen | None = None
) -> Filled:
    """Fill the gradebook of `out` from `found`, and write the notebooks that formgrader shows.

    `reopen` gives name and text of the file that was graded, where it is not intake's own; it is asked only
    for what has changed. Raises what tables.prepare and fill.fill raise; then the gradebook is as it was.
    """
    from autograder.gradebook import fill, tables

    again = reopen or partial(finding.reopen, assignment=assignment)
    _write_source(out / "source" / assignment.name / f"{assignment.name}.ipynb", assignment)
    notes = list(_notes(out))
    url = url_of(out)
    tables.prepare(url)
    with tables.opened(url) as book:
        before = fill.provenance(book, assignment)
        laid = [_lay(out, assignment, one, before.get(one.submission.id), again, notes) for one in found]
        changed = fill.fill(book, assignment, [entry for entry, _ in laid])
    return Filled(changed, sum(is_new for _, is_new in laid), tuple(notes))


def take_off(out: Path, assignment: Assignment, grades: Mapping[str, Grade]) -> None:
    """Tell the gradebook of `out`, where there is one, what lateness takes off, as its marks are now."""
    if not has_gradebook(out):
        return
    from autograder.gradebook import fill
    from autograder.gradebook.tables import opened

    with opened(url_of(out)) as book:
        fill.take_off(book, assignment, {name: grade.loss for name, grade in grades.items()})


def _lay(
    out: Path, assignment: Assignment, result: Result, old: Any, reopen: Reopen, notes: list[str]
) -> tuple[Entry, bool]:
    """Write the notebook of one submission, unless the one that is there still holds; return whether."""
    from autograder.gradebook import pages
    from autograder.gradebook.fill import Entry

    path = out / "autograded" / result.submission.id / assignment.name / f"{assignment.name}.ipynb"
    key, timestamp = pages.key(result, assignment), _timestamp(out, result, assignment.name)
    if old is not None and path.is_file() and (old.page == key or result.status == "ungraded"):
        return Entry(result, old.answers, old.page, timestamp), False
    raw: list[dict[str, Any]] = []
    try:
        if result.status != "rejected":
            raw = pages.cells_of(*reopen(result.submission))
    except (OSError, RejectedError, UsageError, ValueError) as error:
        notes.append(f"{result.submission.id}: its file cannot be shown in formgrader ({error})")
        if old is not None and old.sha256 == result.submission.sha256:
            return Entry(result, old.answers, old.page, timestamp), False
    page = pages.render(assignment, raw, result)
    _write(path, page.text)
    return Entry(result, page.answers, key, timestamp), True


def _write_source(path: Path, assignment: Assignment) -> None:
    """Write what students got, with its boxes; a course's own source, with its solutions, is left alone."""
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
        f"{out / CONFIG} is not ours: add `from autograder.gradebook import formgrader` and, at its end, "
        "`formgrader.guard(c)`, so that marks by hand are kept with who gave them",
    )


def _timestamp(out: Path, result: Result, name: str) -> datetime | None:
    """Return when it was handed in, where nbgrader has a `submitted/` tree to compare that with."""
    if result.submission.submitted is None or not (out / "submitted" / result.submission.id / name).is_dir():
        return None
    return datetime.fromisoformat(result.submission.submitted).astimezone(UTC).replace(tzinfo=None)


def _write(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)
