"""Creates the download of a messy class, as an LMS would: `python tests/classroom.py canvas build/class`.

The student's number decides what happens: late work, several uploads, zips, copies, stray files, two students
with the same name, names in many scripts, students who hand in nothing, groups whose names differ in a sign.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

DUE = datetime(2026, 3, 1, 22, 59, tzinfo=UTC)
NAMES = """Ada Lovelace, Bjørn Ødegård, José García, 雷 李, Мария Иванова, محمد علي, हिन्दी शर्मा, Ngọc Nguyễn,
Zoë Müller, Siobhán O'Brien, Łukasz Wójcik, Jean-Luc Picard, Maria Silva, Maria Silva, אבי כהן, Ümit Öztürk,
지민 김, Anne Li""".replace("\n", " ").split(", ")
GROUPS = ("Team 1.1", "Team 11", "C", "C++", "R&D", "Ramp;D", "Lab 🐱", "Lab 🐶", "A_b", "A'b")
DEFAULT = "Default group"  # Moodle's, of students in no group or in several
Work = tuple[str, bytes]  # the name and the bytes of a student's file


@dataclass(frozen=True)
class Person:
    """One student of the class, with the names and ids that each LMS uses."""

    number: int
    first: str
    last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def sid(self) -> str:
        return f"s{1000 + self.number}"

    @property
    def email(self) -> str:
        return f"student{self.number}@example.org"

    @property
    def login(self) -> str:
        return f"u_{1000 + self.number}" if self.number % 5 == 2 else f"u{1000 + self.number}"

    @property
    def github(self) -> str:
        return f"gh-{1000 + self.number}"

    @property
    def group(self) -> str:
        if self.number % 40 == 30:
            return DEFAULT
        turn, name = divmod(self.number // 3, len(GROUPS))
        return GROUPS[name] + (f" {turn + 1}" if turn else "")

    @property
    def canvas(self) -> str:
        return str(40_000 + self.number)

    @property
    def participant(self) -> str:
        return str(70_000 + self.number)

    @property
    def late(self) -> bool:
        return self.number % 7 == 3

    @property
    def absent(self) -> bool:
        return self.number % 20 == 19

    @property
    def submitted(self) -> datetime:
        return DUE + (timedelta(hours=20 + self.number) if self.late else -timedelta(hours=self.number))


def people(count: int) -> list[Person]:
    """Return `count` students; from the 19th on, names repeat with a number."""
    students = []
    for number in range(count):
        turn = number // len(NAMES)
        first, last = NAMES[number % len(NAMES)].split(" ")
        students.append(Person(number, first, last + (f" {turn + 1}" if turn else "")))
    return students


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a zip of `files`; the same files always give the same bytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 3, 1, 12, 0, 0)), content)
    return data.getvalue()


def handed_in(person: Person, work: Work) -> dict[str, bytes]:
    """Return the files that a student uploads: usually the work alone, sometimes a zip or an extra file."""
    name, data = work
    if person.number % 11 == 5:
        return {"my work.zip": zipped({f"homework/{name}": data, "__MACOSX/._x.py": b"\0"})}
    if person.number % 17 == 11:
        stem, _, suffix = name.rpartition(".")
        return {name: data, f"{stem}-Copy1.{suffix}": data}  # what Jupyter made, handed in as well
    if person.number % 13 == 8:
        return {name: data, "notes.txt": b"I could not do the last one"}
    return {name: data}


def canvas(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Canvas's zip."""
    files = {"README.txt": b"put here by the teaching assistant"}
    for person, work in class_:
        words = f"{person.last}{person.first}".lower()
        name = "".join(c for c in words if unicodedata.category(c)[0] in "LMN" or c == "_")
        head = f"{name}_{'LATE_' if person.late else ''}{person.canvas}"
        for number, (file, data) in enumerate(handed_in(person, work).items()):
            attachment = 900_000 + 10 * person.number + number
            if person.number % 9 == 4 and file == work[0]:
                stem, _, suffix = file.rpartition(".")
                files[f"{head}_{attachment - 5}_{file}"] = b"raise SystemExit  # an older try\n"
                file = f"{stem}-1.{suffix}"
            files[f"{head}_{attachment}_{file}"] = data
    return files


def moodle(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Moodle's zip."""
    files = {"lost.py": b"x = 1\n"}
    for person, work in class_:
        folder = f"{person.name.replace(chr(39), '')}_{person.participant}_assignsubmission"
        for file, data in handed_in(person, work).items():
            files[f"{folder}_file/{file}"] = data
        if person.number % 6 == 1:
            files[f"{folder}_onlinetext/onlinetext.html"] = b"<p>see the file</p>"
    return files


def gradescope(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Gradescope's zip: every fifth pair of neighbours works together."""
    root, metadata, files = "assignment_77_export/", ["---"], {}
    together = {person.number: class_[n - 1][0] for n, (person, _) in enumerate(class_) if n % 10 == 9}
    partners = {partner.number for partner in together.values()}
    for person, work in class_:
        if person.number in partners:
            continue
        folder = f"submission_{500 + person.number}"
        metadata += [f"{folder}:", "  :submitters:"]
        for member in filter(None, (together.get(person.number), person)):
            quoted = member.name.replace("'", "''")
            metadata += [f"  - :name: '{quoted}'", f"    :sid: '{member.sid}'", f"    :email: {member.email}"]
        metadata += [
            f"  :created_at: {person.submitted:%Y-%m-%d %H:%M:%S}.123456000 Z",
            "  :status: processed",
        ]
        for file, data in handed_in(person, work).items():
            if file.endswith(".zip"):  # Gradescope unpacks them
                file, data = f"homework/{work[0]}", work[1]
            files[f"{root}{folder}/{file}"] = data
    files[f"{root}.DS_Store"] = b"\0"
    files[f"{root}submission_9999/latent_space.py"] = b"x = 1\n"
    return {f"{root}submission_metadata.yml": "\n".join(metadata).encode() + b"\n", **files}


def nbgrader(class_: Sequence[tuple[Person, Work]], assignment: str = "latent_space") -> dict[str, bytes]:
    """Return the files of an nbgrader course with its students' submissions."""
    files = {"nbgrader_config.py": b"c = get_config()\n"}
    for person, (name, data) in class_:
        folder = f"submitted/{person.sid}/{assignment}"
        files[f"{folder}/{name}"] = data
        files[f"{folder}/timestamp.txt"] = f"{person.submitted:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
    return files


def grouped(class_: Sequence[tuple[Person, Work]]) -> list[tuple[Person, Work]]:
    """Return the first member of each group, with the group's work."""
    first: dict[str, tuple[Person, Work]] = {}
    for person, work in class_:
        first.setdefault(person.group, (person, work))
    return list(first.values())


def canvas_groups(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Canvas's zip of a group assignment; a file has the number of one member."""
    files = {}
    for person, work in grouped(class_):
        name = "".join(c for c in person.group.lower() if unicodedata.category(c)[0] in "LMN" or c == "_")
        for number, (file, data) in enumerate(handed_in(person, work).items()):
            files[f"{name}_{person.canvas}_{900_000 + 10 * person.number + number}_{file}"] = data
    return files


def moodle_blind(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Moodle's zip while it hides the names."""
    return {
        f"Participant_{person.participant}_assignsubmission_file/{file}": data
        for person, work in class_
        for file, data in handed_in(person, work).items()
    }


def moodle_groups(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Moodle's zip of a team assignment; the default group has no number."""
    files = {}
    for person, work in grouped(class_):
        name = person.group.replace("&", "amp;").replace("'", "").replace("_", " ")
        number = "" if person.group == DEFAULT else f"_{3000 + person.number}"
        for file, data in handed_in(person, work).items():
            files[f"{name}{number}_assignsubmission_file/{file}"] = data
    return files


def brightspace(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Brightspace's zip."""
    files = {"index.html": b"<html>"}
    for person, work in class_:
        head = f"{8000 + person.number}-77 - {person.name} - {person.submitted:%b %-d, %Y %-I%M %p}"
        files |= {f"{head}/{file}": data for file, data in handed_in(person, work).items()}
    return files


def blackboard(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of Blackboard's zip, with the .txt beside each attempt."""
    files = {}
    for person, work in class_:
        head = f"Lab 1_{person.login}_attempt_{person.submitted:%Y-%m-%d-%H-%M-%S}"
        files |= {f"{head}_{file}": data for file, data in handed_in(person, work).items()}
        files[f"{head}.txt"] = f"Name: {person.name} ({person.login})\nAssignment: Lab 1\n".encode()
    return files


def ilias(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of ILIAS's zip; it writes `_` for every byte of a letter that it cannot."""
    files = {}
    for person, work in class_:
        bare = unicodedata.normalize("NFD", f"{person.last}_{person.first}")
        plain = "".join(c for c in bare if unicodedata.category(c) != "Mn").encode()
        name = "".join(chr(byte) if byte < 127 else "_" for byte in plain)
        for file, data in handed_in(person, work).items():
            files[f"Lab 1_999/Abgaben/{name}_{person.login}_{person.canvas}/{file}"] = data
    return files


def github(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of a zip of what GitHub Classroom's command line clones."""
    files = {}
    for person, work in class_:
        root = f"lab-submissions/lab-{person.github}"
        files |= {f"{root}/{file}": data for file, data in handed_in(person, work).items()}
        files[f"{root}/README.md"] = b"# Lab"
    return files


def teams(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of a class from Teams."""
    return {
        f"Student Work/{_alone(person, class_)}/Lab 1/Version 1/{file}": data
        for person, work in class_
        for file, data in handed_in(person, work).items()
    }


def folders(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return the members of a zip of a folder for each student, packed by hand."""
    return {
        f"class/{_alone(person, class_)}/{file}": data
        for person, work in class_
        for file, data in handed_in(person, work).items()
    }


def _alone(person: Person, class_: Sequence[tuple[Person, Work]]) -> str:
    """Return a student's name, with a number if another has it too: no disk has two folders of a name."""
    same = [other.number for other, _ in class_ if other.name == person.name]
    return person.name if same[0] == person.number else f"{person.name} ({same.index(person.number)})"


def plain(class_: Sequence[tuple[Person, Work]]) -> dict[str, bytes]:
    """Return files that are named by id, login, email or name, whatever each student chose."""
    files = {}
    for person, (file, data) in class_:
        names = (person.sid, person.login, person.email, _alone(person, class_))
        files[f"{names[person.number % 4]}.{file.rpartition('.')[2]}"] = data
    return files


LMS: dict[str, Callable[[Sequence[tuple[Person, Work]]], dict[str, bytes]]] = {
    "canvas": canvas,
    "moodle": moodle,
    "gradescope": gradescope,
    "nbgrader": nbgrader,
    "canvas_groups": canvas_groups,
    "moodle_blind": moodle_blind,
    "moodle_groups": moodle_groups,
    "brightspace": brightspace,
    "blackboard": blackboard,
    "ilias": ilias,
    "github": github,
    "teams": teams,
    "folders": folders,
    "plain": plain,
}
UNPACKED = {"nbgrader": "course", "plain": "plain"}  # kinds that are folders, and what these are called


def written(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV text."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def roster(class_: Sequence[Person], *more: str) -> str:
    """Return a roster in the kit's own format, as CSV; `more` names further columns."""
    rows = [(p.name, p.sid, p.email, *(getattr(p, column) for column in more)) for p in class_]
    columns = ["login" if column == "github" else column for column in more]
    return written([("name", "id", "email", *columns), *rows])


def canvas_gradebook(class_: Sequence[Person], column: str, points: int) -> str:
    """Return a gradebook as Canvas exports it."""
    head = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Quiz 1 (11)", column, "Final Score")
    rows = [head, ("    Points Possible", "", "", "", "", "5", str(points), "(read only)")]
    for p in class_:
        rows.append((f"{p.last}, {p.first}", p.canvas, p.sid, p.email, "L01", "4.5", "", "90"))
    return written([*rows, ("Student, Test", "99999", "", "abc", "L01", "", "", "")])


def moodle_worksheet(class_: Sequence[Person], points: int, blind: bool = False, groups: bool = False) -> str:
    """Return Moodle's grading worksheet; `blind` hides the names, `groups` adds the column of a team."""
    who = [] if blind else ["Full name", "ID number", "Email address"]
    head = [
        "Identifier",
        *who,
        "Status",
        *["Group"] * groups,
        "Grade",
        "Maximum Grade",
        "Grade can be changed",
    ]
    rows = [[*head, "Last modified (submission)", "Last modified (grade)", "Feedback comments"]]
    for p in class_:
        when = "-" if p.absent else f"{p.submitted:%A, %-d %B %Y, %-I:%M %p}"
        named = [] if blind else [p.name, p.sid, p.email]
        status = "No submission - " if p.absent else f"Submitted for grading - {_late(p)}"
        row = [f"Participant {p.participant}", *named, status, *[p.group] * groups, "", f"{points}.00", "Yes"]
        rows.append([*row, when, "-", "- it's =fine" if p.number % 9 == 8 else ""])
    return written(rows)


def _late(person: Person) -> str:
    """Return Moodle's words on how late a student is."""
    days, rest = divmod(int((person.submitted - DUE).total_seconds()), 86400)
    hours = rest // 3600
    return (
        f"{days} days {hours} hours late -  - "
        if person.late and days
        else f"{hours} hours late -  - " * person.late
    )


def make(kind: str, out: Path, class_: Sequence[Person], works: Sequence[Work], points: int) -> Path:
    """Write the download of `class_` to `out`, using `works` in turn, with roster and gradebooks."""
    present = [person for person in class_ if not person.absent]
    files = LMS[kind]([(person, works[person.number % len(works)]) for person in present])
    out.mkdir(parents=True, exist_ok=True)
    more = {"github": ("github",), "canvas_groups": ("login", "group")}.get(kind, ("login",))
    (out / "roster.csv").write_text(roster(class_, *more), encoding="utf-8")
    column = "Latent Space and Reconstruction Loss (4711)"
    (out / "canvas.csv").write_text(canvas_gradebook(class_, column, points), encoding="utf-8-sig")
    hidden, teamed = kind == "moodle_blind", kind == "moodle_groups"
    text = moodle_worksheet(class_, points, hidden, teamed)
    (out / "moodle.csv").write_text(text, encoding="utf-8-sig")
    if kind in UNPACKED:
        for name, data in files.items():
            path = out / UNPACKED[kind] / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return out / UNPACKED[kind]
    (out / f"{kind}.zip").write_bytes(zipped(files))
    return out / f"{kind}.zip"


def main() -> int:
    """Create one class from the corpus."""
    from autograder.proof import corpus

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("lms", choices=LMS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--students", type=int, default=40)
    options = parser.parse_args()
    samples = corpus.load()
    works = [(name, text.encode()) for name, text in map(corpus.source, samples)]
    print(make(options.lms, options.out, people(options.students), works, 100))
    return 0


if __name__ == "__main__":
    sys.exit(main())
