"""Stops a statement that takes too long, so that what was defined before it can still be graded."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

MOST_REST = 5.0  # seconds


def rest(seconds: float) -> float:
    """Return the seconds for everything after the statement that used up `seconds`."""
    return min(MOST_REST, seconds / 4)


def slack(seconds: float) -> float:
    """Return the seconds after which a process that should load in `seconds` is lost."""
    return 2 * rest(seconds) + 1


class TooSlow(BaseException):
    """The time for loading is used up."""


class Alarm:
    """Raises TooSlow in student code when `seconds` have passed, and again after each `rest`.

    Does nothing without `seconds`, or where there is no SIGALRM.
    """

    def __init__(self, seconds: float | None) -> None:
        self.rings = 0
        self._armed = False
        self._works = seconds is not None and hasattr(signal, "setitimer")
        if self._works:
            signal.signal(signal.SIGALRM, self._ring)
            signal.setitimer(signal.ITIMER_REAL, seconds or 0, rest(seconds or 0))

    def _ring(self, *_: object) -> None:
        self.rings += 1
        if self._armed:
            raise TooSlow

    @contextlib.contextmanager
    def armed(self) -> Iterator[None]:
        """Within the block, which runs student code, the alarm raises."""
        self._armed = True
        try:
            yield
        finally:
            self._armed = False

    def stop(self) -> None:
        """Switch the alarm off, whatever student code did with it."""
        self._armed = False
        if self._works:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
