"""The store that staff work in: nbgrader's own gradebook, filled from results, in a course directory.

Theory of operation. The result files are the facts. `fill` copies their points into nbgrader's database, in
one transaction, beside whatever people typed there; what people typed is never written over. `pages` renders
each submission as a notebook with the cells that nbgrader's formgrader shows a box for, `course` lays these
notebooks out as nbgrader wants them. `history` keeps, in the same database, where each score came from and
every change of one, with who, when and why. `formgrader` is what of ours runs inside nbgrader's own server.
`marks` reads what people typed, and from there it counts: see policy.py.
"""

from __future__ import annotations

from pathlib import Path

from autograder.gradebook.course import has_gradebook, url_of
from autograder.grades.policy import HandMark
from autograder.records.assignment import Assignment


def marks_in(out: Path, assignment: Assignment) -> dict[str, dict[str, HandMark]]:
    """Return submission → question → mark by hand, for the results in `out`; none where no gradebook is.

    Raises UsageError where the gradebook cannot be read, or holds a mark that cannot be.
    """
    if not has_gradebook(out):
        return {}
    from autograder.gradebook.marks import manual_marks

    return manual_marks(url_of(out), assignment)
