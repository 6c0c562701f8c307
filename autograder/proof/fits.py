"""Finds samples that do not fit the assignment or its solution, before any of them is graded.

`require` is asked first by everything that grades samples: `prove`, `calibrate`, `attacks` and `release`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograder.authoring import consistency
from autograder.authoring.lines import at, meant, shown
from autograder.proof import corpus
from autograder.proof.corpus import Sample
from autograder.records.assignment import Assignment

FEW = 5  # further samples with the same fault that a line names
FIND = re.compile(r"""^\s*["']?find["']?\s*=""")
WIDTH = 70  # characters of an edit's `find` that a line shows


def require(assignment: Assignment, samples: Sequence[Sample]) -> None:
    """Raise AssignmentError that lists every fault of the assignment's files and of these samples."""
    consistency.require(assignment, [*consistency.of_assignment(assignment), *faults(assignment, samples)])


def faults(assignment: Assignment, samples: Sequence[Sample]) -> list[str]:
    """Return what samples declare that cannot be, and which ones no longer fit the text that they edit."""
    return [*_unknown(assignment, samples), *_too_much(assignment, samples), *_unfit(samples)]


def _unknown(assignment: Assignment, samples: Sequence[Sample]) -> Iterator[str]:
    """Yield each name in `loses` and `most` that is no question, with all samples that declare it."""
    known = [question.id for question in assignment.questions]
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        for name in dict.fromkeys(map(str, (*(sample.loses or ()), *sample.most))):
            if name not in known:
                found.setdefault(name, []).append(sample)
    for name, those in found.items():
        entry = "most" if name in those[0].most else "loses"
        yield (
            f"{at(those[0].expectation, entry, name)}: expected questions of assignment.toml "
            f"({', '.join(known)}) in {entry}, got {name!r}{_hint(name, known)}{_others(those)}"
        )


def _hint(name: str, known: Sequence[str]) -> str:
    question = name.partition(".")[0]
    return f"; write the question {question!r}, not its check" if question in known else meant(name, known)


def _others(samples: Sequence[Sample]) -> str:
    """Return the names of the samples after the first, as the end of a sentence."""
    names = [sample.name for sample in samples[1:]]
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    also = f"; so do {', '.join(names[:FEW])}{more}" if names else ""
    return f"; correct {samples[0].name}{also}"


def _too_much(assignment: Assignment, samples: Sequence[Sample]) -> Iterator[str]:
    """Yield the scores above the assignment's, and the `most` above a question's points."""
    worth = {question.id: question.points for question in assignment.questions}
    for sample in samples:
        declared = {
            f"{name} = {most}": (most, worth[name]) for name, most in sample.most.items() if name in worth
        }
        if sample.score is not None:
            declared[f"score = {sample.score}"] = (sample.score, assignment.max_score)
        for text, (points, most) in declared.items():
            if points > most:
                yield (
                    f"{at(sample.expectation, text)}: expected at most {most} points, as in assignment.toml, "
                    f"got {points}; correct it"
                )


def _unfit(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield each text that samples look for and do not find exactly once, with the places of all of them."""
    found: dict[tuple[str, str, int], list[str]] = {}
    for sample in samples:
        if (misfit := corpus.misfit(sample)) is not None:
            key = (sample.base, misfit.edit.find, misfit.count)
            found.setdefault(key, []).append(_place(sample, misfit.number))
    for (base, find, count), places in found.items():
        first = next(iter(find.strip().splitlines()), "")
        short = first if first == find and len(first) <= WIDTH else f"{first[:WIDTH]}…"
        many = "this sample" if len(places) == 1 else f"these {len(places)} samples"
        listed = "\n  ".join(places)
        yield (
            f"expected exactly one {short!r} in the {base}, found {count}; make the edit's `find` fit in "
            f"{many}:\n  {listed}"
        )


def _place(sample: Sample, number: int) -> str:
    """Return the place of an edit's `find`: the edits of a file stand in their order."""
    lines = sample.expectation.read_text(encoding="utf-8").splitlines()
    finds = [n for n, line in enumerate(lines, 1) if FIND.match(line)]
    place = shown(sample.expectation)
    return f"{place}:{finds[number]}" if number < len(finds) else place
