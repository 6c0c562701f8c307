"""Every error of the kit, as one tree: the type says whose fault it is, and so what it costs.

LatentLabError
├── UsageError           the caller's: a wrong path, option or assignment file; nothing was graded
│   └── AssignmentError  assignment.toml, a notebook source or a suite that does not fit together
├── KitError             ours: the submission stays ungraded, never zero, and staff are told
│   ├── SandboxError     the sandbox could not start or its engine went away
│   ├── SuiteError       a check broke by itself
│   └── CanaryError      the known-good solution did not score full marks: the batch stops
├── RejectedError        the student's: nothing gradable was handed in; says what to change
├── WireError            a frame that breaks the wire's rules
│   └── CutShortError    the stream ended within a frame
└── StudentFault         the student's, in one check: costs that check and explains itself
    ├── Mismatch         the program ran and its value is wrong               (failed)
    ├── Raised           the program raised an exception                      (raised)
    ├── TimedOut         the program used up its time                         (timeout)
    ├── OutOfMemory      the program used up its memory                       (memory)
    ├── Crashed          the program ended itself or was killed by a signal   (crashed)
    └── Malformed        what came back was not a reply                       (malformed)
"""

from __future__ import annotations

from typing import ClassVar


class LatentLabError(Exception):
    """Anything that the kit raises on purpose; `str()` of it is one readable paragraph."""


class UsageError(LatentLabError):
    """The caller asked for something that cannot be done; nothing was graded and nothing is lost."""


class AssignmentError(UsageError):
    """An assignment's own files do not fit together."""


class KitError(LatentLabError):
    """We failed: the submission at hand is ungraded."""


class SandboxError(KitError):
    """A sandbox could not be started, or its engine failed while student code ran."""


class SuiteError(KitError):
    """A check raised something of its own: a bug in the suite, not in the submission."""


class CanaryError(KitError):
    """The known-good solution did not score full marks, so no score of this batch could be trusted."""


class RejectedError(LatentLabError):
    """A submission in which nothing can be graded, by the student's doing; says what to change."""


class WireError(LatentLabError):
    """A frame that is too long, cut short, of an unlisted type, or otherwise not as wire.py says."""


class CutShortError(WireError):
    """The stream ended within a frame: whoever wrote it is gone."""


class StudentFault(LatentLabError):
    """What a check found wrong with a submission, as facts; records/words.py makes the sentence.

    `what` went wrong, its likely `cause` and the `place` in the student's code (cell and line) may be shown
    to anybody. `detail` may hold inputs, expected values or words that the student's process chose, and so
    is shown to students for public checks only; staff see all of it.
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
    """A value came back, and it is not the right one."""

    outcome = "failed"


class Raised(StudentFault):
    """The student's code raised an exception."""

    outcome = "raised"


class TimedOut(StudentFault):
    """The student's code did not end within its time."""

    outcome = "timeout"


class OutOfMemory(StudentFault):
    """The student's code asked for more memory than it may use."""

    outcome = "memory"


class Crashed(StudentFault):
    """The student's process ended without a reply."""

    outcome = "crashed"


class Malformed(StudentFault):
    """The student's process wrote something that is not a reply to what it was asked."""

    outcome = "malformed"
