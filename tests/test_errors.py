"""The tree of errors: the drawing at the top of the file agrees with the classes."""

from __future__ import annotations

import inspect
import re
from typing import get_args

import pytest

from autograder import errors
from autograder.records.results import Outcome

CLASSES = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind)}


def drawn() -> dict[str, tuple[str, str]]:
    """Class → (its base class, the rest of its line), from the docstring."""
    entries: dict[str, tuple[str, str]] = {}
    above: list[tuple[int, str]] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.fullmatch(r"([│├└─ ]*)([A-Z]\w+)(.*)", line):
            column = len(match[1])
            above = [(place, name) for place, name in above if place < column]
            if column or match[2] == "LatentLabError":
                entries[match[2]] = (above[-1][1] if above else "Exception", match[3])
                above.append((column, match[2]))
    return entries


def test_the_drawn_tree_agrees_with_the_classes() -> None:
    tree = {name: kind.__bases__[0].__name__ for name, kind in CLASSES.items()}
    assert {name: base for name, (base, _) in drawn().items()} == tree


def test_every_error_is_described_in_a_sentence() -> None:
    for kind in CLASSES.values():
        assert (kind.__doc__ or "").partition("\n")[0].endswith("."), kind


def test_every_fault_has_the_documented_outcome_that_is_drawn() -> None:
    faults = {n: k for n, k in CLASSES.items() if k.__bases__ == (errors.StudentFault,)}
    outcomes = {name: kind.outcome for name, kind in faults.items()}  # type: ignore[attr-defined]
    assert {*outcomes.values(), "passed", "untried"} == set(get_args(Outcome))
    for name, outcome in outcomes.items():
        assert drawn()[name][1].endswith(f"({outcome})")


@pytest.mark.parametrize("kind", [errors.SandboxError, errors.SuiteError, errors.CanaryError])
def test_the_kits_failures_are_never_a_students_fault(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.KitError)
    assert not issubclass(kind, (errors.StudentFault, errors.RejectedError))


def test_a_faults_text_is_what_happened_without_cause_place_and_detail() -> None:
    fault = errors.Mismatch("off by 2", "expected 3, got 5", "you summed", ("f.py", 7))
    assert (str(fault), fault.what, fault.detail) == ("off by 2", "off by 2", "expected 3, got 5")
    assert (fault.cause, fault.place) == ("you summed", ("f.py", 7))
