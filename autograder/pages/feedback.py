"""The page that a student reads: points, every check in words with cause and next step, code and pictures.

It holds nothing of what is only for staff, and needs nothing but itself: no network, no script.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.grades.policy import Grade, number
from autograder.pages import charts, excerpt, handout, page
from autograder.pages.excerpt import Excerpt
from autograder.records import results, words
from autograder.records.assignment import Assignment, Question
from autograder.records.files import write_whole
from autograder.records.results import CheckResult, Place, QuestionResult, Result

WORDS = {
    "passed": "Passed",
    "failed": "Not right yet",
    "raised": "An exception was raised",
    "timeout": "Out of time",
    "memory": "Out of memory",
    "crashed": "The program ended",
    "malformed": "No proper answer came back",
}
NEXT = {
    "failed": "Compare your code, step by step, with its docstring and with the handout.",
    "raised": "Read the line that is named, and run it by itself on a small input.",
    "timeout": "Look for a loop that does not end, or for work done image by image that a batch could do.",
    "memory": "Look for a list or tensor that grows with every batch; keep numbers (`.item()`), not graphs.",
    "crashed": "Take out calls that end Python (exit, quit, sys.exit, os._exit), and return a value.",
    "malformed": "Return plain tensors, numbers, lists or dicts, and write to no file descriptor.",
}
KNOWN = "Find the line that does this, and change it."
PUBLIC = "Checks that are not called hidden are in what you were given: `autograder check` runs them."
HIDDEN = (
    "Hidden checks use inputs that you do not have: try other sizes, batches and classes than the examples."
)
LEXER, HTML = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


@dataclass(frozen=True)
class Told:
    """A check as a student reads it: what happened, its likely cause, what to do, and the values of it."""

    check: CheckResult
    word: str
    what: str
    cause: str
    next: str
    detail: str


@dataclass(frozen=True)
class Part:
    """One question on the page: lost checks, passed ones, pictures, the student's code, and where to read."""

    question: Question
    result: QuestionResult
    lost: tuple[Told, ...]
    hints: tuple[str, ...]
    passed: tuple[CheckResult, ...]
    figures: tuple[tuple[str, Markup], ...]
    no_picture: tuple[Told, ...]
    code: tuple[tuple[Excerpt, Markup], ...]
    missing: tuple[str, ...]
    read: Markup | None


def write(path: Path, result: Result, assignment: Assignment, grade: Grade | None = None) -> None:
    """Write the feedback page to `path`, unless it is there and still right."""
    asked = replace(assignment, folder=None, suites=None)
    facts = [results.without_timing(result), asked, grade, handout.sections(assignment)]
    key = page.key_of(*map(repr, facts))
    if not page.is_current(path, key):
        write_whole(path, page_of(result, assignment, grade, key))


def page_of(result: Result, assignment: Assignment, grade: Grade | None = None, key: str = "") -> str:
    """Return the feedback page as HTML; with `grade`, what the score comes to stands beside it."""
    sections = handout.sections(assignment)
    names = [name for question in assignment.questions for name in question.defines]
    code = {e.name: e for e in excerpt.definitions(result.cells, names)}
    found = {q.id: q for q in result.questions}
    parts = [_part(q, found[q.id], result, code, sections) for q in assignment.questions if q.id in found]
    return page.render(
        "feedback", key, result=result, assignment=assignment, parts=parts, grade=grade, number=number
    )


def told(check: CheckResult) -> Told:
    """Return a check in words: what happened, its likely cause, the values, and what to do next."""
    what = words.happened(check.fault).rstrip(".") if check.fault else ""
    cause = (check.fault.cause or "").rstrip(".") if check.fault else ""
    step = KNOWN if cause else NEXT.get(check.outcome, "")
    return Told(check, WORDS[check.outcome], what, cause, step, words.detail_for_students(check))


def _part(
    question: Question,
    result: QuestionResult,
    whole: Result,
    code: dict[str, Excerpt],
    sections: dict[str, str],
) -> Part:
    own = [check for check in whole.checks if check.question == question.id]
    judged, shown = [c for c in own if c.max_points], [c for c in own if not c.max_points]
    lost = tuple(told(c) for c in judged if c.outcome != "passed")
    visible = {c.check.visibility for c in lost}
    text = sections.get(handout.section_of(question.read))
    return Part(
        question=question,
        result=result,
        lost=lost,
        hints=tuple(hint for kind, hint in (("public", PUBLIC), ("hidden", HIDDEN)) if kind in visible),
        passed=tuple(c for c in judged if c.outcome == "passed"),
        figures=tuple((e.caption, charts.draw(e)) for c in own for e in c.exhibits),
        no_picture=tuple(told(c) for c in shown if not c.exhibits and c.outcome != "passed"),
        code=tuple((code[name], _code(code[name], lost)) for name in question.defines if name in code),
        missing=tuple(name for name in question.defines if name not in code) if whole.cells else (),
        read=None if text is None else Markup(text),
    )


def _code(found: Excerpt, lost: Sequence[Told]) -> Markup:
    """Return code as HTML, a span a line; the lines at which something went wrong are marked."""
    marked = {told.check.fault.place for told in lost if told.check.fault}
    text = highlight(found.source, LEXER, HTML)
    lines = []
    for n, line in enumerate(text.rstrip("\n").split("\n"), start=found.first_line):
        kind = "line hit" if Place(found.cell, n) in marked else "line"
        lines.append(Markup('<span class="{}" data-n="{}">{}</span>').format(kind, n, Markup(line)))
    return Markup("").join(lines)
