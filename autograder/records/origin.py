"""Where submissions came from: one path, how it was read, and what in it belongs to no student."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Kind = Literal["auto", "canvas", "moodle", "gradescope", "nbgrader", "plain"]


class Refused(NamedTuple):
    """A file that cannot belong to any submission, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Source:
    """One path as it was given. `kind` is how it was to be read, so that it can be read so again.

    `seen` says in words what it turned out to be, `count` how many submissions it holds.
    """

    path: str
    kind: Kind
    unmatched: tuple[Refused, ...] = ()
    seen: str = ""
    count: int = 0
