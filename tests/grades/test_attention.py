"""What needs a human is named, the most urgent first, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

from autograder.grades.attention import changed, needs
from autograder.grades.inventory import Inventory
from autograder.grades.policy import Grade, grade_of
from autograder.records.assignment import Assignment, Limits
from autograder.records.origin import Refused, Source
from autograder.records.results import Result, Status
from autograder.records.submission import Member, SubmissionInfo

ASSIGNMENT = Assignment("scratch", "T", ("f.py",), (), (), Limits())


def result(name: str, score: int | None = 9, status: Status = "graded", **more: object) -> Result:
    who = SubmissionInfo(name, name, "", "", members=(Member(name.title(), f"s-{name}"),))
    return replace(Result(who, status, None, score, 10, provenance={"suite": "new"}), **more)  # type: ignore[arg-type]


def grade(name: str, **more: object) -> Grade:
    plain = grade_of(result(name), ASSIGNMENT)
    return replace(plain, **more)  # type: ignore[arg-type]


def test_a_class_that_is_well_needs_nobody() -> None:
    found = [result("ada"), result("bob")]
    assert needs(found, {r.submission.id: grade(r.submission.id) for r in found}, Inventory(), {}) == ()


def test_everything_that_needs_a_human_is_named_once_and_in_order() -> None:
    found = [
        result("ada", None, "ungraded", reason="the engine stopped\nat once"),
        result("bob", 0, "rejected", reason="there is no code in it"),
        result("eve", 7, flags=("processes were left running",)),
        result("zoe", provenance={"suite": "old"}),
        result("old", schema=1, provenance={"suite": "old"}),
        result("zoe-2", submission=SubmissionInfo("zoe-2", "", "", "", members=(Member("Zoe", "s-zoe"),))),
    ]
    grades = {
        "ada": grade("ada", points=None),
        "bob": grade("bob", waiting=("essay", "proof")),
        "eve": grade("eve", waiting=("essay",), lateness="unknown"),
        "zoe": grade("zoe", lateness="assumed"),
    }
    students = (
        Member("Ada", "s-ada"),
        Member("Bob", "s-bob"),
        Member("Eve", "s-eve"),
        Member("Max", "s-max"),
    )
    whole = Inventory((Source("/a", "auto", (Refused("x.txt", "a link"),)),), "/class.csv", students)
    before = {"eve": result("eve", 9), "bob": result("bob", 0, "rejected"), "zoe": result("zoe")}
    failures = [result("zoe", None, "ungraded", reason="no memory left")]
    told = needs(found, grades, whole, before, failures, "new")
    assert [(need.what, need.names) for need in told] == [
        ("ungraded, by our fault", ("ada: the engine stopped",)),
        ("not graded anew, the score before stands", ("zoe: no memory left",)),
        ("rejected", ("bob: there is no code in it",)),
        ("flagged", ("eve: processes were left running",)),
        ("score changed since the last run", ("eve 9 → 7",)),
        ("late by an unknown time", ("eve",)),
        ("handed in at an unknown time, taken as on time", ("zoe",)),
        ("written answers without a mark", ("essay: 2 to mark", "proof: 1 to mark")),
        ("graded by an older kit", ("old",)),
        ("of another suite", ("zoe",)),
        ("files that are nobody's", ("x.txt (a link)",)),
        ("not on the roster", ("zoe", "old", "zoe-2")),
        ("on the roster, handed in nothing", ("Max",)),
        ("handed in more than once", ("s-zoe: zoe, zoe-2",)),
    ]
    urgent = {need.what for need in told if need.urgent}
    assert urgent == {"ungraded, by our fault", "not graded anew, the score before stands"}


def test_a_score_that_is_gone_has_changed_and_a_first_one_has_not() -> None:
    before = {"ada": result("ada", 9), "bob": result("bob", None, "ungraded")}
    now = [result("ada", None, "ungraded"), result("bob", 5), result("eve", 5)]
    assert list(changed(now, before)) == ["ada 9 → none"]
