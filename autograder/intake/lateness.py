"""Reads what Moodle's worksheet says about a hand-in: if it is a draft, if it is late, and the time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from autograder.intake import moments
from autograder.records.assignment import LatePolicy
from autograder.records.submission import Submission

DRAFT = "a draft in Moodle, not submitted"
DRAFTS = re.compile(
    "draft|entwurf|brouillon|borrador|esborrany|rascunho|bozza|kladwerk|concept|szkic|robocz|utkast|kladde|"
    "luonnos|koncept|návrh|osnutek|nacrt|skica|piszkozat|vázlat|ciornă|taslak|zirriborro|черновик|чернетк|"
    "чернова|πρόχειρ|下書き|草稿|초안|مسودة|پیشنویس|nháp"
)
SUBMITTED = re.compile(
    "submitted|abgegeben|remis|enviad|tramès|entregad|submetid|consegnat|inviat|ingestuurd|ingeleverd|przesłan|"
    "inlämna|skickat|levert|afleveret|palautet|lähetet|odevzdán|odeslán|odoslan|oddan|predan|beadott|beküld|"
    "trimis|gönderil|bidali|отправлен|представлен|подан|надіслан|υποβλήθηκε|評定のため|已提交|제출됨|مسلمة|"
    "تحویل|nộp"
)
DISAGREE = (
    "Moodle says {!r}, which does not fit its time, {}, and the due date, {}: compare due dates, extensions "
    "and time zones"
)
DATE = re.compile(r"\d{4}|\d:\d\d")  # an extension in the status contains a date, and is not lateness
UNITS = ((86400, 3600), (3600, 60), (60, 1), (1, 0))  # Moodle writes days and hours, hours and minutes, …


@dataclass(frozen=True)
class Told:
    """What a worksheet says: the time, if it was late, what a person should look at, and until when it
    extends the due date.
    """

    submitted: str | None = None
    late: bool | None = None
    doubts: tuple[str, ...] = ()
    extended: str | None = None


def add(submission: Submission, rows: Iterable[tuple[str, str]], policy: LatePolicy) -> Submission:
    """Return `submission` with what its students' rows in a worksheet, (status, time) pairs, say about it.

    A time that the download or the roster gives counts before the worksheet's.
    """
    known = submission.submitted
    told = [read(status, "" if known else time, policy) for status, time in dict.fromkeys(rows)]
    times = [one.submitted for one in told if one.submitted]
    late = [one.late for one in told if one.late is not None]
    longest = max((one.extended for one in told if one.extended), key=datetime.fromisoformat, default=None)
    return replace(
        submission,
        extended=submission.extended or longest,
        submitted=known or max(times, key=datetime.fromisoformat, default=None),
        late=submission.late if submission.late is not None else any(late) if late else None,
        doubts=(*submission.doubts, *dict.fromkeys(doubt for one in told for doubt in one.doubts)),
    )


def read(status: str, time: str, policy: LatePolicy) -> Told:
    """Return what the texts of a row say; times are in the zone of the due date, as teachers see them.

    Without a due date nothing depends on the time, and no zone is known, so it is left out.
    """
    doubts = _doubts_of(status)
    behind = _behind(status)
    late = True if behind else None if doubts or not status else False
    if policy.due is None:
        return Told(None, late, doubts)
    granted, until = _extension(status), None
    if granted and (until := _moment(granted, policy.due)) is None:
        doubts += (f"its extension in Moodle cannot be read: {granted!r}",)
    told = Told(None, late, doubts, until.isoformat() if until else None)
    if time.strip() in ("", "-"):
        return told
    moment = moments.read(time)
    if moment is None:
        unread = f"its time in Moodle cannot be read as weekday, day, month, year and time: {time!r}"
        return replace(told, doubts=(*doubts, unread))
    local, due = moment.replace(tzinfo=policy.due.tzinfo), until or policy.due
    if behind is not None and not _agrees(local, due, behind):
        doubts += (DISAGREE.format(behind, *(t.isoformat(" ", "minutes") for t in (local, due))),)
    return replace(told, submitted=local.isoformat(), doubts=doubts)


def _extension(status: str) -> str | None:
    """Return the part of a status that says until when Moodle extended the due date, or None."""
    parts = [part.strip() for part in status.split(" - ")[1:]]
    return next((part for part in parts if DATE.search(part)), None)


def _moment(granted: str, due: datetime) -> datetime | None:
    """Return the time in `Extension granted until: …`, whose words differ between languages."""
    words = re.sub(r"[:：](?!\d)|到", " ", granted).split()
    ends = (" ".join(words[first:last]) for last in (len(words), -1) for first in range(len(words)))
    moment = next((found for text in ends if (found := moments.read(text))), None)
    return moment.replace(tzinfo=due.tzinfo) if moment else None


def is_draft(status: str) -> bool:
    """Whether a status, in any of many languages, is that of a draft."""
    return DRAFTS.search(status.casefold()) is not None


def _doubts_of(status: str) -> tuple[str, ...]:
    if is_draft(status):
        return (DRAFT,)
    if status and not SUBMITTED.search(status.casefold()):
        return (f"Moodle's status does not say that it is submitted: {status.strip(' -')!r}",)
    return ()


def _behind(status: str) -> str | None:
    """Return the part of a status that says how late, such as `1 day 3 hours late`, or None."""
    parts = [part.strip() for part in status.split(" - ")[1:]]
    return next((part for part in parts if re.search(r"\d", part) and not DATE.search(part)), None)


def _agrees(local: datetime, due: datetime, behind: str) -> bool:
    """Whether a time is as long after `due` as the numbers in `behind` say, in days and hours, or less.

    Moodle writes the two largest units; which these are follows from the time, so words do not matter.
    """
    past = local.timestamp() - due.timestamp()
    numbers = [int(number) for number in re.findall(r"\d+", behind)]
    if past < 0 or not 1 <= len(numbers) <= 2:
        return False
    largest = {next(pair for pair in UNITS if pair[0] <= max(1, least)) for least in (past, past - 60)}
    return any(abs(past - _seconds(numbers, units)) <= units[1] + 60 for units in largest)


def _seconds(numbers: Iterable[int], units: Iterable[int]) -> int:
    return sum(number * unit for number, unit in zip(numbers, units, strict=False))
