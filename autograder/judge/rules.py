"""Reads the rule of each check from its test function, and compares all rules with the rubric."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import SuiteError
from autograder.records.assignment import Assignment, Question
from autograder.records.results import CheckResult, Visibility


@dataclass(frozen=True)
class Rule:
    """The facts about a check in its mark, name, docstring and path."""

    id: str
    question: str
    visibility: Visibility
    title: str
    points: int
    cpu: int
    wall: int
    kept: str

    def result(self, **facts: Any) -> CheckResult:
        """Return a result of this check with these facts."""
        return CheckResult(
            id=self.id,
            question=self.question,
            visibility=self.visibility,
            title=self.title,
            max_points=self.points,
            **facts,
        )


def rule_of(item: pytest.Item, assignment: Assignment) -> Rule:
    """Read a check's rule from its test function. Raises SuiteError if its mark or docstring is missing."""
    mark, doc = item.get_closest_marker("check"), getattr(item.obj, "__doc__", None)  # type: ignore[attr-defined]
    if mark is None or not doc or type(mark.kwargs.get("points")) is not int or mark.kwargs["points"] < 0:
        raise SuiteError(
            f"{item.nodeid}: expected a docstring and @check(points=…) with whole points; add them"
        )
    question = question_of(item.path, assignment)
    limits = assignment.limits
    return Rule(
        id=f"{question.id}.{item.name.removeprefix('test_')}",
        question=question.id,
        visibility="hidden" if item.path.parent.name == "hidden" else "public",
        title=" ".join(doc.split()),
        points=mark.kwargs["points"],
        cpu=mark.kwargs["cpu"] or limits.check_cpu_seconds,
        wall=mark.kwargs["wall"] or limits.check_wall_seconds,
        kept=mark.kwargs["kept"],
    )


def question_of(path: Path, assignment: Assignment) -> Question:
    """Return the question that the file `test_<question>.py` checks."""
    return assignment.question(path.stem.removeprefix("test_"))


def check_rubric(rules: list[Rule], assignment: Assignment, whole: bool) -> None:
    """Raise SuiteError unless ids are unique and points add up to the rubric (if `whole`, exactly)."""
    ids = [rule.id for rule in rules]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise SuiteError(f"two checks have the same name: {', '.join(twice)}; rename one")
    for question in assignment.questions:
        points = sum(rule.points for rule in rules if rule.question == question.id)
        if points > question.points or (whole and points != question.points):
            raise SuiteError(
                f"{question.id}: expected checks worth {question.points} points, as in the rubric, got "
                f"{points}; make them agree"
            )
