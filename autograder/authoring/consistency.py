"""Finds contradictions between the files of an assignment in seconds, without running or grading anything.

`of_suite` has the rules for what decides a score, which `grade` asks as well; `of_assignment` adds those for
what students read and for the sources. proof/fits.py has the rules for samples. Each fault is one line: the
place, what was expected, what is there, what to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.authoring import printed, render, suitecode
from autograder.authoring.lines import at, meant, shown
from autograder.errors import AssignmentError
from autograder.records import examples
from autograder.records.assignment import Assignment, Question
from autograder.records.places import Paths


def require(assignment: Assignment, faults: Sequence[str]) -> None:
    """Raise AssignmentError that lists the faults, if there are any."""
    if faults:
        many = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        listed = "\n".join(faults)
        raise AssignmentError(
            f"{assignment.name} has {many}, so nothing was graded or written:\n{listed}\n"
            "Correct this and run the same command again."
        )


def of_suite(assignment: Assignment) -> list[str]:
    """Return the faults in what decides a score: the questions, the suite's code, the solution's names."""
    files = suitecode.of(assignment.suite)
    solution, standins = _names(_script(assignment)), _names(assignment.suite / "standins.py")
    found = [code.fault for code in files if code.fault]
    found += _left_behind(assignment)
    found += _standins(assignment, standins)
    if solution:
        found += _undefined(assignment, solution)
    for code in files:
        found += suitecode.zero_tolerances(code)
        found += suitecode.unknown_names(code, solution, standins)
    return found


def of_assignment(assignment: Assignment) -> list[str]:
    """Return every fault: those of the suite, of the notebook's source, the reference and the handout."""
    found = [*of_suite(assignment), *_examples(assignment)]
    folder = assignment.folder
    if folder is not None and (folder / "handout.md").is_file():
        found += printed.other_points(assignment, folder / "handout.md")
    paths = paths_of(assignment)
    return found + (of_source(assignment, paths) if paths else [])


def of_source(assignment: Assignment, paths: Paths) -> list[str]:
    """Return the faults of the notebook's source: its marks, what they name, its boxes."""
    unreadable = _references(paths)
    if not unreadable:
        try:
            render.cells(paths, solution=True)
        except AssignmentError as error:
            unreadable = [str(error).replace(str(paths.source), shown(paths.source))]
    return unreadable + printed.unboxed(assignment, paths.source)


def paths_of(assignment: Assignment) -> Paths | None:
    """Return where the sources of an assignment are; None for a release, which has none."""
    folder = assignment.folder
    if folder is None or not (folder / "notebook.py").is_file():
        return None
    return Paths(folder.resolve().parents[1], assignment.name)


def _script(assignment: Assignment) -> Path:
    paths = paths_of(assignment)
    return (paths.solution if paths else assignment.solution) / f"{assignment.name}.py"


def _names(path: Path) -> set[str]:
    """Return the names that a file binds; none if there is no such file, or if it does not tell."""
    return suitecode.names(suitecode.read(path).tree) or set() if path.is_file() else set()


def _references(paths: Paths) -> list[str]:
    """Return the faults of the files that marks name and Python cannot read."""
    lines = paths.source.read_text(encoding="utf-8").splitlines()
    marks = [mark for line in lines if (mark := render.MARK.match(line.strip()))]
    files = [paths.root / name for name in dict.fromkeys(mark["file"] for mark in marks)]
    return [fault for path in files if path.is_file() and (fault := suitecode.read(path).fault)]


def _entry(assignment: Assignment, question: Question, *texts: str) -> str:
    """Return the place of a text in the entry of a question of assignment.toml."""
    path = assignment.folder / "assignment.toml" if assignment.folder else None
    if path is None or not path.is_file():
        return f"{assignment.name}, {question.id}"
    return at(path, f'id = "{question.id}"', *texts)


def _left_behind(assignment: Assignment) -> Iterator[str]:
    """Yield the files of checks whose question is gone, and the questions without checks."""
    known = [question.id for question in assignment.questions]
    files = [path for part in ("public", "hidden") for path in (assignment.suite / part).glob("test_*.py")]
    for path in sorted(files):
        if (name := path.stem.removeprefix("test_")) not in known:
            yield (
                f"{shown(path)}: expected checks of a question of assignment.toml ({', '.join(known)}), got "
                f"those of {name!r}{meant(name, known)}; remove the file, or add the question"
            )
    checked = {path.stem.removeprefix("test_") for path in files}
    for question in assignment.questions if files else ():
        if question.id not in checked:
            yield (
                f"{_entry(assignment, question)}: expected checks of {question.id} in public/ or hidden/"
                f"test_{question.id}.py of {shown(assignment.suite)}, got none; write them"
            )


def _standins(assignment: Assignment, known: set[str]) -> Iterator[str]:
    """Yield the stand-ins at a question that must not or cannot have them.

    A stand-in replaces its name in the checks of every other question. If one of these asks for that name,
    it is the stand-in that earns its points.
    """
    owners = Counter(name for question in assignment.questions for name in set(question.defines))
    for question in assignment.questions:
        for name, kind in question.standins.items():
            place = _entry(assignment, question, "standins", name)
            if name not in question.defines:
                yield f"{place}: {_foreign(assignment, question, name)}"
            elif owners[name] > 1:
                yield _shared(assignment, question, name)
            if known and kind not in known:
                yield (
                    f"{place}: expected a stand-in of standins.py for {name!r}, got {kind!r}"
                    f"{meant(kind, known)}; correct it, or write it there"
                )


def _foreign(assignment: Assignment, question: Question, name: str) -> str:
    owner = next((other.id for other in assignment.questions if name in other.defines), "")
    what = f"move it to {owner}, which defines it" if owner else "correct the name"
    return (
        f"{question.id}: expected stand-ins for {', '.join(question.defines)}, got a stand-in for {name!r}"
        f"{'' if owner else meant(name, question.defines)}; {what}. In the checks of all other questions, it "
        "would answer for the student"
    )


def _shared(assignment: Assignment, question: Question, name: str) -> str:
    other = next(q for q in assignment.questions if q is not question and name in q.defines)
    return (
        f"{_entry(assignment, other, name)}: expected no other question than {question.id} to define "
        f"{name!r}, which has a stand-in, got {other.id} too; remove it here, or its stand-in there. In the "
        f"checks of {other.id}, it would answer for the student"
    )


def _undefined(assignment: Assignment, solution: set[str]) -> Iterator[str]:
    """Yield the names that questions ask for and that the solution does not define."""
    for question in assignment.questions:
        for name in question.defines:
            if name not in solution:
                yield (
                    f"{_entry(assignment, question, 'defines', name)}: expected {question.id} to ask for a "
                    f"name that {shown(_script(assignment))} defines, got {name!r}{meant(name, solution)}; "
                    "correct it, or write it in the reference and run make render"
                )


def _examples(assignment: Assignment) -> Iterator[str]:
    """Yield what is wrong with examples.toml."""
    try:
        listed = examples.load(assignment)
    except AssignmentError as error:
        yield str(error)
        return
    for example in {example.question: example for example in listed}.values():
        try:
            examples.require_known(assignment, [example])
        except AssignmentError as error:
            assert assignment.folder is not None
            yield f"{at(assignment.folder / examples.FILE, f'[[{example.question}]]')}: {error}"
