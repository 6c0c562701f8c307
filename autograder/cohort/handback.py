"""Writes a class's feedback pages so that they can go back: as a zip for Moodle or Canvas, or in folders.

`pagenames` decides what each page is called.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from autograder.cohort.facts import Facts
from autograder.cohort.records import Back, Sent
from autograder.errors import UsageError
from autograder.exports import pagenames
from autograder.exports.fill import looks_of
from autograder.exports.pagenames import Named
from autograder.gradebook import stamps
from autograder.grades.policy import Grade
from autograder.pages import publish
from autograder.records.files import whole, write_whole
from autograder.records.results import Result

ZIPPED = ("feedback-moodle", "feedback-canvas")
DATE = (1980, 1, 1, 0, 0, 0)  # of every file in a zip, so that equal pages make equal zips


def place_of(to: Back, out: Path) -> Path:
    """Return the default path: below exports/, or for nbgrader in the course's own feedback/."""
    if to == "feedback-nbgrader":
        return out / "feedback"
    return out / "exports" / (f"{to}.zip" if to in ZIPPED else to)


def write(facts: Facts, to: Back, worksheet: Path | None, name: str, place: Path) -> Sent:
    """Write the current page of every student who has been graded to `place`; return who gets none, and why.

    Raises UsageError if Moodle's worksheet is missing, if `name` does not fit, or if no page can be written.
    """
    results, grades = facts.results(), facts.grades()
    named = _named(facts, to, worksheet, name, results)
    why = {r.submission.id: (r.reason or "").partition("\n")[0] for r in results if r.status == "ungraded"}
    files = {path: of for path, of in named.pages.items() if of not in why}
    left_out = (*named.left_out, *(f"{of}: not graded yet: {why[of]}" for of in sorted(why)))
    if not files:
        raise UsageError(f"export {to}: expected at least one page to write, got none; {left_out[0]}")
    publish.write_feedback(results, grades, facts.assignment, facts.out, facts.opened())
    _write(facts, to, files, place)
    sent = [grades[of] for of in sorted(set(files.values()))]
    return Sent(len(files), left_out, _early(sent), tuple(looks_of(sent)), files)


def _named(facts: Facts, to: Back, worksheet: Path | None, name: str, results: Sequence[Result]) -> Named:
    if to == "feedback-moodle":
        listed = worksheet or (Path(facts.inventory.roster) if facts.inventory.roster else None)
        if listed is None:
            raise UsageError(f"export {to}: expected --template with Moodle's worksheet, got none; add it")
        return pagenames.for_moodle(listed, results)
    if to == "feedback-canvas":
        return pagenames.for_canvas(results)
    if to == "feedback-folder":
        return pagenames.for_folder(results, name or pagenames.NAME)
    return _for_nbgrader(facts, results)


def _for_nbgrader(facts: Facts, results: Sequence[Result]) -> Named:
    """Return the paths in nbgrader's feedback/; its release stops at a student without a stamp."""
    assignment, pages, left_out = facts.assignment, {}, []
    for result in results:
        of = result.submission.id
        missing = [s for s in stamps.STAMPS if s not in stamps.copied(of, assignment, facts.out)]
        if missing:
            left_out.append(f"{of}: nbgrader releases nothing without {' and '.join(missing)} in submitted/")
        else:
            pages[f"{of}/{assignment.name}/{assignment.name}.html"] = of
    return Named(pages, tuple(left_out))


def _write(facts: Facts, to: Back, files: Mapping[str, str], place: Path) -> None:
    pages = {path: (facts.out / "feedback" / f"{of}.html").read_bytes() for path, of in files.items()}
    if to in ZIPPED:
        return write_zip(pages, place)
    for path, of in files.items() if to == "feedback-nbgrader" else ():
        for stamp, data in stamps.copied(of, facts.assignment, facts.out).items():
            write_whole((place / path).with_name(stamp), data)
    for path, page in pages.items():
        write_whole(place / path, page)


def write_zip(files: Mapping[str, bytes], place: Path) -> None:
    """Write `files`, by path, to a zip at `place`; equal files make equal zips."""
    with whole(place) as partial, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, DATE), data, zipfile.ZIP_DEFLATED)


def _early(grades: Iterable[Grade]) -> tuple[str, ...]:
    """Return who has no grade yet, with the reason."""
    waiting = (grade for grade in grades if grade.points is None)
    return tuple(f"{grade.id}: {'; '.join(grade.why) or 'no grade yet'}" for grade in waiting)
