"""Canvas downloads: one folder of `<name>[_LATE]_<user>_<attachment>_<file>`; no name if anonymous."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, renamed
from autograder.intake.names import safe_id
from autograder.intake.naming import SOURCES
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
    """Return what one user handed in, without older uploads of the same file."""
    named = sorted(named, key=lambda pair: int(pair[0]["attachment"] or 0))
    older = [pair for group in _by_name(named, assignment).values() for pair in _older(group, assignment)]
    kept = [pair for pair in named if pair not in older]
    files, each = [], {}
    for name, group in _by_name(kept, assignment).items():
        for match, file in group:
            unique = name if len(group) == 1 else f"{match['attachment']}/{name}"
            files.append(renamed(file, unique))
            each[unique] = _info(user, match, file, assignment)
    shown = [each[file.name] for file in files if file.name.lower().endswith((*SOURCES, ".zip"))]
    who = (shown or list(each.values()))[-1]
    newest = float(kept[-1][0]["attachment"] or 0)
    return Handin(who, tuple(files), (newest,), _superseded(f.name for _, f in older), each)


def _by_name(named: list[Named], assignment: Assignment) -> dict[str, list[Named]]:
    groups: dict[str, list[Named]] = defaultdict(list)
    for match, file in named:
        groups[_uploaded(match, assignment)[0]].append((match, file))
    return groups


def _older(group: list[Named], assignment: Assignment) -> list[Named]:
    """Return the older uploads of one file, in order of attachment, if Canvas's numbers tell their order.

    Canvas numbers the uploads of a file name (`-1`, `-2`). The order of attachments alone says nothing: the
    files of one attempt have several.
    """
    uploads = [_uploaded(match, assignment)[1] or 1 for match, _ in group]
    told = uploads == sorted(set(uploads))
    return group[:-1] if told else []


def _info(user: str, match: re.Match[str], file: File, assignment: Assignment) -> SubmissionInfo:
    """Return what the name of one file says."""
    name = match["name"] or ""
    kind = "canvas_anonymous" if user.startswith("anon_") else "canvas_user"
    return SubmissionInfo(
        id=safe_id(name, user) if name else safe_id(user),
        student=name or user,
        source=file.source,
        sha256="",
        members=(Member(name or user, lms={kind: user}),),
        lms={"canvas_attachment": match["attachment"]} if match["attachment"] else {},
        late=bool(match["late"]),
        attempt=_uploaded(match, assignment)[1],
    )


def _uploaded(match: re.Match[str], assignment: Assignment) -> tuple[str, int | None]:
    """Return a file's name as the assignment spells it, and the upload's number if Canvas gives one."""
    name = match["file"] or match["entry"]
    asked = {asked.lower(): asked for asked in assignment.files}
    copy = COPY.match(name)
    if copy and (first := f"{copy[1]}{copy[3]}".lower()) in asked:
        return asked[first], int(copy[2]) + 1
    return asked.get(name.lower(), name), None


def _superseded(names: Iterable[str]) -> tuple[str, ...]:
    listed = ", ".join(names)
    return (f"the newest of several uploads was graded; older: {listed}",) if listed else ()
