"""The list of what needs a human: complete, the most urgent first."""

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


def test_a_class_without_problems_needs_nothing() -> None:
    results = [result("ada"), result("bob")]
    assert needs(results, {r.submission.id: grade(r.submission.id) for r in results}, Inventory(), {}) == ()


def test_everything_that_needs_a_human_is_listed_once_and_in_order() -> None:
    results = [
        result("ada", None, "ungraded", reason="the engine stopped\nat once"),
        result("bob", 0, "rejected", reason="there is no code in it"),
        result("eve", 7, flags=("processes were left running",)),
        result("zoe", provenance={"suite": "old"}),
        result("tom", submission=SubmissionInfo("tom", "", "", "", doubts=("a draft", "at no time"))),
        result("old", schema=1, provenance={"suite": "old"}),
        result("zoe-2", submission=SubmissionInfo("zoe-2", "", "", "", members=(Member("Zoe", "s-zoe"),))),
    ]
    grades = {
        "ada": grade("ada", points=None),
        "bob": grade("bob", waiting=("essay", "proof")),
        "eve": grade("eve", waiting=("essay",), lateness="unknown"),
        "zoe": grade("zoe", lateness="assumed", clock="2 days late, or 1"),
    }
    students = (
        Member("Ada", "s-ada"),
        Member("Bob", "s-bob"),
        Member("Eve", "s-eve"),
        Member("Max", "s-max"),
    )
    inventory = Inventory((Source("/a", "auto", (Refused("x.txt", "a link"),)),), "/class.csv", students)
    before = {"eve": result("eve", 9), "bob": result("bob", 0, "rejected"), "zoe": result("zoe")}
    failures = [result("zoe", None, "ungraded", reason="no memory left")]
    listed = needs(
        results, grades, inventory, before, failures, "new", None, {"bob": result("bob", 9)}, ["'aad'"]
    )
    assert [(need.what, need.names) for need in listed] == [
        ("ungraded, the grader failed", ("ada: the engine stopped",)),
        ("regrade failed; previous score kept", ("zoe: no memory left",)),
        ("rejected", ("bob: there is no code in it",)),
        ("rejected, but work handed in before scored more", ("bob: 9 of 10 before",)),
        ("flagged", ("eve: processes were left running",)),
        ("score changed since the last run", ("eve 9 → 7",)),
        ("late, unknown by how much", ("eve",)),
        ("hand-in time unknown, treated as on time", ("zoe",)),
        ("look at how it was handed in", ("tom: a draft", "tom: at no time")),
        ("extensions that fit nobody", ("'aad'",)),
        ("written answers without a mark", ("essay: 2 to mark", "proof: 1 to mark")),
        ("days late depend on a change of clocks", ("zoe: 2 days late, or 1",)),
        ("graded by an older kit", ("old",)),
        ("graded with another suite", ("zoe",)),
        ("files that match no student", ("x.txt (a link)",)),
        ("not on the roster", ("zoe", "old", "zoe-2")),
        ("on the roster, handed in nothing", ("Max",)),
        ("handed in more than once", ("s-zoe: zoe, zoe-2",)),
    ]
    urgent = {need.what for need in listed if need.urgent}
    assert urgent == {"ungraded, the grader failed", "regrade failed; previous score kept"}


def test_a_lost_score_counts_as_changed_and_a_first_score_does_not() -> None:
    before = {"ada": result("ada", 9), "bob": result("bob", None, "ungraded")}
    now = [result("ada", None, "ungraded"), result("bob", 5), result("eve", 5)]
    assert list(changed(now, before)) == ["ada 9 → none"]
