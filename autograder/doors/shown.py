"""A result of practice in a notebook: as HTML where that is shown, and as text elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from autograder.records import words
from autograder.records.results import CheckResult, Result

FRAME = "border:1px solid #8888; border-radius:6px; padding:.7em 1em; max-width:60em; line-height:1.45"
ROW = "display:flex; gap:.4em 1em; padding:.45em 0; border-top:1px solid #8884; text-align:left"
VALUES = "white-space:pre-wrap; overflow-wrap:anywhere; margin:.3em 0 0; padding:0; background:none"
TEXT = "flex:1 1 0; min-width:0; overflow-wrap:anywhere"


@dataclass(frozen=True)
class Shown:
    """A result that notebooks show as HTML, and other programs as text.

    The HTML has inline styles only and no table, whose cells every notebook program styles in its own way.
    """

    result: Result
    read: str
    other: str = ""  # libraries whose versions are not those of grading
    notes: tuple[str, ...] = ()  # names that grading will lack

    def __repr__(self) -> str:
        lines = [f"{self._head()}"]
        for check in self.result.checks:
            lines.append(f"{_mark(check)} {check.title}")
            lines += [f"    {line}" for line in _why(check).splitlines()]
        return "\n".join([*lines, *self.notes, *filter(None, [self.other])])

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, self.result.checks))
        lost = any(c.outcome != "passed" for c in self.result.checks)
        hint = f"<div style='{ROW}'>Where to read: {escape(self.read)}</div>" if lost and self.read else ""
        head = f"<div style='font-weight:600; padding-bottom:.4em'>{_ticked(self._head())}</div>"
        other = f"<div style='{ROW}; opacity:.75'>{escape(self.other)}</div>" if self.other else ""
        notes = "".join(f"<div style='{ROW}; color:#9a6700'>{_ticked(note)}</div>" for note in self.notes)
        return f"<div style='{FRAME}'>{head}{rows}{notes}{hint}{other}</div>"

    def _head(self) -> str:
        if self.result.status != "graded":
            return f"The checks could not be run: {self.result.reason}"
        titles = ", ".join(q.title for q in self.result.questions)
        return f"{titles}: {self.result.score} of {self.result.max_score} points in the public checks"


def _mark(check: CheckResult) -> str:
    return "✓" if check.outcome == "passed" else "✗"


def _why(check: CheckResult) -> str:
    """Return why a check was lost; for one that was not tried, only that, since the reason is above it."""
    return "not tried, for a reason above" if check.because else words.for_students(check)


def _row(check: CheckResult) -> str:
    passed = check.outcome == "passed"
    colour = "#1a7f37" if passed else "#cf222e"
    word = "passed" if passed else "not tried" if check.because else "not yet"
    why, _, detail = _why(check).partition("\n")
    said = f"<div style='margin-top:.2em'>{_ticked(why)}</div>" if why else ""
    values = f"<pre style='{VALUES}'>{escape(detail)}</pre>" if detail else ""
    return (
        f"<div style='{ROW}'>"
        f"<div style='flex:0 0 6.5em; color:{colour}; font-weight:600'>{_mark(check)} {word}</div>"
        f"<div style='{TEXT}'>{_ticked(check.title)}{said}{values}</div>"
        f"<div style='flex:0 0 auto; white-space:nowrap'>{check.points} of {check.max_points}</div></div>"
    )


def _ticked(text: str) -> str:
    """Return text as HTML, with what stands between backticks in code type."""
    pieces = [escape(piece) for piece in text.split("`")]
    return "".join(f"<code>{piece}</code>" if i % 2 else piece for i, piece in enumerate(pieces))
