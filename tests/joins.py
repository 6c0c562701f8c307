"""Draws classes of confusable people, reads them from every LMS, exports them, and compares with the truth.

Each submission's code says who wrote it, which no part of the kit may believe: it is the truth that the
written marks are compared with. `python tests/joins.py 10000` runs that many classes
(`make joins`); a second number is the first seed.
"""

from __future__ import annotations

import csv
import io
import random
import re
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import classroom

from autograder.errors import UsageError
from autograder.exports import canvas, moodle
from autograder.grades.policy import grades_of
from autograder.intake import finding
from autograder.intake.finding import Intake, Known
from autograder.intake.names import REFUSED
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.results import QuestionResult, Result
from autograder.records.submission import Submission, SubmissionInfo

QUESTION = Question("one", "One", 1000, ("f",))
ASSIGNMENT = Assignment("latent_space", "T", ("latent_space.py",), (QUESTION,), (), Limits())
FIRST = (
    "Jo",
    "jo",
    "Jo-Ann",
    "Jo_Ann",
    "José",
    "Jose",
    "student_1",
    "student",
    "李",
    "O'N",
    "ON",
    "C++",
    "C",
    "",
)
LAST = (
    "Kim",
    "Kim_7",
    "Kim 7",
    "Kim, Jr.",
    "Ray",
    "Ray_17_40",
    "D'Arcy",
    "DArcy",
    "雷",
    "& Co",
    "<3",
    "Kım",
    "LATE",
)
# left out, as nobody can tell: a group, or an nbgrader id, that spells the name of somebody else
GROUPS = (
    "Team 1.1",
    "Team 11",
    "C",
    "C++",
    "R&D",
    "RD",
    "Ramp;D",
    "Lab 🐱",
    "Lab 🐶",
    "A_b",
    "A b",
    "A'b",
)
IDS = ("1", "01", "s1", "s_1", "s-1", "s 1", "s1@x", "7", "17", "40017", "jo", "kj7", "N/A", "")
EMAILS = ("jo.k@a.x", "jo.k@b.x", "jo+k@a.x", "jo_k@a.x", "Jo.K@c.x", "7@x.y", "-", "")
NUMBERS = (1, 7, 17, 40, 71, 117, 4007, 40017, 901, 1901)


@dataclass(frozen=True)
class Person:
    """One student, with what each system calls them."""

    n: int
    first: str
    last: str
    id: str
    email: str
    canvas: int
    participant: int
    group: str

    @property
    def name(self) -> str:
        """The name as most systems write it."""
        return f"{self.first} {self.last}".strip()

    @property
    def sortable(self) -> str:
        """The name as Canvas sorts it."""
        return f"{self.last}, {self.first}" if self.first else self.last


Work = tuple[Person, int]  # who handed in, and which attempt
Files = dict[str, bytes]


def code(owner: int, attempt: int) -> bytes:
    """Return the code of an owner's attempt: it says which mark is right."""
    return f"mark = {10 * owner + attempt}\n".encode()


def people(draw: random.Random) -> list[Person]:
    """Return a class; names may repeat, numbers and ids do not."""
    size = draw.randint(2, 7)
    ids, emails = draw.sample(IDS, size), draw.sample(EMAILS, size)
    canvas_ids, participants = draw.sample(NUMBERS, size), draw.sample(NUMBERS, size)
    groups = draw.sample(GROUPS, draw.randint(1, 4))
    return [
        Person(n, draw.choice(FIRST), draw.choice(LAST), *known, draw.choice(groups))
        for n, known in enumerate(zip(ids, emails, canvas_ids, participants, strict=True), start=1)
    ]


def in_canvas(works: list[Work], draw: random.Random) -> Files:
    """Return Canvas's download."""
    files = {}
    for person, attempt in works:
        name = re.sub(r"\W", "", person.sortable.lower())
        late, number = draw.choice(["", "_LATE"]), 5000 * attempt + person.n
        files[f"{name}{late}_{person.canvas}_{number}_latent_space.py"] = code(person.n, attempt)
    return files


def in_quiz(works: list[Work], draw: random.Random) -> Files:
    """Return Canvas's download of a quiz question."""
    files = {}
    for person, attempt in works:
        name, number = re.sub(r"\W+", "_", person.sortable.lower()).strip("_"), 5000 * attempt + person.n
        files[f"{name}{person.canvas}_question_12_{number}_latent_space.py"] = code(person.n, attempt)
    return files


def in_moodle(works: list[Work], draw: random.Random, word: str = "") -> Files:
    """Return Moodle's download; with `word`, that of a blind assignment."""
    return {
        f"{word or _clean(p.name)}_{p.participant}_assignsubmission_file/latent_space.py": code(p.n, a)
        for p, a in works
    }


def in_teams(works: list[Work], draw: random.Random) -> Files:
    """Return Moodle's download of a team assignment: the first of a group's members hands in for it."""
    files = {}
    for group in sorted({person.group for person, _ in works}):
        attempt = max(a for p, a in works if p.group == group)
        number = GROUPS.index(group)
        files[f"{_clean(group)}_{number}_assignsubmission_file/latent_space.py"] = code(number, attempt)
    return files


def in_gradescope(works: list[Work], draw: random.Random) -> Files:
    """Return Gradescope's export; some students have no sid there."""
    files, lines = {}, []
    for person, attempt in works:
        folder = f"submission_{100 * attempt + person.n}"
        sid = person.id if draw.random() < 0.7 else ""
        lines.append(
            f"{folder}:\n  :submitters:\n  - :name: {_quoted(person.name)}\n    :sid: {_quoted(sid)}\n"
            f"    :email: {_quoted(person.email)}\n"
        )
        files[f"{folder}/latent_space.py"] = code(person.n, attempt)
    return {"submission_metadata.yml": "".join(lines).encode(), **files}


def in_nbgrader(works: list[Work], draw: random.Random) -> Files:
    """Return an nbgrader course whose ids are emails or the institution's."""
    files = {}
    for person, attempt in works:
        student = next((text for text in (person.email, person.id) if len(text) > 1), f"u{person.n}")
        place = f"submitted/{student}/latent_space"
        files[f"{place}/latent_space.py"] = code(person.n, attempt)
        files[f"{place}/timestamp.txt"] = f"2026-03-0{attempt} 12:00:00 UTC".encode()
    return files


def _clean(name: str) -> str:
    return REFUSED.sub("", name.replace("&", "&amp;").replace("<", "&lt;")).replace("_", " ")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _csv(rows: list[list[Any]], delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def gradebook(class_: list[Person], draw: random.Random) -> str:
    """Return Canvas's gradebook."""
    head = [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "T (1)"],
        ["Points Possible", *[""] * 4, 1000],
    ]
    return _csv([*head, *([p.sortable, p.canvas, p.id, p.email, "A", ""] for p in class_)])


def worksheet(class_: list[Person], draw: random.Random, named: bool = True, teams: bool = False) -> str:
    """Return Moodle's worksheet."""
    who = ["Full name", "ID number", "Email address"] if named else []
    head = [
        "Identifier",
        *who,
        "Status",
        *["Group"] * teams,
        "Grade",
        "Maximum grade",
        "Grade can be changed",
    ]
    rows = [
        [
            f"Participant {p.participant}",
            *([p.name, p.id, p.email] if named else []),
            *("Submitted", *[p.group] * teams, "", "1000.00", "Yes", "-"),
        ]
        for p in class_
    ]
    return _csv([[*head, "Last modified (grade)"], *rows])


def in_german(class_: list[Person], draw: random.Random) -> str:
    """Return Moodle's worksheet in German."""
    head = ["ID", "Vollständiger Name", "E-Mail-Adresse", "Status", "Bewertung", "Bestwertung", "Änderbar"]
    return _csv(
        [
            head,
            *([f"Teilnehmer/in{p.participant}", p.name, p.email, "-", "", "1000,00", "Ja"] for p in class_),
        ]
    )


def own(class_: list[Person], draw: random.Random, teams: bool = False) -> str:
    """Return a list of the teacher's own, with some of the columns."""
    columns = ["name", *(c for c in ("id", "email") if draw.random() < 0.7), *["group"] * teams]
    return _csv([columns, *([getattr(p, c) for c in columns] for p in class_)], draw.choice(",;\t"))


def teams_of(write: Callable[..., str], **how: bool) -> Callable[..., str]:
    """Return a roster that has groups."""
    return lambda class_, draw: write(class_, draw, teams=True, **how)


def blind(class_: list[Person], draw: random.Random) -> str:
    """Return Moodle's worksheet without names."""
    return worksheet(class_, draw, named=False)


Source = Callable[[list[Work], random.Random], Files]
SOURCES: dict[str, list[Source]] = {  # the first download and the later one
    "canvas": [in_canvas, in_canvas],
    "quiz": [in_quiz, in_quiz],
    "moodle": [in_moodle, in_moodle],
    "blind": [lambda w, d: in_moodle(w, d, "Participant"), lambda w, d: in_moodle(w, d, "Participant")],
    "revealed": [lambda w, d: in_moodle(w, d, "Teilnehmer in"), in_moodle],
    "teams": [in_teams, in_teams],
    "gradescope": [in_gradescope, in_gradescope],
    "nbgrader": [in_nbgrader, in_nbgrader],
}
ROSTERS = {
    "none": None,
    "canvas": gradebook,
    "moodle": worksheet,
    "blind": blind,
    "german": in_german,
    "own": own,
    "moodle teams": teams_of(worksheet),
    "blind teams": teams_of(worksheet, named=False),
    "own teams": teams_of(own),
}


@dataclass
class Count:
    """What became of the marks of all classes: `wrong` and `lost` describe the failures."""

    classes: int = 0
    refused: int = 0
    right: int = 0
    told: int = 0
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


def run(seed: int, folder: Path, count: Count) -> None:
    """Draw one class, grade its downloads by their truth, export it, and count what became of every mark."""
    draw = random.Random(seed)
    class_ = people(draw)
    source = draw.choice(list(SOURCES))
    fitting = [name for name in ROSTERS if name == "none" or (source == "teams") == name.endswith("teams")]
    kind = draw.choice(fitting)
    count.classes += 1
    try:
        read = _graded(class_, source, kind, folder, draw)
    except UsageError:  # a clear error before anything is written
        count.refused += 1
        return
    for to in ("canvas", "moodle", "moodle blind"):
        exported = _exported(to, class_, read, folder, draw, source == "teams")
        _compare(f"seed {seed}, {source}, roster {kind}, {to}", exported, read, count)


@dataclass(frozen=True)
class Read:
    """A class as the kit read it: its results, what it told, and the truth: person → mark, mark → file."""

    results: list[Result]
    told: str
    due: dict[int, int]
    files: dict[int, str]


def _graded(class_: list[Person], source: str, kind: str, folder: Path, draw: random.Random) -> Read:
    """Read two downloads of the class, one after the other, with a roster; grade by the truth."""
    write = ROSTERS[kind]
    roster = folder / "roster.csv" if write else None
    if roster and write:
        roster.write_text(write(class_, draw))
    first = [(person, 1) for person in class_ if draw.random() < 0.8] or [(class_[0], 1)]
    later = [(person, 2) for person in class_ if draw.random() < 0.4]
    if draw.random() < 0.5:  # a download of everything, not of the new work only
        later += [(person, 1) for person, _ in first if (person, 2) not in later]
    found, told, files, known = dict[str, Result](), "", dict[int, str](), Known()
    for works, make in zip((first, later), SOURCES[source], strict=True):
        if works:
            made = make(works, draw)
            files |= {_mark(data): name for name, data in made.items() if data.startswith(b"mark")}
            (folder / "download.zip").write_bytes(classroom.zipped(made))
            intake = finding.collect([folder / "download.zip"], ASSIGNMENT, roster_at=roster, known=known)
            known = Known(intake.ids)
            told += _told(intake)
            found |= {one.id: _result(one) for one in intake.submissions}
    return Read(list(found.values()), told, _due(class_, [*first, *later], source), files)


def _mark(code: bytes | str) -> int:
    return int(re.findall(r"\d+", code if isinstance(code, str) else code.decode())[0])


def _told(intake: Intake) -> str:
    unmatched = [refused.name for source in intake.sources for refused in source.unmatched]
    notes = [note for one in intake.submissions for note in one.notes]
    return "\n".join([*unmatched, *notes, ""])


def _result(one: Submission) -> Result:
    score = _mark(one.cells[0].source)
    info = SubmissionInfo(**{name: getattr(one, name) for name in SubmissionInfo.__dataclass_fields__})
    return Result(info, "graded", None, score, 1000, (QuestionResult("one", "One", score, 1000),))


def _due(class_: list[Person], works: list[Work], source: str) -> dict[int, int]:
    """Return person → the mark of the newest work, a group's for each of its members."""
    newest: dict[Any, int] = {}
    for person, attempt in works:
        key = person.group if source == "teams" else person.n
        newest[key] = max(newest.get(key, 0), attempt)
    if source != "teams":
        return {n: 10 * n + attempt for n, attempt in newest.items()}
    return {p.n: 10 * GROUPS.index(p.group) + newest[p.group] for p in class_ if p.group in newest}


def _exported(
    to: str, class_: list[Person], read: Read, folder: Path, draw: random.Random, teams: bool
) -> tuple[dict[int, str], str]:
    """Return the marks that an export wrote, by person, and what it told."""
    template, grades = folder / "template.csv", grades_of(read.results, ASSIGNMENT, ())
    if to == "canvas":
        template.write_text(gradebook(class_, draw))
        filled, column, top = canvas.fill(template, read.results, grades, "T"), "T (1)", 2
    else:
        template.write_text(worksheet(class_, draw, named=to == "moodle", teams=teams))
        filled, column, top = moodle.fill(template, read.results, grades), "Grade", 1
    rows = list(csv.reader(io.StringIO(filled.text)))
    place = rows[0].index(column)
    marks = {person.n: row[place] for person, row in zip(class_, rows[top:], strict=True)}
    return marks, "\n".join([*filled.unmatched, *filled.blank])


def _compare(title: str, exported: tuple[dict[int, str], str], read: Read, count: Count) -> None:
    marks, told = exported
    ids = {result.score: result.submission.id for result in read.results}
    for n, written in marks.items():
        right, got = read.due.get(n), int(float(written or 0))
        reported = right is not None and (read.files[right] in read.told or ids.get(right, "\0") in told)
        if got and right is not None and got == right:
            count.right += 1
        elif got and not (
            reported and got // 10 == (right or 0) // 10
        ):  # reported: older work of the same student
            count.wrong.append(f"{title}: person {n} has {got}, not {right}")
        elif reported:
            count.told += 1
        elif right is not None:
            count.lost.append(f"{title}: the mark {right} of person {n}")


def main(classes: int, begin: int = 0) -> Count:
    """Run `classes` classes and return what became of their marks."""
    count = Count()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(begin, begin + classes):
            run(seed, Path(folder), count)
    return count


if __name__ == "__main__":
    began = time.monotonic()
    done = main(*map(int, sys.argv[1:3] or ["10000"]))
    for line in [*done.wrong[:20], *done.lost[:20]]:
        print(line)
    print(
        f"{done.classes} classes ({done.refused} refused with a message), {done.right} marks right, "
        f"{done.told} blank and told, {len(done.wrong)} wrong, {len(done.lost)} lost, "
        f"{time.monotonic() - began:.0f} s"
    )
    sys.exit(bool(done.wrong or done.lost))
