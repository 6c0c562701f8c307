"""Canvas downloads: one folder of `<name>[_LATE]_<user>_<attachment>_<file>`; no name if anonymous."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, renamed
from autograder.intake.names import safe_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

NAME = re.compile(
    r"(?:(?P<name>(?!anon_|LATE_)[^_/]+(?:_[^_/]+)*?)_)?(?:(?P<late>LATE)_)?"
    r"(?P<user>anon_[A-Za-z0-9]+|\d+)_(?:(?P<attachment>\d+)_(?P<file>[^/]+)|(?P<entry>(?:text|link)\.html))"
)
COPY = re.compile(r"^(.*)-(\d+)(\.\w+)$")  # how Canvas numbers repeated uploads of one file name
AGAIN = re.compile(r"_\d+_\d+_")
TWO_WAYS = "its name can be read in two ways, so it is unclear which student it is from"
Named = tuple[re.Match[str], File]


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each Canvas user handed in; files of uncertain origin are left unmatched."""
    download, by_user = Download("canvas"), defaultdict(list)
    for file in files:
        if match := NAME.fullmatch(file.name):
            by_user[match["user"]].append((match, file))
        else:
            download.unmatched.append(Refused(file.name, ALONE.format("Canvas")))
    for user, named in by_user.items():
        sure = _of_one_name(named)
        download.unmatched += [Refused(f.name, TWO_WAYS) for m, f in named if (m, f) not in sure]
        download.handins += [_of_canvas(user, sure, assignment)] if sure else []
    return download


def _of_one_name(named: list[Named]) -> list[Named]:
    """Return those of one user's files that are certainly theirs.

    Canvas keeps underscores and digits in names, so the file of a student called `eve_99_1` looks like one
    from user 99. If a user number occurs with several names, ambiguous file names are left unmatched.
    """
    for sure in (named, [(m, f) for m, f in named if not AGAIN.search(f.name, m.start("attachment"))]):
        if len({match["name"] for match, _ in sure}) == 1:
            return sure
    return []


def _of_canvas(user: str, named: list[Named], assignment: Assignment) -> Handin:
    """Return what one user handed in; of several files with a requested name, the newest counts."""
    named = sorted(named, key=lambda pair: int(pair[0]["attachment"] or 0))
    match, file = named[-1]
    asked = [pair for pair in named if _uploaded(pair[0], assignment)[0] in assignment.files]
    older = asked[:-1]
    if asked:
        match, file = asked[-1]
    files = [renamed(f, _uploaded(m, assignment)[0]) for m, f in named if (m, f) not in older]
    name = match["name"] or ""
    kind = "canvas_anonymous" if user.startswith("anon_") else "canvas_user"
    who = SubmissionInfo(
        id=safe_id(name, user) if name else safe_id(user),
        student=name or user,
        source=file.source,
        sha256="",
        members=(Member(name or user, lms={kind: user}),),
        lms={"canvas_attachment": match["attachment"]} if match["attachment"] else {},
        late=bool(match["late"]),
        attempt=_uploaded(match, assignment)[1],
    )
    return Handin(who, tuple(files), (float(match["attachment"] or 0),), _older(f.name for _, f in older))


def _uploaded(match: re.Match[str], assignment: Assignment) -> tuple[str, int | None]:
    """Return a file's name as the assignment spells it, and the upload's number if Canvas gives one."""
    name = match["file"] or match["entry"]
    asked = {asked.lower(): asked for asked in assignment.files}
    copy = COPY.match(name)
    if copy and (first := f"{copy[1]}{copy[3]}".lower()) in asked:
        return asked[first], int(copy[2]) + 1
    return asked.get(name.lower(), name), None


def _older(names: Iterable[str]) -> tuple[str, ...]:
    listed = ", ".join(names)
    return (f"the newest of several uploads was graded; older: {listed}",) if listed else ()
