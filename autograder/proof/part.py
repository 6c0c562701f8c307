"""A part of the proof: one question, some samples, or both, for an answer while one writes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.authoring.lines import meant
from autograder.errors import UsageError
from autograder.proof.corpus import Sample
from autograder.records.assignment import Assignment


@dataclass(frozen=True)
class Part:
    """The question whose checks run (all, if empty) and the names of the samples that do (all, if none)."""

    question: str = ""
    samples: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.question or self.samples)

    @property
    def only(self) -> tuple[str, ...]:
        """The checks to run, as the judge takes them; none stands for all."""
        return (self.question,) if self.question else ()

    def store(self, out: Path, seed: int) -> Path:
        """Return the folder of results at a seed; whole results are also those of the whole proof."""
        return out / f"question-{self.question}" / f"seed-{seed}" if self.question else out / f"seed-{seed}"

    def corpus(self, out: Path) -> Path:
        """Return the folder to build samples in; a part does not search through all samples."""
        return out / "part" if self else out / "samples"

    def chosen(self, samples: Sequence[Sample], assignment: Assignment) -> list[Sample]:
        """Return the samples of this part, and what they declare about it.

        Raises AssignmentError for an unknown question, UsageError for an unknown sample.
        """
        named = [sample for sample in samples if not self.samples or self._names(sample)]
        for name in self.samples:
            if not any(name in (sample.name, sample.id) for sample in named):
                known = [sample.name for sample in samples]
                raise UsageError(
                    f"--only: expected a sample of {assignment.name}, got {name!r}{meant(name, known)}; name "
                    "a folder in submissions/KIND/ (`autograder attacks` grades those in hostile/)"
                )
        if not self.question:
            return named
        assignment.question(self.question)
        return [
            _narrowed(sample, self.question)
            for sample in named
            if self.samples or _concerns(sample, self.question)
        ]

    def _names(self, sample: Sample) -> bool:
        return bool({sample.name, sample.id} & {*self.samples})


WHOLE = Part()


def _concerns(sample: Sample, question: str) -> bool:
    """Whether a sample declares something about a question: correct work does about each."""
    return sample.kind == "correct" or question in (*(sample.loses or ()), *sample.most)


def _narrowed(sample: Sample, question: str) -> Sample:
    """Return a sample with what it declares about one question; its cause only if it loses nowhere else."""
    most = {name: points for name, points in sample.most.items() if name == question}
    loses = None if sample.loses is None else tuple(name for name in sample.loses if name == question)
    if sample.most and not most and sample.edits and sample.base == "solution":
        loses = ()  # its edits must cost nothing here
    cause = sample.cause if loses and loses == sample.loses else ""
    return replace(sample, loses=loses, most=most, score=None, cause=cause)
