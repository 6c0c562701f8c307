"""Names feedback pages for the way back: as Moodle or Canvas expects them, or as staff choose.

Moodle and Canvas read only the numbers in a name. A page whose number is not certain is left out, with why.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from autograder.errors import UsageError
from autograder.exports.fill import Filled, rows_of
from autograder.intake import canvas, roster
from autograder.intake import sheet as sheets
from autograder.intake.names import safe_id
from autograder.records.results import Result
from autograder.records.submission import Member, SubmissionInfo

DOWNLOADED = re.compile(r"(?P<head>[^/_]+_(?P<number>\d+))_assignsubmission_(?:file|onlinetext)(?P<tail>_?)")
UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
FIELD = re.compile(r"\{(.*?)\}")
NAME = "{student}-{id}"
FIELDS = ("student", "student_id", "email", "id")


@dataclass(frozen=True)
class Named:
    """By each file's path, the id of the submission whose page it is; and who gets none, with the reason."""

    pages: Mapping[str, str]
    left_out: tuple[str, ...] = ()


def for_moodle(worksheet: Path, results: Sequence[Result]) -> Named:
    """Return a folder for each student, and for each member of a group, as Moodle reads them from a zip.

    A student gets the page if `export moodle` writes the mark to the student's row. The number comes from
    that row, because a download names a group by a number that may be another student's. Raises UsageError
    if the worksheet has no numbers.
    """
    sheet, filled = sheets.read(worksheet), Filled()
    students = {entry.line: entry.member for entry in roster.of_sheet(worksheet, sheet).entries}
    if not any("moodle_participant" in member.lms for member in students.values()):
        raise UsageError(
            f"{worksheet}: expected Moodle's grading worksheet with Identifier, got "
            f"{', '.join(sheet.rows[0][:6])}; name it: --template"
        )
    sources = {result.submission.id: result.submission.source for result in results}
    pages, left_out = {}, filled.unmatched
    for line, of in sorted(rows_of(worksheet, sheet, results, filled).items()):
        if number := students[line].lms.get("moodle_participant"):
            pages[_in_moodle(students[line], number, sources[of])] = of
        else:
            left_out.append(f"{of}: {students[line].name} has no number in the worksheet")
    return Named(pages, tuple(left_out))


def _in_moodle(member: Member, number: str, source: str) -> str:
    """Return the path of a student's page: under the download's own name if that has the student's number."""
    match = DOWNLOADED.search(source)
    name = UNSAFE.sub("", member.name.replace("_", " ")).strip(" .~") or "Participant"
    head = match["head"] if match and match["number"] == number else f"{name}_{number}"
    return f"{head}_assignfeedback_file{match['tail'] if match else ''}/feedback.html"


def for_canvas(results: Iterable[Result]) -> Named:
    """Return the names of the download with `.html` added; Canvas gives a group's page to all its members."""
    pages, left_out = {}, []
    for result in results:
        info = result.submission
        name, attachment = PurePosixPath(info.source).name, info.lms.get("canvas_attachment")
        if attachment is None:
            left_out.append(f"{info.id}: not a file uploaded in Canvas, which takes nothing else back")
        elif _read_by_canvas(name) not in _meant(info, attachment) or _unclear(info):
            left_out.append(
                f"{info.id}: Canvas would not find the student by {name!r}; attach the page there"
            )
        else:
            pages[f"{name}.html"] = info.id
    return Named(pages, tuple(left_out))


def _read_by_canvas(name: str) -> tuple[str, ...]:
    """Return the user and the attachment that Canvas reads from the name of a file that it gets back."""
    parts = [part for part in name.split("_") if part != "LATE"]
    if parts[-1].startswith("link"):
        return ()
    if parts[0] == "anon":
        return (f"anon_{parts[1]}", *parts[2:3]) if len(parts) > 1 else ()
    return tuple(part for part in parts if re.fullmatch("[0-9]+", part))[:2]


def _unclear(info: SubmissionInfo) -> bool:
    """Whether the name of the file may be another student's."""
    return any(doubt.startswith(canvas.EITHER) for doubt in info.doubts)


def _meant(info: SubmissionInfo, attachment: str) -> set[tuple[str, ...]]:
    """Return the pairs of user and attachment by which Canvas finds the student, or one of the group.

    A roster of one's own names a group's students without Canvas's numbers: then the name's number counts.
    """
    kinds = ("canvas_user", "canvas_anonymous")
    users = {member.lms[kind] for member in info.members for kind in kinds if kind in member.lms}
    match = canvas.NAME.fullmatch(PurePosixPath(info.source).name)
    return {(user, attachment) for user in users or ({match["user"]} if match else ())}


def for_folder(results: Iterable[Result], name: str = NAME) -> Named:
    """Return a file for each student, called by the pattern `name`; its fields are columns of grades.csv.

    Raises UsageError for an unknown or empty field, or if two students would get the same name.
    """
    if unknown := [field for field in FIELD.findall(name) if field not in FIELDS]:
        listed = ", ".join(f"{{{field}}}" for field in FIELDS)
        raise UsageError(f"--name: expected {listed}, got {{{unknown[0]}}}; change the pattern")
    pages: dict[str, str] = {}
    taken: dict[str, str] = {}
    for result in results:
        for member in result.submission.members or (Member(result.submission.student),):
            path = f"{safe_id(_filled(name, member, result.submission.id))}.html"
            if before := taken.get(path.casefold()):
                raise UsageError(
                    f"--name: expected another name for each student, got {path} for {before} and "
                    f"{member.name}; add {_other_fields(name)}"
                )
            pages[path], taken[path.casefold()] = result.submission.id, member.name
    return Named(pages)


def _other_fields(name: str) -> str:
    """Return the fields that the pattern `name` does not use yet, for a message."""
    *most, last = [f"{{{field}}}" for field in FIELDS if field not in FIELD.findall(name)] or ["{id}"]
    return f"{', '.join(most)} or {last}" if most else last


def _filled(name: str, member: Member, of: str) -> str:
    fields = dict(zip(FIELDS, (member.name, member.id, member.email, of), strict=True))
    if empty := [field for field in FIELD.findall(name) if not fields[field]]:
        raise UsageError(
            f"--name: expected {{{empty[0]}}} of every student, got none of {member.name} ({of}); "
            "leave it out, or grade with a roster that has it"
        )
    return FIELD.sub(lambda match: fields[match[1]], name)
