"""Writes what each LMS lets a teacher download, under its own names; no part of the kit is used."""

from __future__ import annotations

import html.entities
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import classroom

from autograder.records.origin import Kind
from joins.people import DEFAULT, Person, Work

Files = dict[str, bytes]
CLEAN = re.compile(r"[\x00-\x1f\x7f&<>\"`|':\\/]|\.\.+")  # what Moodle leaves out of file names
UNSAFE = re.compile(r'[\x00-\x1f\\/:*?"<>|]')  # what a file system refuses
TITLES = ("Lab 1", "Lab_1", "Lab", "latent-space")
WORDS = ("Participant", "Teilnehmer/in", "Participante", "Deelnemer", "参加者", "Uczestnik")
CALLED = (
    "latent_space.py",
    "latent_space.py",
    "latent_space (1).py",
    "latent_space-Copy1.py",
    "latent_space.py.txt",
)
DAYS = ("Mar {}, 2026 920 PM", "{} March, 2026 920 PM")


@dataclass(frozen=True)
class Course:
    """What all downloads of one class have in common."""

    title: str
    word: str
    day: str
    flat: bool
    known: frozenset[int]  # people of whom the LMS tells more than it must
    named: dict[int, str]  # what each student's folder is called by name
    called: dict[int, str]  # what it is called where students call their files as they like

    @classmethod
    def drawn(cls, draw: random.Random, class_: Sequence[Person]) -> Course:
        """Return a course with drawn title, language and ways."""
        part = draw.choice((0.0, 0.7, 1.0))
        return cls(
            *(draw.choice(TITLES), draw.choice(WORDS), draw.choice(DAYS)),
            draw.random() < 0.3,
            frozenset(n for n in range(8) if draw.random() < part),
            heads(class_, "name"),
            heads(class_, draw.choice(("name", "id", "email", "login"))),
        )


Make = Callable[[Sequence[Work], random.Random, Course], Files]


@dataclass(frozen=True)
class Source:
    """One kind of download: `later` where the second one of a class looks different from the first.

    `timed` is set if it tells which of two downloads is newer, `whole` if it contains every attempt.
    """

    make: Make
    kind: Kind = "auto"
    later: Make | None = None
    teams: bool = False
    timed: bool = False
    whole: bool = False


def code(mark: int) -> bytes:
    """Return code that says which mark is right for it."""
    return f"mark = {mark}\n".encode()


def uploads(work: Work, draw: random.Random, flat: bool = False) -> Iterator[tuple[str, bytes]]:
    """Yield the names and bytes of the files of a hand-in; `flat` names have no folders."""
    if work.unclear and flat:
        yield from (("latent_space.py", code(work.mark)), ("latent_space-Copy1.py", code(work.draft)))
    elif work.unclear:
        yield from (("final/latent_space.py", code(work.mark)), ("draft/latent_space.py", code(work.draft)))
    elif draw.random() < 0.1:
        yield "my work.zip", classroom.zipped({"homework/latent_space.py": code(work.mark)})
    else:
        yield draw.choice(CALLED), code(work.mark)


def in_canvas(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Canvas's download; a group's file has the number of its first member."""
    files: Files = {}
    for work in works:
        person = work.people[0]
        name = re.sub(r"\W", "", (work.group or person.sortable).lower())
        late = draw.choice(["", "_LATE"])
        for n, (file, data) in enumerate(uploads(work, draw, flat=True)):
            number = 5000 * work.attempt + 10 * work.owner + n
            files[f"{name}{late}_{person.canvas}_{number}_{file}"] = data
    return files


def in_canvas_anonymously(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Canvas's download of an anonymous assignment."""
    files: Files = {}
    for work in works:
        late = draw.choice(["", "LATE_"])
        for n, (file, data) in enumerate(uploads(work, draw, flat=True)):
            number = 5000 * work.attempt + 10 * work.owner + n
            files[f"{late}anon_Ab{work.people[0].canvas}_{number}_{file}"] = data
    return files


def in_quiz(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Canvas's download of a quiz question."""
    files: Files = {}
    for work in works:
        person = work.people[0]
        name = re.sub(r"\W+", "_", person.sortable.lower()).strip("_")
        for n, (file, data) in enumerate(uploads(work, draw, flat=True)):
            number = 5000 * work.attempt + 10 * work.owner + n
            files[f"{name}{person.canvas}_question_12_{number}_{file}"] = data
    return files


def in_moodle(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Moodle's download: with a folder for each student, or without folders."""
    return {
        f"{cleaned(w.people[0].name)}_{w.people[0].participant}_assignsubmission_file{path}": data
        for w in works
        for path, data in _inside(w, draw, course.flat)
    }


def in_blind(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Moodle's download of a blind assignment, in one of several languages."""
    return {
        f"{cleaned(course.word)}_{w.people[0].participant}_assignsubmission_file{path}": data
        for w in works
        for path, data in _inside(w, draw, course.flat)
    }


def in_teams(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Moodle's download of a team assignment; the default group has no number."""
    files: Files = {}
    for work in works:
        number = "" if work.group == DEFAULT else f"_{work.number}"
        for path, data in _inside(work, draw, course.flat):
            files[f"{cleaned(work.group)}{number}_assignsubmission_file{path}"] = data
    return files


def in_old_teams(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return a team assignment's download as Moodle wrote it before 4.1: a folder for each member."""
    files: Files = {}
    for work in works:
        given = list(uploads(work, draw))
        for person in work.people:
            head = f"{cleaned(f'{work.group}-{person.name}')}_{person.participant}_assignsubmission_file_"
            files |= {f"{head}/{name}": data for name, data in given}
    return files


def _inside(work: Work, draw: random.Random, flat: bool) -> Iterator[tuple[str, bytes]]:
    for name, data in uploads(work, draw, flat):
        yield f"_{name}" if flat else f"/{name}", data


def in_gradescope(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Gradescope's export; some students have no sid there, and a group's members share a folder."""
    files, lines = Files(), []
    for work in works:
        folder = f"submission_{100 * work.attempt + work.owner}"
        lines.append(f"{folder}:\n  :submitters:\n")
        for person in work.people:
            sid = person.id if person.n in course.known else ""
            lines.append(
                f"  - :name: {_quoted(person.name)}\n    :sid: {_quoted(sid)}\n"
                f"    :email: {_quoted(person.account)}\n"
            )
        for name, data in uploads(work, draw):
            if name.endswith(".zip"):  # Gradescope unpacks them
                name, data = "homework/latent_space.py", code(work.mark)
            files[f"assignment_7_export/{folder}/{name}"] = data
    return {"assignment_7_export/submission_metadata.yml": "".join(lines).encode(), **files}


def in_nbgrader(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return the files of an nbgrader course whose ids are emails or the institution's."""
    files: Files = {}
    for work in works:
        place = f"submitted/{work.people[0].nbgrader}/latent_space"
        files |= {f"{place}/{name}": data for name, data in uploads(work, draw)}
        files[f"{place}/timestamp.txt"] = f"2026-03-0{work.attempt} 12:00:00 UTC".encode()
        if draw.random() < 0.8:
            files[f"{place}/submission_secret.txt"] = f"secret {work.owner}".encode()
    return files


def in_brightspace(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Brightspace's download, with a folder for each attempt."""
    files = {"index.html": b"<html>"}
    for work in works:
        person = work.people[0]
        head = f"{person.canvas}-{person.participant} - {UNSAFE.sub('', person.name)}"
        day = course.day.format(work.attempt)
        files |= {f"{head} - {day}/{name}": data for name, data in uploads(work, draw)}
    return files


def in_blackboard(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return Blackboard's download; the .txt beside each attempt may be missing, or hold a comment."""
    files: Files = {}
    others = [work.people[0] for work in works]
    for work in works:
        person, other = work.people[0], draw.choice(others)
        head = f"{course.title}_{person.login}_attempt_2026-03-0{work.attempt}-12-00-00"
        files |= {f"{head}_{name}": data for name, data in uploads(work, draw, flat=True)}
        if person.n in course.known:
            told = f"Name: {person.name} ({person.login})\nAssignment: {course.title}\n\nComments:\n"
            files[f"{head}.txt"] = f"{told}Name: {other.name} ({other.login})\n".encode()
    return files


def in_ilias(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return ILIAS's download; its folders are in ASCII."""
    files: Files = {}
    for work in works:
        folder = in_ilias_called(work.people[0])
        for name, data in uploads(work, draw):
            files[f"{course.title}_999/Abgaben/{folder}/{name}"] = data
    return files


def in_classroom(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return what GitHub Classroom's assistant or its command line downloads."""
    files: Files = {}
    task = course.title.replace(" ", "-").lower()
    for work in works:
        user = work.people[0].github
        root = f"{task}-submissions/{task}-{user}" if course.flat else f"{task}-09-24-2026/{user}"
        files |= {f"{root}/{name}": data for name, data in uploads(work, draw)}
        files[f"{root}/README.md"] = b"# Lab"
    return files


def in_versions(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return a class from Teams: each attempt is a folder `Version <n>` of its student's."""
    files: Files = {}
    for work in works:
        head = course.named[work.owner]
        for name, data in uploads(work, draw):
            files[f"Student Work/{head}/{course.title}/Version {work.attempt}/{name}"] = data
    return files


def in_folders(works: Sequence[Work], draw: random.Random, course: Course) -> Files:
    """Return a class zipped by hand: a folder, a file or a zip named after each student."""
    files: Files = {}
    for work in works:
        head = course.called[work.owner]
        if work.unclear or draw.random() < 0.5:
            files |= {f"class/{head}/{name}": data for name, data in uploads(work, draw)}
        elif draw.random() < 0.3:
            files[f"class/{head}.zip"] = classroom.zipped({"latent_space.py": code(work.mark)})
        else:
            files[f"class/{head}.py"] = code(work.mark)
    return files


def heads(class_: Sequence[Person], by: str) -> dict[int, str]:
    """Return what each student's folder is called on a disk, where two never have one name."""
    taken, called = set[str](), dict[int, str]()
    for person in class_:
        head = UNSAFE.sub("", str(getattr(person, by))).strip(" .-") or f"hand-in {person.n}"
        called[person.n] = f"{head} (student {person.n})" if head.casefold() in taken else head
        taken.add(head.casefold())
    return called


def cleaned(name: str) -> str:
    """Return a name as Moodle writes it in the names of files."""
    return CLEAN.sub("", name.replace("&", "&amp;").replace("<", "&lt;")).replace("_", " ")


def in_ilias_called(person: Person) -> str:
    """Return the name of a student's folder in ILIAS."""
    return in_ascii(f"{person.last}_{person.first}_{person.login}_{person.canvas}")


def in_ascii(name: str) -> str:
    """Return a name as ILIAS's getASCIIFilename writes it: `é` as `e`, letters of other scripts as `_`."""
    entities = "".join(
        f"&{html.entities.codepoint2name[ord(c)]};"
        if ord(c) in html.entities.codepoint2name and c not in "\"'"
        else c
        for c in name
    )
    letters = re.sub(r"&(.)[^;]*;", r"\1", entities).encode()
    return re.sub(rb'[\x7f-\xff:\\/*?"<>|]', b"_", letters).decode()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


SOURCES: dict[str, Source] = {
    "Canvas": Source(in_canvas, timed=True),
    "Canvas, groups": Source(in_canvas, teams=True, timed=True),
    "Canvas, anonymous": Source(in_canvas_anonymously, timed=True),
    "Canvas, quiz question": Source(in_quiz, timed=True),
    "Moodle": Source(in_moodle, timed=True),
    "Moodle, blind": Source(in_blind, timed=True),
    "Moodle, blind and then revealed": Source(in_blind, later=in_moodle, timed=True),
    "Moodle, groups": Source(in_teams, teams=True, timed=True),
    "Moodle before 4.1, groups": Source(in_old_teams, teams=True, timed=True),
    "Gradescope": Source(in_gradescope, timed=True),
    "Gradescope, groups": Source(in_gradescope, teams=True, timed=True),
    "nbgrader": Source(in_nbgrader),
    "Brightspace": Source(in_brightspace, timed=True, whole=True),
    "Blackboard": Source(in_blackboard, timed=True, whole=True),
    "ILIAS": Source(in_ilias, timed=True),
    "GitHub Classroom": Source(in_classroom, timed=True),
    "Teams": Source(in_versions, "folders", whole=True),
    "a folder per student": Source(in_folders, "folders"),
    "plain files": Source(in_folders, "plain"),
}
