"""Canvas downloads: one folder of `<name>[_LATE]_<user>_<attachment>_<file>`; no name if anonymous."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.intake.archive import File
from autograder.intake.download import ALONE, Download, Handin, renamed
from autograder.intake.names import forms, safe_id, squeezed
from autograder.intake.naming import SOURCES
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

NAME = re.compile(
    r"(?:(?P<name>(?!anon_|LATE_)[^_/]+(?:_[^_/]+)*?)_)?(?:(?P<late>LATE)_)?"
    r"(?P<user>anon_[A-Za-z0-9]+|\d+)_(?:(?P<attachment>\d+)_(?P<file>[^/]+)|(?P<entry>(?:text|link)\.html))"
)
REST = re.compile(r"(?P<attachment>\d+)_(?P<file>[^/]+)")
QUIZ = re.compile(  # the answers to a quiz's file-upload question
    r"(?P<name>.*?)(?P<user>\d+)_question_(?P<question>\d+)_(?P<attachment>\d+)_(?P<file>[^/]+)"
)
COPY = re.compile(r"^(.*)-(\d+)(\.\w+)$")  # how Canvas numbers repeated uploads of one file name
NUMBER = re.compile(r"_(\d+)(?=_)")
TWO_WAYS = "its name can be read in two ways, so it is unclear which student it is from"
EITHER = "its file's name can be read as from "
GRADEBOOK = "give Canvas's gradebook, whose numbers decide"
QUESTIONS = "its student answered several questions of the quiz with files; grade the file meant by itself"


@dataclass(frozen=True)
class Named:
    """A file with what Canvas's name for it says."""

    file: File
    name: str
    late: bool
    user: str
    attachment: str
    given: str
    question: str = ""
    sure: bool = True  # that the user's number begins where `user` does
    doubt: str = ""


def read(files: Sequence[File], assignment: Assignment, numbers: Mapping[str, str]) -> Download:
    """Return what each Canvas user handed in; files of uncertain origin are left unmatched.

    `numbers` maps the user numbers in the roster to names; they decide where a name can be read in two ways.
    """
    download, by_user = Download("canvas"), defaultdict(list)
    quiz = all(QUIZ.fullmatch(file.name) for file in files)
    for file in files:
        if named := _of_quiz(file, numbers) if quiz else _named(file, numbers):
            by_user[named.user].append(named)
        else:
            download.unmatched.append(Refused(file.name, ALONE.format("Canvas")))
    for user, named_so in by_user.items():
        sure = _of_one_name(named_so, numbers)
        why = QUESTIONS if quiz and len({n.question for n in named_so}) > 1 else TWO_WAYS
        download.unmatched += [Refused(n.file.name, why) for n in named_so if n not in sure]
        download.handins += [_of_canvas(user, sure, assignment)] if sure else []
    return download


def _named(file: File, numbers: Mapping[str, str]) -> Named | None:
    """Return what a file's name says: the first way to read it, or the only one that fits the roster."""
    ways = list(_ways(file))
    fit = [way for way in ways if way.user in numbers and _alike(way.name, numbers[way.user])]
    if len(fit) == 1:
        return fit[0]
    if len(ways) > 1 and not ways[0].late:
        listed = " or ".join(f"{way.name} ({way.user})" for way in ways)
        return replace(ways[0], doubt=f"{EITHER}{listed}: {GRADEBOOK}")
    return ways[0] if ways else None


def _ways(file: File) -> Iterator[Named]:
    """Yield the ways to read a file's name, the one with the shortest student's name first."""
    first = NAME.fullmatch(file.name)
    if first is None:
        return
    yield _of_match(file, first)
    if first["late"] or not (first["name"] and first["attachment"]):
        return
    for number in NUMBER.finditer(file.name, first.end("user")):
        rest = REST.fullmatch(file.name, number.end() + 1)
        if rest and number.start() > 0:
            name, late = file.name[: number.start()], file.name[: number.start()].endswith("_LATE")
            name = name.removesuffix("_LATE")
            yield Named(file, name, late, number[1], rest["attachment"], rest["file"])


def other_ways(name: str, user: str) -> list[tuple[str, str]]:
    """Return each number and name that can be read in a file's name as its student's, except `user`."""
    ways = _ways(File(name, name, 0.0, bytes))
    return [(way.user, way.name) for way in ways if way.user != user and way.name]


def _of_match(file: File, match: re.Match[str]) -> Named:
    given = match["file"] or match["entry"]
    return Named(
        file, match["name"] or "", bool(match["late"]), match["user"], match["attachment"] or "", given
    )


def _of_quiz(file: File, numbers: Mapping[str, str]) -> Named | None:
    """Return what the name of an answer says; the digits before `_question` may begin in the name."""
    match = QUIZ.fullmatch(file.name)
    if match is None:
        return None
    digits = match["user"]
    ends = [n for n in range(len(digits)) if digits[n:] in numbers]
    fit = [n for n in ends if _alike(match["name"] + digits[:n], numbers[digits[n:]])]
    cut = fit[0] if len(fit) == 1 else 0
    name = match["name"] + (digits[:cut] if fit else digits)  # not known where the number begins
    return Named(
        *(file, name, False, digits[cut:], match["attachment"], match["file"], match["question"]),
        sure=bool(numbers),
    )


def _alike(name: str, listed: str) -> bool:
    return squeezed(name) in forms(listed)


def _of_one_name(named: list[Named], numbers: Mapping[str, str]) -> list[Named]:
    """Return those of one user's files that are certainly theirs.

    Canvas keeps underscores and digits in names, so the file of a student called `eve_99_1` looks like one
    from user 99. If a user number occurs with several names, ambiguous file names are left unmatched.
    """
    if len({n.question for n in named}) > 1:
        return []
    certain = [n for n in named if n.question or len(list(_ways(n.file))) == 1]
    listed = [n for n in named if n.user in numbers and _alike(n.name, numbers[n.user])]
    if len({n.name for n in named}) == 1 and (len(named) == 1 or certain or listed):
        return named
    return next((sure for sure in (certain, listed) if len({n.name for n in sure}) == 1), [])


def _of_canvas(user: str, named: list[Named], assignment: Assignment) -> Handin:
    """Return what one user handed in, without older uploads of the same file."""
    named = sorted(named, key=lambda n: int(n.attachment or 0))
    older = [n for group in _by_name(named, assignment).values() for n in _older(group, assignment)]
    kept = [n for n in named if n not in older]
    files, each = [], {}
    for name, group in _by_name(kept, assignment).items():
        for one in group:
            unique = name if len(group) == 1 else f"{one.attachment}/{name}"
            files.append(renamed(one.file, unique))
            each[unique] = _info(user, one, assignment)
    shown = [each[file.name] for file in files if file.name.lower().endswith((*SOURCES, ".zip"))]
    who = (shown or list(each.values()))[-1]
    person = " ".join([_kind(user), user, kept[-1].name])
    order = (float(kept[-1].attachment or 0),)
    notes = _superseded(n.file.name for n in older)
    return Handin(who, tuple(files), person, order, notes, each=each)


def _by_name(named: list[Named], assignment: Assignment) -> dict[str, list[Named]]:
    groups: dict[str, list[Named]] = defaultdict(list)
    for one in named:
        groups[_uploaded(one, assignment)[0]].append(one)
    return groups


def _older(group: list[Named], assignment: Assignment) -> list[Named]:
    """Return the older uploads of one file, in order of attachment, if Canvas's numbers tell their order.

    Canvas numbers the uploads of a file name (`-1`, `-2`). The order of attachments alone says nothing: the
    files of one attempt have several.
    """
    uploads = [_uploaded(one, assignment)[1] or 1 for one in group]
    told = uploads == sorted(set(uploads))
    return group[:-1] if told else []


def _info(user: str, named: Named, assignment: Assignment) -> SubmissionInfo:
    """Return what the name of one file says."""
    kind = _kind(user)
    return SubmissionInfo(
        id=safe_id(named.name, user) if named.name else safe_id(user),
        student=named.name or user,
        source=named.file.source,
        sha256="",
        members=(Member(named.name or user, lms={kind: user} if named.sure else {}),),
        lms={"canvas_attachment": named.attachment} if named.attachment and not named.question else {},
        late=named.late,
        attempt=_uploaded(named, assignment)[1],
        doubts=(named.doubt,) if named.doubt else (),
    )


def _kind(user: str) -> str:
    return "canvas_anonymous" if user.startswith("anon_") else "canvas_user"


def _uploaded(named: Named, assignment: Assignment) -> tuple[str, int | None]:
    """Return a file's name as the assignment spells it, and the upload's number if Canvas gives one."""
    asked = {asked.lower(): asked for asked in assignment.files}
    copy = COPY.match(named.given)
    if copy and (first := f"{copy[1]}{copy[3]}".lower()) in asked:
        return asked[first], int(copy[2]) + 1
    return asked.get(named.given.lower(), named.given), None


def _superseded(names: Iterable[str]) -> tuple[str, ...]:
    listed = ", ".join(names)
    return (f"the newest of several uploads was graded; older: {listed}",) if listed else ()
