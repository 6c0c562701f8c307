"""The page that a student reads: points, each failed check with its cause and next step, code, pictures.

It contains nothing meant only for staff, and works offline without scripts.
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
    "crashed": "The program ended early",
    "malformed": "No valid answer came back",
    "untried": "Not tried",
}
NEXT = {
    "failed": "Compare your code, step by step, with its docstring and with the handout.",
    "raised": "Read the named line, and run it on its own with a small input.",
    "timeout": "Run it on a small input; replace loops over single images by operations on batches.",
    "memory": "Look for a list or tensor that grows with every batch; keep numbers (`.item()`), not graphs.",
    "crashed": "Run it in a fresh Python session; remove what ends Python (exit, quit, sys.exit, os._exit).",
    "malformed": "Return plain tensors, numbers, lists or dicts, and write to no file descriptor.",
    "untried": "Change what stopped the check that is named here; then this one can run.",
}
KNOWN = "Find the line that does this, and change it."
PUBLIC = "Run `autograder check` to repeat every check that is not marked hidden."
HIDDEN = (
    "Try other sizes, batches and classes than the examples: hidden checks use inputs that you do not have."
)
UNGRADED = (
    "Wait for a new page: the grader failed, not your work, so it will be graded again. You lose no points."
)
REJECTED = "Change this, and hand in again; ask your course's staff if the deadline has passed."
WAITING = (
    "Tell your course's staff which of these files you mean, or hand in only that one. You lose no points."
)
LEXER, HTML = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)


@dataclass(frozen=True)
class Advice:
    """A failed check as a student reads it: what happened, likely cause, next step, and values.

    `untried` are the checks that were not tried because of the same fault; only this box shows them.
    """

    check: CheckResult
    word: str
    what: str
    cause: str
    next: str
    detail: str
    untried: tuple[CheckResult, ...] = ()


@dataclass(frozen=True)
class Part:
    """One question on the page: failed and passed checks, pictures, the student's code, handout section."""

    question: Question
    result: QuestionResult
    lost: tuple[Advice, ...]
    hints: tuple[str, ...]
    passed: tuple[CheckResult, ...]
    figures: tuple[tuple[str, Markup], ...]
    no_picture: tuple[Advice, ...]
    code: tuple[tuple[Excerpt, Markup], ...]
    missing: tuple[str, ...]
    read: Markup | None


def write(path: Path, result: Result, assignment: Assignment, grade: Grade | None = None) -> None:
    """Write the feedback page to `path`, unless the existing page is current."""
    asked = replace(assignment, folder=None, suites=None)
    facts = [results.without_timing(result), asked, grade, handout.sections(assignment)]
    key = page.key_of(*map(repr, facts))
    if not page.is_current(path, key):
        write_whole(path, page_of(result, assignment, grade, key))


def page_of(result: Result, assignment: Assignment, grade: Grade | None = None, key: str = "") -> str:
    """Return the feedback page as HTML; with `grade`, it also shows the grade."""
    sections = handout.sections(assignment)
    names = [name for question in assignment.questions for name in question.defines]
    code = {e.name: e for e in excerpt.definitions(result.cells, names)}
    scores = {q.id: q for q in result.questions}
    parts = [_part(q, scores[q.id], result, code, sections) for q in assignment.questions if q.id in scores]
    titles = {check.id: check.title for check in result.checks}
    return page.render(
        "feedback",
        key,
        result=result,
        assignment=assignment,
        parts=parts,
        grade=grade,
        rulings=[(titles[ruling.check], ruling) for ruling in (grade.rulings if grade else ())],
        number=number,
        exits={"ungraded": UNGRADED, "rejected": REJECTED, "waiting": WAITING},
    )


def advice_on(check: CheckResult, others: Sequence[CheckResult] = ()) -> Advice:
    """Describe a failed check: what happened, the likely cause, the next step, and the values.

    Those of `others` that were not tried because of it are listed with it.
    """
    what = _ended(words.happened(check.fault)) if check.fault else ""
    cause = (check.fault.cause or "").rstrip(".") if check.fault else ""
    step = KNOWN if cause else NEXT.get(check.outcome, "")
    untried = tuple(other for other in others if other.because == check.id)
    return Advice(check, WORDS[check.outcome], what, cause, step, words.detail_for_students(check), untried)


def _ended(text: str) -> str:
    """Return `text` as a sentence that ends in a full stop or question mark."""
    return text if text.endswith((".", "?")) else f"{text}."


def _part(
    question: Question,
    result: QuestionResult,
    whole: Result,
    code: dict[str, Excerpt],
    sections: dict[str, str],
) -> Part:
    checks = [check for check in whole.checks if check.question == question.id]
    judged, shown = [c for c in checks if c.max_points], [c for c in checks if not c.max_points]
    lost = tuple(advice_on(c, judged) for c in judged if c.outcome != "passed" and not c.because)
    visible = {c.visibility for c in judged if c.outcome != "passed"}
    text = sections.get(handout.section_of(question.read))
    return Part(
        question=question,
        result=result,
        lost=lost,
        hints=tuple(hint for kind, hint in (("public", PUBLIC), ("hidden", HIDDEN)) if kind in visible),
        passed=tuple(c for c in judged if c.outcome == "passed"),
        figures=tuple((e.caption, charts.draw(e)) for c in checks for e in c.exhibits),
        no_picture=tuple(
            advice_on(c) for c in shown if not c.exhibits and c.outcome != "passed" and not c.because
        ),
        code=tuple((code[name], _code(code[name], lost)) for name in question.defines if name in code),
        missing=tuple(name for name in question.defines if name not in code) if whole.cells else (),
        read=None if text is None else Markup(text),
    )


def _code(shown: Excerpt, lost: Sequence[Advice]) -> Markup:
    """Return code as HTML with one span per line; lines where something went wrong are marked."""
    marked = {advice.check.fault.place for advice in lost if advice.check.fault}
    text = highlight(shown.source, LEXER, HTML)
    lines = []
    for n, line in enumerate(text.rstrip("\n").split("\n"), start=shown.first_line):
        kind = "line hit" if Place(shown.cell, n) in marked else "line"
        lines.append(Markup('<span class="{}" data-n="{}">{}</span>').format(kind, n, Markup(line)))
    return Markup("").join(lines)
