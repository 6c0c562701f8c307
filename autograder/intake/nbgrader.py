"""nbgrader courses: `submitted/<student>/<assignment>/<path>`, with a timestamp.txt beside the files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograder.errors import RejectedError
from autograder.intake.archive import File
from autograder.intake.download import Download, Handin, place, renamed
from autograder.intake.names import own_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each student of an nbgrader course handed in for this assignment."""
    download, by_student = Download("nbgrader"), defaultdict(list)
    course = any(file.parts[0] == "submitted" for file in files)
    for file in files:
        parts = file.parts[1:] if course else file.parts
        if course and file.parts[0] != "submitted":
            continue  # the rest of the course
        if len(parts) > 2 and parts[1] == assignment.name:
            by_student[parts[0]].append(renamed(file, "/".join(parts[2:])))
        else:
            download.unmatched.append(Refused(file.name, f"it is not in <student>/{assignment.name}/"))
    download.handins = [_of_nbgrader(student, handed_in) for student, handed_in in by_student.items()]
    return download


def _of_nbgrader(student: str, files: list[File]) -> Handin:
    stamps = [file for file in files if file.name == "timestamp.txt"]
    work = tuple(file for file in files if file not in stamps)
    submitted, doubts = _stamp(stamps[0]) if stamps else (None, ())
    who = SubmissionInfo(
        id=own_id(student),
        student=student,
        source=place(files),
        sha256="",
        members=(Member(student, student),),
        submitted=submitted,
        doubts=doubts,
    )
    order = datetime.fromisoformat(submitted).timestamp() if submitted else 0.0
    return Handin(who, work, f"nbgrader {student}", (order,))


def _stamp(file: File) -> tuple[str | None, tuple[str, ...]]:
    """Return the time in an nbgrader timestamp (date, time, zone or offset), or what is wrong with it."""
    text = ""
    try:
        text = file.read().decode().strip()
        day, clock, *zone = text.split()
        time = datetime.fromisoformat(f"{day}T{clock}")
        if time.tzinfo is None:
            time = time.replace(tzinfo=ZoneInfo(zone[0]) if zone else UTC)
        return time.isoformat(), ()
    except (ZoneInfoNotFoundError, OSError):
        why = f"expected a zone such as UTC or Europe/Berlin, got {text!r}"
    except (ValueError, RejectedError) as error:
        why = f"expected a time such as 2026-03-01 22:59:00 UTC, got {text or str(error)!r}"
    return None, (f"its time cannot be read in timestamp.txt: {why}",)
