"""All of the kit's errors, as one tree: the type of an error says whose fault it is and what it costs.

LatentLabError
├── UsageError           the caller's fault: a wrong path, option or assignment file; nothing was graded
│   └── AssignmentError  assignment.toml, a notebook source or a suite is inconsistent
├── KitError             the kit's fault: the submission is ungraded, never zero, and staff see why
│   ├── SandboxError     the sandbox could not start, or its engine went away
│   ├── SuiteError       a check itself broke
│   └── CanaryError      the known-good solution did not score full marks: the batch stops
├── RejectedError        the student's fault: nothing gradable was handed in; says what to change
├── WireError            a frame breaks the wire's rules
│   └── CutShortError    the stream ended within a frame
└── StudentFault         the student's fault in one check: costs that check and explains itself
    ├── Mismatch         the program ran and its value is wrong               (failed)
    ├── Raised           the program raised an exception                      (raised)
    ├── TimedOut         the program used up its time                         (timeout)
    ├── OutOfMemory      the program used up its memory                       (memory)
    ├── Crashed          the program ended itself or was killed by a signal   (crashed)
    └── Malformed        what came back was not a reply                       (malformed)
"""

from __future__ import annotations

from typing import ClassVar

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)  # what `ast.parse` raises


class LatentLabError(Exception):
    """Base of all errors that the kit raises on purpose; `str()` of one is a readable paragraph."""


class UsageError(LatentLabError):
    """The caller asked for something impossible; nothing was graded and nothing is lost."""


class AssignmentError(UsageError):
    """The files of an assignment contradict each other, or one is not valid."""


class KitError(LatentLabError):
    """The kit failed: the current submission is ungraded."""


class SandboxError(KitError):
    """A sandbox could not be started, or its engine failed while student code ran."""


class SuiteError(KitError):
    """A check raised an unexpected exception: a bug in the suite, not in the submission."""


class CanaryError(KitError):
    """The known-good solution did not score full marks, so no score in this batch can be trusted."""


class RejectedError(LatentLabError):
    """The student handed in nothing that can be graded; the message says what to change."""


class WireError(LatentLabError):
    """A frame is too long, cut short, of an unlisted type, or otherwise breaks the rules in wire.py."""


class CutShortError(WireError):
    """The stream ended within a frame: its writer is gone."""


class StudentFault(LatentLabError):
    """What a check found wrong with a submission, as facts; records/words.py makes the sentence.

    Anyone may see `what` went wrong, its likely `cause` and its `place` in the student's code (cell and
    line). `detail` may contain inputs, expected values or text chosen by the student's process, so students
    see it for public checks only; staff always see it.
    """

    outcome: ClassVar[str]

    def __init__(
        self, what: str, detail: str = "", cause: str | None = None, place: tuple[str, int] | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.detail = detail
        self.cause = cause
        self.place = place


class Mismatch(StudentFault):
    """The student's code returned a wrong value."""

    outcome = "failed"


class Raised(StudentFault):
    """The student's code raised an exception."""

    outcome = "raised"


class TimedOut(StudentFault):
    """The student's code did not finish within its time limit."""

    outcome = "timeout"


class OutOfMemory(StudentFault):
    """The student's code exceeded its memory limit."""

    outcome = "memory"


class Crashed(StudentFault):
    """The student's process ended without a reply."""

    outcome = "crashed"


class Malformed(StudentFault):
    """The student's process wrote something that is not a valid reply to the request."""

    outcome = "malformed"
