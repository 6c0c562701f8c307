"""What an export may be asked for and what it tells staff: the same on the terminal and in the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, get_args

from autograder.cohort.records import Format, Sent
from autograder.errors import UsageError

if TYPE_CHECKING:
    from autograder.cohort.cohort import Cohort
    from autograder.exports.fill import Filled

EMPTIED = {
    "canvas": "Canvas would delete these marks; --keep leaves them",
    "moodle": "Moodle ignores an empty cell and keeps its mark",
}
LOOK = "marked before the work or its points changed → look again, then override … +0 to confirm, or back"
OWN_FILE = ("canvas", "moodle")  # these get their own file back, filled
MEANT: dict[str, tuple[str, ...]] = {  # the kinds for which an option has a meaning
    "--template": (*OWN_FILE, "feedback-moodle"),
    "--column": OWN_FILE,
    "--scale": OWN_FILE,
    "--keep": OWN_FILE,
    "--name": ("feedback-folder",),
    "--checks-only": get_args(Format),
}
ZEROS = "newer versions of Moodle skip a 0 in this file: check these, and type them there if need be"


def refuse_meaningless(to: str, given: Mapping[str, object]) -> None:
    """Raise UsageError if an option is given that changes nothing in this kind of export."""
    for option, kinds in MEANT.items():
        if given[option] and to not in kinds:
            raise UsageError(f"{option}: expected only with {', '.join(kinds)}, got it with {to}; omit it")


def mixed(cohort: Cohort) -> str:
    """Return a sentence if the class's grades come from several versions of the suite, or ""."""
    if len(suites := cohort.suites()) < 2:
        return ""
    return (
        f"these grades come from {len(suites)} versions of the suite; run autograder regrade {cohort.out} "
        "first, unless you meant to mix them"
    )


def count(written: int, what: str) -> str:
    """Return how many were written: `1 grade`, `2 grades`."""
    return f"{written} {what}{'' if written == 1 else 's'}"


def of_marks(to: str, filled: Filled) -> dict[str, Sequence[str]]:
    """Return what needs a look after an export of grades, by heading."""
    return {
        f"emptied, no grade yet → {EMPTIED.get(to, '')}": filled.emptied,
        LOOK: filled.looks,
        "left blank, no grade yet": filled.blank,
        "not written, no unique match": filled.unmatched,
        "written, but not on the roster": filled.strangers,
        "left unchanged": filled.kept,
        f"a grade of 0 → {ZEROS}": filled.zeros if to == "moodle" else [],
        "not submitted → ask whether the draft counts": filled.drafts,
        "comment by a person, left unchanged": filled.commented,
        "feedback fits an earlier grade → export again with --column": filled.outdated,
    }


def of_pages(sent: Sent) -> dict[str, Sequence[str]]:
    """Return what needs a look after an export of feedback pages, by heading."""
    return {LOOK: sent.looks, "no page written": sent.left_out, "page written, no grade yet": sent.early}
