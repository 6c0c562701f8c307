"""What students are told about each known mistake: its own cause, none, or a wrong one.

A cause counts as named if a lost check says what the sample declares, in its cause or in what it found. Any
other cause that a lost check names is wrong, unless the sample lists it in `also`. A declared cause that
messages about other mistakes say too is no evidence, and is reported as weak.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from autograder.proof.corpus import Sample
from autograder.records import words
from autograder.records.results import CheckResult, Result

Verdict = Literal["named", "mixed", "none", "wrong"]
VERDICTS: tuple[Verdict, ...] = ("named", "mixed", "none", "wrong")
COMMON = 6  # mistakes with another cause whose messages say a declared one: so many make it weak


@dataclass(frozen=True)
class Told:
    """What one mistaken sample's student is told; `wrong` are the named causes that are not its own.

    named: its own cause only; mixed: its own and a wrong one; none: no cause; wrong: wrong ones only.
    """

    sample: Sample
    verdict: Verdict
    wrong: tuple[str, ...]


def lost(result: Result) -> list[CheckResult]:
    """Return the checks that lost points."""
    return [check for check in result.checks if check.points < check.max_points]


def says(result: Result, cause: str) -> bool:
    """True if the student reads `cause` in the reason for the whole result or in a failed check."""
    whole = cause.lower() in (result.reason or "").lower()
    return whole or any(words.tells(check, cause) for check in lost(result))


def said(result: Result) -> str:
    """Return everything that the student reads about what went wrong."""
    return "\n".join([*filter(None, [result.reason]), *map(words.for_students, lost(result))])


def told(sample: Sample, result: Result) -> Told:
    """Compare the causes that a result names with the one that its sample declares."""
    read = [words.told(check) for check in lost(result)]
    causes = dict.fromkeys(fault.cause for fault in read if fault and fault.cause)
    own = [text.lower() for text in (sample.cause, *sample.also) if text]
    wrong = tuple(cause for cause in causes if not any(text in cause.lower() for text in own))
    if bool(sample.cause) and says(result, sample.cause):
        return Told(sample, "mixed" if wrong else "named", wrong)
    return Told(sample, "wrong" if wrong else "none", wrong)


def weak(
    samples: Sequence[Sample], results: Mapping[str, Result], titles: Collection[str]
) -> Iterator[tuple[Sample, str]]:
    """Yield each mistaken sample whose declared cause is no evidence, with the reason.

    `titles` are those of all checks, which a student reads in any case.
    """
    said_of = {s.id: said(results[s.id]).lower() for s in samples}
    for sample in samples:
        cause = sample.cause.lower()
        title = next((title for title in titles if cause and cause in title.lower()), None)
        others = [s for s in samples if not _lists(s, cause) and cause in said_of[s.id]]
        if cause and title is not None:
            yield sample, f"the title {title!r} says it"
        elif cause and len(others) >= COMMON:
            names = ", ".join(s.name for s in others[:3])
            yield sample, f"{len(others)} samples with another cause are told it, such as {names}"


def _lists(sample: Sample, cause: str) -> bool:
    """Whether a sample declares a cause, or lists it as true too, in more or fewer words."""
    own = [text.lower() for text in (sample.cause, *sample.also) if text]
    return any(one in cause or cause in one for one in own)
