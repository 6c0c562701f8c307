"""The gradebook that staff work in: nbgrader's own, filled from results, in a course directory.

Theory of operation. The result files are the facts. `fill` copies their points into nbgrader's database, in
one transaction, beside the marks and comments that people typed, which it never overwrites. `pages` renders
each submission as a notebook with a box for every mark, and `course` arranges these notebooks as nbgrader
expects. `history` records, in the same database, the origin of each score and every change to it, with who,
when and why. `formgrader` contains the hooks that run inside nbgrader's own server. `marks` reads the marks
that people typed, which then count towards the grade (see policy.py).
"""

from __future__ import annotations

from pathlib import Path

from autograder.gradebook.course import has_gradebook, url_of
from autograder.grades.policy import HandMark
from autograder.records.assignment import Assignment


def marks_in(out: Path, assignment: Assignment) -> dict[str, dict[str, HandMark]]:
    """Return submission → question → mark by hand for the results in `out`; empty if there is no gradebook.

    Raises UsageError if the gradebook cannot be read or contains an impossible mark.
    """
    if not has_gradebook(out):
        return {}
    from autograder.gradebook.marks import manual_marks

    return manual_marks(url_of(out), assignment)
