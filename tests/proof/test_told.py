"""What each mistake's student is told, and declared causes that are too weak to count."""

from __future__ import annotations

from pathlib import Path

import pytest
from papers import check, paper

from autograder.proof import told
from autograder.proof.corpus import Sample
from autograder.records.results import Fault, Result

SIGN = Fault("f(): not what was expected", "the sign is wrong")
SUM = Fault("f(): not what was expected", "you summed")
SEEN = Fault("f(): not what was expected")


def sample(name: str, cause: str, *also: str) -> Sample:
    edits = {"base": "solution", "edits": (), "also": also}
    return Sample("mistaken", name, Path(), "It.", "graded", ("losses",), None, cause, **edits)  # type: ignore[arg-type]


def result(*faults: Fault) -> Result:
    names = ("losses.mse", "losses.bce")
    checks = tuple(check(name, True, fault) for name, fault in zip(names, faults, strict=False))
    return Result(**{f: getattr(paper(), f) for f in Result.__dataclass_fields__} | {"checks": checks})


@pytest.mark.parametrize(
    ("faults", "declared", "verdict", "wrong"),
    [
        ((SUM, SUM), sample("a", "you sum"), "named", ()),
        ((SUM, SEEN), sample("a", "you sum"), "named", ()),
        ((SUM, SIGN), sample("a", "you sum"), "mixed", ("the sign is wrong",)),
        ((SUM, SIGN), sample("a", "you sum", "THE SIGN"), "named", ()),
        ((SEEN, SEEN), sample("a", "you sum"), "none", ()),
        ((SIGN, SEEN), sample("a", "you sum"), "wrong", ("the sign is wrong",)),
        ((SEEN, SEEN), sample("a", "f(): not"), "named", ()),  # declared as what is found
        ((SIGN, SEEN), sample("a", ""), "wrong", ("the sign is wrong",)),
    ],
)
def test_a_mistake_is_told_its_cause_or_none_or_a_wrong_one(
    faults: tuple[Fault, ...], declared: Sample, verdict: str, wrong: tuple[str, ...]
) -> None:
    assert told.told(declared, result(*faults)) == told.Told(declared, verdict, wrong)  # type: ignore[arg-type]


def test_a_declared_cause_that_messages_about_other_mistakes_say_is_weak() -> None:
    others = [sample(f"s{n}", "the sign is wrong") for n in range(told.COMMON)]
    vague = sample("vague", "not what was expected")
    results = {s.id: result(SIGN) for s in others} | {vague.id: result(SUM)}
    ((found, why),) = told.weak([vague, *others], results, ["`losses.mse` is right."])
    assert (found, why) == (vague, "6 samples with another cause are told it, such as s0, s1, s2")
    assert not [*told.weak([vague, *others[1:]], results, [])]


def test_a_declared_cause_that_the_title_of_a_check_says_is_weak() -> None:
    title = sample("title", "is right")
    ((_, why),) = told.weak([title], {title.id: result(SUM)}, ["`losses.mse` is right."])
    assert why == "the title '`losses.mse` is right.' says it"
