"""The page that a student reads: the grade, each cause with what it cost and the next step, code, pictures.

It contains nothing meant only for staff, and works offline without scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from autograder.grades.policy import Grade, number
from autograder.pages import boxes, charts, excerpt, handout, page, standing
from autograder.pages.boxes import Box, Key, Unwritten
from autograder.pages.excerpt import Excerpt
from autograder.pages.standing import Line
from autograder.records import examples, results, words
from autograder.records.assignment import Assignment, Question
from autograder.records.examples import Example
from autograder.records.files import write_whole
from autograder.records.results import CheckResult, Place, Result

PUBLIC = "Run `autograder check` to repeat every check that is not marked hidden."
HIDDEN = (
    "Try other sizes, batches and classes than the examples: hidden checks use inputs that you do not have."
)
WRITE = (
    "Replace each `raise NotImplementedError(...)` by code; the docstring above it says what is asked for."
)
UNGRADED = (
    "Wait for a new page: the grader failed, not your work, so it will be graded again. You lose no points."
)
REJECTED = "Change this, and hand in again; ask your course's staff if the deadline has passed."
WAITING = (
    "Tell your course's staff which of these files you mean, or hand in only that one. You lose no points."
)
LEXER, HTML = PythonLexer(stripnl=False), HtmlFormatter(nowrap=True)
LONG, NEAR = 80, 25  # lines: of code longer than LONG only those NEAR a marked line are shown


@dataclass(frozen=True)
class Row:
    """Boxes about one function, and its code beside them; the boxes about no single function come last."""

    boxes: tuple[Box, ...]
    code: tuple[tuple[Excerpt, Markup], ...]


@dataclass(frozen=True)
class Part:
    """One question on the page: its points as they stand, what was lost beside the code, the rest below.

    `tries` has the examples of hidden checks' causes. `lost_too` are the hidden checks of which the page says
    no more than that (judge/closed.py).
    """

    question: Question
    line: Line
    rows: tuple[Row, ...]
    unwritten: tuple[Unwritten, ...]
    same: dict[Key, str]
    tries: dict[Key, Example]
    hints: tuple[str, ...]
    passed: tuple[CheckResult, ...]
    lost_too: tuple[CheckResult, ...]
    figures: tuple[tuple[str, Markup], ...]
    no_picture: tuple[tuple[str, str], ...]
    code: tuple[tuple[Excerpt, Markup], ...]
    missing: tuple[str, ...]
    read: Markup | None


def write(
    path: Path, result: Result, assignment: Assignment, grade: Grade | None = None, whole: bool = False
) -> None:
    """Write the feedback page to `path`, unless the existing page is current; see page_of."""
    asked = replace(assignment, folder=None, suites=None)
    facts = [
        results.without_timing(result),
        asked,
        grade,
        handout.sections(assignment),
        whole,
        examples.load(assignment),
    ]
    key = page.key_of(*map(repr, facts))
    if not page.is_current(path, key):
        write_whole(path, page_of(result, assignment, grade, key, whole))


def page_of(
    result: Result, assignment: Assignment, grade: Grade | None = None, key: str = "", whole: bool = False
) -> str:
    """Return the feedback page as HTML; with `grade`, its points are those that count now.

    A `whole` page shows all that staff see of hidden checks; the others show what judge/closed.py allows.
    """
    result = replace(result, checks=tuple(words.as_read(check, whole) for check in result.checks))
    titles = {check.id: check.title for check in result.checks}
    return page.render(
        "feedback",
        key,
        result=result,
        assignment=assignment,
        head=standing.standing(result, grade),
        parts=_parts(result, assignment, grade),
        whole=whole,
        rulings=[(titles[ruling.check], ruling) for ruling in (grade.rulings if grade else ())],
        number=number,
        write=WRITE,
        exits={"ungraded": UNGRADED, "rejected": REJECTED, "waiting": WAITING},
    )


def _parts(result: Result, assignment: Assignment, grade: Grade | None) -> list[Part]:
    sections = handout.sections(assignment)
    head = standing.standing(result, grade)
    asked = [q for q in assignment.questions if q.id in {r.id for r in result.questions}]
    judged = {q.id: [c for c in result.checks if c.question == q.id and c.max_points] for q in asked}
    judged = {name: [c for c in checks if c.fault != words.MORE] for name, checks in judged.items()}
    found = {q.id: boxes.sort(judged[q.id], q.defines) for q in asked}
    titles = {q.id: q.title for q in asked}
    same = {
        key: titles[earlier]
        for key, earlier in boxes.same_in({name: lost for name, (lost, _) in found.items()}).items()
    }
    listed = examples.load(assignment)
    texts = {q.id: sections.get(handout.section_of(q.read)) for q in asked}
    return [_part(q, head.line(q.id), result, found[q.id], same, texts[q.id], listed) for q in asked]


def _part(
    question: Question,
    line: Line,
    result: Result,
    found: tuple[tuple[Box, ...], tuple[Unwritten, ...]],
    same: dict[tuple[str, Key], str],
    text: str | None,
    listed: Sequence[Example],
) -> Part:
    lost, unwritten = found
    checks = [check for check in result.checks if check.question == question.id]
    code = {e.name: e for e in excerpt.definitions(result.cells, question.defines)}
    missing = tuple(n for n in question.defines if n not in code) if result.cells else ()
    written = {name: e for name, e in code.items() if name not in {u.name for u in unwritten}}
    rows, rest = _rows(lost, written, result)
    visible = {c.visibility for c in checks if c.max_points and c.outcome != "passed"}
    return Part(
        question=question,
        line=line,
        rows=rows,
        unwritten=unwritten,
        same={box.key: same[question.id, box.key] for box in lost if (question.id, box.key) in same},
        tries={box.key: shown for box in lost if (shown := _example(box, question, listed))},
        hints=tuple(hint for kind, hint in (("public", PUBLIC), ("hidden", HIDDEN)) if kind in visible),
        passed=tuple(c for c in checks if c.max_points and c.outcome == "passed"),
        lost_too=tuple(c for c in checks if c.fault == words.MORE),
        figures=tuple((e.caption, charts.draw(e)) for c in checks for e in c.exhibits),
        no_picture=tuple(_no_picture(c) for c in checks if _lacks_picture(c, question)),
        code=rest,
        missing=missing,
        read=None if text is None else Markup(text),
    )


def _example(box: Box, question: Question, listed: Sequence[Example]) -> Example | None:
    """Return what shows the cause of lost hidden checks with numbers; it depends on nothing but the cause."""
    hidden = any(cost.check.visibility == "hidden" for cost in box.costs)
    fault = box.costs[0].check.fault
    return examples.named(listed, question.id, fault.cause) if hidden and fault and fault.cause else None


def _lacks_picture(check: CheckResult, question: Question) -> bool:
    """True if a check that only draws failed for a reason that the page does not give elsewhere."""
    failed = not check.max_points and not check.exhibits and check.outcome != "passed"
    return failed and not check.because and not boxes.unwritten_in(check, question.defines)


def _no_picture(check: CheckResult) -> tuple[str, str]:
    return boxes.found_in(check.fault), boxes.NEXT.get(check.outcome, "")


Code = tuple[tuple[Excerpt, Markup], ...]


def _rows(lost: Sequence[Box], code: dict[str, Excerpt], result: Result) -> tuple[tuple[Row, ...], Code]:
    """Return the boxes by the function that they are about, and the code that is in no row."""
    by_function: dict[Excerpt | None, list[Box]] = {}
    for box in lost:
        by_function.setdefault(_about(box, code, result), []).append(box)
    rest = [e for e in code.values() if e not in by_function]
    rows = [Row(tuple(b), _highlighted([e], b)) for e, b in by_function.items() if e is not None]
    if general := by_function.get(None):
        return (*rows, Row(tuple(general), _highlighted(rest, general))), ()
    return tuple(rows), _highlighted(rest, ())


def _about(box: Box, code: dict[str, Excerpt], result: Result) -> Excerpt | None:
    """Return the code that a box is about: that of its line, or of the function that its words name first."""
    for place in sorted(box.places, key=lambda place: (place.cell, place.line)):
        known = next((e for e in code.values() if e.holds(place)), None)
        if found := known or excerpt.around(result.cells, place):
            return found
    said = " ".join([box.what, *(f"{cost.what} {cost.check.title}" for cost in box.costs)])
    named = (word for word in re.findall(r"\w+", said) if word in code)
    return next((code[word] for word in named), None)


def _highlighted(excerpts: Sequence[Excerpt], lost: Sequence[Box]) -> Code:
    return tuple((e, _code(e, frozenset().union(*(box.places for box in lost)))) for e in excerpts)


def _code(shown: Excerpt, marked: frozenset[Place]) -> Markup:
    """Return code as HTML with one span per line; marked lines stand out, long docstrings are folded."""
    text = _coloured(shown.source)
    hits = {i for i in range(len(text)) if Place(shown.cell, shown.first_line + i) in marked}
    folded = excerpt.docstrings(shown.source) - hits
    if len(text) > LONG and hits:
        folded |= {i for i in range(len(text)) if min(abs(i - hit) for hit in hits) > NEAR}
    lines = []
    for fold, group in groupby(range(len(text)), folded.__contains__):
        numbers = list(group)
        if fold:
            lines.append(Markup('<span class="line gap">⋯ {} lines</span>').format(len(numbers)))
        else:
            lines += [_line(text[i], shown.first_line + i, i in hits) for i in numbers]
    return Markup("").join(lines)


@lru_cache(maxsize=256)  # given code and what is not written yet are the same in many submissions
def _coloured(source: str) -> tuple[str, ...]:
    return tuple(highlight(source, LEXER, HTML).rstrip("\n").split("\n"))


def _line(text: str, n: int, hit: bool) -> Markup:
    kind = "line hit" if hit else "line"
    return Markup(f'<span class="{kind}" data-n="{n}">{text}</span>')  # pygments has escaped the text
