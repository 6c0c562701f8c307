"""Joins submissions with the rows of a roster: by number or id, otherwise by a name that only one has.

Joining never guesses. Names are compared as they are spelled, also as an LMS writes them in file names, and
then by their letters and digits; a comparison decides only if exactly one student on either side fits. What
may fit is a doubt, which staff settle with `autograder same`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from autograder.intake import canvas, lateness
from autograder.intake.moodle import DEFAULT_GROUP
from autograder.intake.names import as_in_files, forms, may_be_in_ascii, spelled
from autograder.intake.roster import Entry, Roster
from autograder.intake.worksheet import is_blind
from autograder.records.assignment import LatePolicy
from autograder.records.origin import Doubt
from autograder.records.submission import Member, Submission, SubmissionInfo

Forms = Callable[[str], set[str]]
Named = tuple[str, Hashable]  # a name, and who has it
LEVELS: tuple[tuple[Forms, Forms], ...] = (  # how a name in a download and one on the roster are compared
    (spelled, as_in_files),  # O'N and ON are one name in a file of Moodle's: then neither is meant for sure
    (forms, forms),
)
OF_GROUPS = ("canvas_user", "moodle_participant")  # numbers that a group's folder may have as well
SHARED = "more than one may have this name"
SPELLED = "same number, other name"
OTHER = "same name, other number, id or email"
BOTH = "same id, other name and email"
DEFAULT = "Moodle's group of the students in no group or in several"
TWO_NAMES = "its file's name can be read in two ways"
TWO = "its id and its email belong to different students"


@dataclass(frozen=True)
class Joined:
    """The roster's rows of a submission's students, None for those without one.

    `rows` are the rows that may be theirs, and `why` says why that is not certain. `group` is set if the
    submission has a group's name: then its number is no student's.
    """

    entries: tuple[Entry | None, ...]
    rows: tuple[Entry, ...] = ()
    why: str = ""
    group: bool = False


class Names:
    """Compares names in downloads (`left`) with names on the roster (`right`)."""

    def __init__(self, left: Iterable[Named], right: Iterable[Named]) -> None:
        left, right = list(left), list(right)
        self._left = [_whose(left, of) for of, _ in LEVELS]
        self._right = [_whose(right, of) for _, of in LEVELS]
        self._forms = [_forms(right, of) for _, of in LEVELS]

    def fits(self, name: str) -> tuple[list[Hashable], bool]:
        """Return who on the roster fits `name` best, and whether nobody else on either side does."""
        for level, (of, _) in enumerate(LEVELS):
            found = {who: None for form in sorted(of(name)) for who in self._right[level].get(form, ())}
            if found:
                near = {form for who in found for form in self._forms[level][who]}
                rivals = {who for form in near for who in self._left[level].get(form, ())}
                return list(found), len(found) == 1 and len(rivals) <= 1
        return [], False


def _whose(names: Iterable[Named], of: Forms) -> dict[str, list[Hashable]]:
    index: dict[str, list[Hashable]] = defaultdict(list)
    for name, who in names:
        for form in of(name):
            index[form].append(who)
    return index


def _forms(names: Iterable[Named], of: Forms) -> dict[Hashable, set[str]]:
    index: dict[Hashable, set[str]] = defaultdict(set)
    for name, who in names:
        index[who] |= of(name)
    return index


class Joiner:
    """Joins each of a class's submissions with its rows; it must know all of them to know who is meant.

    `decided` maps submissions' ids to the students on the roster whom staff named with `same`.
    """

    def __init__(
        self,
        class_: Sequence[SubmissionInfo],
        roster: Roster,
        decided: Mapping[str, Sequence[Member]] | None = None,
    ) -> None:
        self.roster, self.decided = roster, decided or {}
        self._at = {entry.line: entry for entry in roster.entries}
        open_ = [info for info in class_ if info.id not in self.decided]
        people = [(m.name, _person(m, info)) for info in open_ for m in info.members]
        alone = [(info.student, info.id) for info in open_ if len(info.members) == 1]
        self._names = Names(people, ((name, e.line) for e in roster.entries for name in _called(e)))
        self._default = any(map(is_default_group, class_))
        self._groups = Names(alone, ((group, group) for e in roster.entries for group in self._of(e)))
        keyed = [self._by_key(m)[0] for info in open_ for m in info.members]
        chosen = [entry for rows in self.decided.values() for entry in map(self._row, rows)]
        self._taken = {entry.line for entry in (*keyed, *chosen) if entry}

    def of(self, info: SubmissionInfo) -> Joined:
        """Return the rows of one submission's students."""
        if info.id in self.decided:
            return Joined(tuple(self._row(member) for member in self.decided[info.id]))
        keyed = [self._by_key(member) for member in info.members]
        group = self._group(info) if len(info.members) == 1 and not keyed[0][0] else Joined(())
        if group.entries:
            return group
        found = [
            Joined((entry,)) if entry else self._unkeyed(member, rows, why)
            for member, (entry, rows, why) in zip(info.members, keyed, strict=True)
        ]
        if len(found) == 1 and (others := self._read_otherwise(info, found[0].entries[0])):
            return Joined((None,), others, TWO_NAMES)
        rows = [*group.rows, *(row for joined in found for row in joined.rows)]
        why = next((joined.why for joined in (group, *found) if joined.why), "")
        return Joined(tuple(joined.entries[0] for joined in found), tuple(rows), why)

    def _read_otherwise(self, info: SubmissionInfo, entry: Entry | None) -> tuple[Entry, ...]:
        """Return the row of a Canvas user and those that the file's name, read in another way, fits as well.

        None if there are no others, or if the student's id or email already agrees with the row.
        """
        member = info.members[0]
        same = entry and {member.id, member.email} & {entry.member.id, entry.member.email} - {""}
        if entry is None or same or "canvas_user" not in member.lms:
            return ()
        ways = canvas.other_ways(PurePosixPath(info.source).name, member.lms["canvas_user"])
        fit = [row for way in ways for row in self.roster.entries if row is not entry and _reads(way, row)]
        return (entry, *fit) if fit else ()

    def _by_key(self, member: Member) -> tuple[Entry | None, tuple[Entry, ...], str]:
        """Return the row with one of a student's numbers or ids, or rows that contradict each other."""
        for kind in sorted(member.lms.keys() & self.roster.kinds):
            entry = self.roster.by_key.get((kind, member.lms[kind]))
            if entry is not None:
                return (entry, (), "") if _agree(member, entry) else (None, (entry,), SPELLED)
            return None, (), OTHER
        texts = [member.id, member.email]
        if not any(texts) and not member.lms:
            texts = [member.name]  # a file of its own, named by an id
        found = {e.line: e for text in texts for e in self._with(text.lower())}
        if "ilias_user" in member.lms and not member.id:
            found = {e.line: e for e in self._in_ilias(member.name)}
        if len(found) > 1:
            return None, tuple(found.values()), TWO
        entry = next(iter(found.values()), None)
        return (None, (entry,), BOTH) if entry and _is_another(member, entry) else (entry, (), "")

    def _with(self, text: str) -> list[Entry]:
        keys = [(kind, text) for kind in ("id", "email", "login")]
        return [self.roster.by_key[key] for key in keys if text and key in self.roster.by_key]

    def _in_ilias(self, folder: str) -> list[Entry]:
        """Return the rows whose login and name a folder `<last>_<first>_<login>_<number>` may contain.

        ILIAS writes `_` for letters outside ASCII, so only a login on the roster tells where it begins.
        """
        parts = folder.lower().split("_")[:-1]
        cuts = [("_".join(parts[:n]), "_".join(parts[n:])) for n in range(1, len(parts))]
        rows = [(name, self.roster.by_key.get(("login", login))) for name, login in cuts if login]
        return [row for name, row in rows if row and may_be_in_ascii(name, row.member.name)]

    def _unkeyed(self, member: Member, rows: tuple[Entry, ...], why: str) -> Joined:
        """Return the row that has a student's name, unless a number, an id or an email contradicts it."""
        lines, only = self._names.fits(member.name)
        named = [self._at[line] for line in lines if line not in self._taken]  # type: ignore[index]
        if rows or not named:
            return Joined((None,), rows, why if rows else "")
        other = why or (OTHER if any(self._contradicts(member, entry) for entry in named) else "")
        if only and not other:
            return Joined((named[0],))
        return Joined((None,), tuple(named), other or SHARED)

    def _contradicts(self, member: Member, entry: Entry) -> bool:
        if member.id and member.id != member.name and "id" in self.roster.kinds:
            return True  # the roster has ids but not this one: a row with that name is another student's
        return bool(member.email and entry.member.email and member.email != entry.member.email)

    def _group(self, info: SubmissionInfo) -> Joined:
        """Return the students of the group whose name the submission has."""
        names, only = self._groups.fits(info.student)
        rows = tuple(entry for entry in self.roster.entries if set(self._of(entry)) & set(names))
        if not rows and is_default_group(info) and any(entry.groups for entry in self.roster.entries):
            return Joined((), tuple(e for e in self.roster.entries if len(e.groups) != 1), DEFAULT)
        return Joined(rows, group=True) if only else Joined((), rows, SHARED if rows else "")

    def _of(self, entry: Entry) -> tuple[str, ...]:
        """Return the groups that a student hands in for: in Moodle, for none if in several."""
        return () if self._default and len(entry.groups) > 1 else entry.groups

    def _row(self, member: Member) -> Entry:
        """Return the row of a student whom staff chose, even from an earlier roster."""
        rows = [self.roster.by_key.get(key) for key in sorted(Entry(member).keys)]
        rows += [entry for entry in self.roster.entries if entry.member.name == member.name]
        return next((row for row in rows if row), Entry(member, line=-1))


def is_default_group(info: SubmissionInfo) -> bool:
    """Whether students handed in for the group that Moodle makes of those in no group or in several."""
    return DEFAULT_GROUP in info.lms


def _person(member: Member, info: SubmissionInfo) -> Hashable:
    """Return what tells a student from others of the same name: ids, or else the submission."""
    ids = (member.id, member.email, *sorted(member.lms.items()))
    return ids if any(ids) else info.id


def _called(entry: Entry) -> tuple[str, ...]:
    """Return a student's name, also as Moodle before 4.1 wrote it in a team's folder: `Group-Name`."""
    name = entry.member.name
    return (name, *(f"{group}-{name}" for group in entry.groups))


def _agree(member: Member, entry: Entry) -> bool:
    """Whether a row found by number really is this member's: a group may have the number of a student."""
    if entry.blind or not entry.member.name:
        return is_blind(member.name) or not entry.groups
    if is_blind(member.name) or (member.id and member.id == entry.member.id):
        return True
    return _spelled_alike(member, entry)


def _spelled_alike(member: Member, entry: Entry) -> bool:
    return any(left(member.name) & right(name) for left, right in LEVELS for name in _called(entry))


def _reads(way: tuple[str, str], entry: Entry) -> bool:
    """Whether a number and a name in a file's name fit a row: the name alone if the row has no number."""
    number, name = way
    known = entry.member.lms.get("canvas_user", number)
    return known == number and _spelled_alike(Member(name), entry)


def numbers_of(member: Member, entry: Entry) -> dict[str, str]:
    """Return the numbers in a download that are certainly those of the student in a row.

    A group's folder has the group's number, or one member's: nothing but its name tells it from a student's.
    """
    sure = is_blind(member.name) or _spelled_alike(member, entry)
    return {
        kind: number
        for kind, number in member.lms.items()
        if sure or kind not in OF_GROUPS or entry.member.lms.get(kind) == number
    }


def _is_another(member: Member, entry: Entry) -> bool:
    """Whether both name and email contradict a row found by an id: a person may have a name that changes."""
    emails = {member.email.lower(), entry.member.email.lower()}
    return len(emails) == 2 and "" not in emails and not _spelled_alike(member, entry)


def join(
    submissions: Sequence[Submission],
    roster: Roster,
    decided: Mapping[str, Sequence[Member]] | None = None,
    policy: LatePolicy | None = None,
) -> tuple[tuple[Submission, ...], tuple[Doubt, ...]]:
    """Return `submissions` with names and ids from the roster, and the doubts about the others."""
    joiner = Joiner(submissions, roster, decided)
    found = [(submission, joiner.of(submission)) for submission in submissions]
    taken = {entry.line for _, joined in found for entry in joined.entries if entry}
    doubts = [doubt for one, joined in found if (doubt := doubt_of(one, joined, taken))]
    return tuple(_merged(one, joined, policy or LatePolicy()) for one, joined in found), tuple(doubts)


def doubt_of(info: SubmissionInfo, joined: Joined, taken: set[int]) -> Doubt | None:
    """Return the doubt about a submission, or None; rows that are `taken` are not in doubt."""
    rows = {entry.line: entry.member for entry in joined.rows if entry.line not in taken}
    return Doubt(info.id, info.student, tuple(rows.values()), joined.why) if rows else None


def _merged(submission: Submission, joined: Joined, policy: LatePolicy) -> Submission:
    """Return a submission with what the roster knows about its students."""
    entries = joined.entries
    rows = [entry for entry in entries if entry]
    if not rows:
        return submission
    alone = len(entries) == len(submission.members) == 1
    lms = numbers_of(submission.members[0], rows[0]) if alone and not joined.group else {}
    old = (*submission.members, *[None] * len(entries))
    members = [
        replace(e.member, lms={**lms, **e.member.lms}) if e else m for m, e in zip(old, entries, strict=False)
    ]
    times = [entry.submitted for entry in rows if entry.submitted]
    hidden = rows[0].blind and not is_blind(submission.student)
    name = rows[0].member.name if alone and not hidden else ""  # a group keeps its own name
    merged = replace(
        submission,
        members=tuple(m for m in members if m),
        student=name or submission.student,
        submitted=submission.submitted or max(times, default=None),
    )
    return lateness.add(merged, [entry.told for entry in rows], policy)
