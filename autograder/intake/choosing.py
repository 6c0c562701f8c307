"""Chooses which file of a hand-in counts. It never guesses: where several could be meant, staff choose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autograder.errors import RejectedError
from autograder.intake import compare, naming
from autograder.intake.compare import Content
from autograder.records.assignment import Assignment
from autograder.records.choices import Choice
from autograder.records.submission import digest

Read = Callable[[], bytes]
Find = Callable[[Mapping[str, str]], Choice | None]
MOST_OTHERS = 200  # files with other names that are searched for the names that the assignment asks for
MOST_NAMED = 6  # files named in one sentence


@dataclass(frozen=True)
class Pick:
    """The file that counts, and notes. If `waiting` says that only staff can choose, there is no file yet.

    `candidates` maps the files that staff choose from to their SHA-256; empty if one alone could be meant.
    """

    name: str = ""
    data: bytes = b""
    notes: tuple[str, ...] = ()
    candidates: dict[str, str] = field(default_factory=dict)
    waiting: str | None = None


@dataclass(frozen=True)
class Candidate:
    """One file that could be meant: its content, without the text that students were given.

    `same` lists other files with the same code.
    """

    name: str
    data: bytes
    content: Content
    untouched: bool
    same: tuple[str, ...] = ()


def pick(
    sources: Mapping[str, Read],
    assignment: Assignment,
    chosen: Find = lambda files: None,
    handed: Sequence[str] = (),
) -> Pick:
    """Return the file that counts; `chosen` finds the choice that staff made among candidates.

    Raises RejectedError, which names the files `handed` in, if none is a notebook or a script.
    """
    names = [name for name in sources if naming.is_source(name)]
    if not names:
        wanted = " or ".join(assignment.files)
        got = _listed(handed or list(sources)) or "no files"
        raise RejectedError(f"expected a notebook or a script, got {got}; hand in {wanted}")
    if len(names) == 1:
        return Pick(names[0], sources[names[0]](), _unusual(names[0], assignment))
    named = [name for name in names if naming.asked(name, assignment)]
    if len(named) == 1 and not _others(sources, names, named, assignment, 1):
        name = named[0]
        return Pick(name, sources[name](), (*_unusual(name, assignment), _several(name)))
    return _among(sources, names, named, assignment, chosen)


def untouched(sources: Mapping[str, Read], assignment: Assignment) -> bool:
    """Whether all files with a name that the assignment asks for, and there are some, are as handed out."""
    named = [name for name in sources if naming.asked(name, assignment)]
    given = compare.template(assignment)
    return bool(named) and all(_candidate(name, sources[name](), given).untouched for name in named)


def _among(
    sources: Mapping[str, Read],
    names: Sequence[str],
    named: Sequence[str],
    assignment: Assignment,
    chosen: Find,
) -> Pick:
    """Return the pick from several files of which more than one might be meant."""
    given = compare.template(assignment)
    half = max(1, (len(_wanted(assignment)) + 1) // 2)
    whole = [*named, *_others(sources, names, named, assignment, half)]
    likely = _looked_at(sources, whole, given, assignment)
    worked = [candidate for candidate in likely if not candidate.untouched]
    if not worked:  # perhaps the work is split over files with other names
        partly = _others(sources, names, whole, assignment, 1) if likely else names
        rest = _looked_at(sources, partly, given, assignment)
        worked = [candidate for candidate in rest if not candidate.untouched] or [*likely, *rest][:1]
    distinct = _distinct(worked)
    if len(distinct) == 1:
        return _only(distinct[0], likely, assignment)
    return _choose(distinct, chosen)


def _only(one: Candidate, likely: Iterable[Candidate], assignment: Assignment) -> Pick:
    """Return the one file that could be meant, with notes that say why."""
    notes = list(_unusual(one.name, assignment))
    given = [other.name for other in likely if other.untouched and other.name != one.name]
    if one.untouched:
        notes.append(f"{one.name} was graded, as you were given it: it contains no work of yours")
    elif given:
        notes.append(f"{one.name} was graded; unchanged since you were given it: {_listed(given)}")
    if one.same:
        notes.append(f"{one.name} was graded; the same code is in {_listed(one.same)}")
    return Pick(one.name, one.data, tuple(notes) or (_several(one.name),))


def _choose(distinct: Sequence[Candidate], chosen: Find) -> Pick:
    """Return the file that staff chose among `distinct` candidates, or a pick that waits for them."""
    files = {candidate.name: digest(candidate.data) for candidate in distinct}
    choice = chosen(files)
    if choice is None:
        reason = (
            f"expected one file to grade, got {len(files)} that differ: {_listed(list(files))}; "
            "staff must choose which one counts"
        )
        return Pick(candidates=files, waiting=reason)
    data = next(candidate.data for candidate in distinct if candidate.name == choice.file)
    others = _listed([name for name in files if name != choice.file])
    return Pick(
        choice.file, data, (f"{choice.file} was graded: staff chose it over {others}",), candidates=files
    )


def _looked_at(
    sources: Mapping[str, Read], names: Iterable[str], given: Content, assignment: Assignment
) -> list[Candidate]:
    """Return candidates in the order in which the assignment names its files; see _order."""
    ordered = sorted(names, key=lambda name: _order(name, assignment))
    return [_candidate(name, sources[name](), given) for name in ordered]


def _candidate(name: str, data: bytes, given: Content) -> Candidate:
    content = compare.content(name, data)
    own = replace(content, text=content.text - given.text)
    return Candidate(name, data, own, content.readable and not own.text and content.work <= given.work)


def _order(name: str, assignment: Assignment) -> tuple[int, int, str]:
    """Return a key that orders names for reading; among files that differ it decides nothing."""
    asked = naming.asked(name, assignment)
    place = assignment.files.index(asked) if asked else len(assignment.files)
    return place, name.count("/"), name


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return one candidate for each different content; of equal ones the first with text of its own."""
    groups: list[list[Candidate]] = []
    for one in candidates:
        group = next((group for group in groups if all(_same(one, other) for other in group)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    ordered = [sorted(group, key=lambda one: not one.content.text) for group in groups]
    return [replace(first, same=tuple(other.name for other in same)) for first, *same in ordered]


def _same(one: Candidate, other: Candidate) -> bool:
    """Whether two files have the same code, and not different answers beside it."""
    texts = {candidate.content.text for candidate in (one, other)} - {frozenset()}
    return len(texts) < 2 and bool(one.content.codes & other.content.codes)


def _wanted(assignment: Assignment) -> list[str]:
    return [name for question in assignment.questions for name in question.defines]


def _others(
    sources: Mapping[str, Read],
    names: Iterable[str],
    known: Sequence[str],
    assignment: Assignment,
    least: int,
) -> list[str]:
    """Return the files not in `known` that define at least `least` names that the assignment asks for."""
    wanted = _wanted(assignment)
    unknown = [name for name in names if name not in known][:MOST_OTHERS]
    return [name for name in unknown if _defined(sources[name], name, wanted) >= least]


def _defined(read: Read, name: str, wanted: Sequence[str]) -> int:
    try:
        return compare.defined(name, read(), wanted)
    except RejectedError:  # too large
        return 0


def _unusual(name: str, assignment: Assignment) -> tuple[str, ...]:
    """Return a note if a file is not named as the assignment asks."""
    short = name.rpartition("/")[2]
    if short.lower() in (wanted.lower() for wanted in assignment.files):
        return ()
    return (f"expected a file called {' or '.join(assignment.files)}, got {name}; it was graded",)


def _several(name: str) -> str:
    return f"several files were handed in; {name} was graded"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
