"""Sorting lost checks: what has one cause shares a box, what has not does not, stubs become lines."""

from __future__ import annotations

from dataclasses import replace

from papers import check

from autograder.pages import boxes
from autograder.records import words
from autograder.records.results import CheckResult, Fault, Outcome, Place

NAMES = ("Model", "mse_loss")
PLACE = Place("cell 3", 5)


def lost(name: str, what: str, outcome: Outcome = "failed", because: str = "", **more: object) -> CheckResult:
    """A lost check of the losses with an id of its own."""
    found = check("losses.bce" if name.startswith("hidden") else "losses.mse", True, Fault(what), outcome)
    assert found.fault is not None
    return replace(
        found, id=name, because=because, title=f"{name} is right.", fault=replace(found.fault, **more)
    )


def sorted_ids(*checks: CheckResult) -> list[list[str]]:
    return [[cost.check.id for cost in box.costs] for box in boxes.sort(checks, NAMES)[0]]


def test_checks_with_one_cause_share_a_box_that_lists_what_each_found() -> None:
    a = lost("a", "mse_loss: wrong", cause="you sum over the pixels", detail="expected 1, got 2")
    b = lost("hidden b", "MSE: wrong at [0]", cause="you sum over the pixels", detail="SECRET")
    (box,), unwritten = boxes.sort([a, words.as_read(b)], NAMES)
    assert unwritten == ()
    assert (box.title, box.next, box.points) == ("You sum over the pixels.", boxes.KNOWN, (0, 25))
    assert [(cost.what, cost.detail) for cost in box.costs] == [
        ("mse_loss: wrong.", "expected 1, got 2"),
        ("MSE: wrong at [0].", ""),
    ]


def test_checks_that_fail_for_no_known_cause_have_boxes_of_their_own() -> None:
    same = "mse_loss: not what was expected"
    assert sorted_ids(lost("a", same), lost("b", same)) == [["a"], ["b"]]


def test_the_same_exception_at_the_same_line_is_one_box_and_at_another_line_it_is_not() -> None:
    raised = [lost(n, "it raised", "raised", place=p) for n, p in (("a", PLACE), ("b", PLACE))]
    elsewhere = lost("c", "it raised", "raised", place=Place("cell 3", 6))
    assert sorted_ids(*raised, elsewhere) == [["a", "b"], ["c"]]


def test_checks_that_ended_in_the_same_words_are_one_box() -> None:
    slow = [lost(n, "your file takes over 60 s to load", "timeout") for n in "ab"]
    assert sorted_ids(*slow, lost("c", "it ran for 10 s", "timeout")) == [["a", "b"], ["c"]]


def test_what_was_not_tried_is_in_the_box_of_what_stopped_it() -> None:
    first = lost("a", "it raised", "raised", place=PLACE, detail="KeyError: 1")
    other = lost("b", "another", "raised", place=Place("cell 3", 9))
    untried = lost("hidden c", "not tried: as in “a”", "untried", because="a", place=PLACE)
    (box, second), _ = boxes.sort([first, other, untried], NAMES)
    assert [cost.check.id for cost in box.costs] == ["a", "hidden c"]
    assert (box.title, box.detail) == ("It raised at cell 3, line 5.", "KeyError: 1")
    assert [cost.what for cost in box.costs] == ["", ""]
    assert second.title == "b is right."


def test_a_name_of_code_at_the_start_of_a_heading_stays_as_it_is() -> None:
    titles = []
    for what in ("mse_loss(x): wrong", "`f` is not defined. Is it `g`?", "your code ended"):
        (box,), _ = boxes.sort([lost("a", what, "crashed"), lost("b", what, "crashed")], NAMES)
        titles.append(box.title)
    assert titles == ["mse_loss(x): wrong.", "`f` is not defined. Is it `g`?", "Your code ended."]


def test_stubs_are_lines_by_function_with_all_that_they_cost() -> None:
    def stub(name: str, function: str) -> CheckResult:
        text = f"NotImplementedError: {function} is not written yet: Do it."
        return lost(name, "it raised", "raised", place=PLACE, detail=text)

    checks = [stub("a", "Model.encode"), stub("hidden b", "Model.decode"), stub("c", "mse_loss")]
    found, unwritten = boxes.sort([*checks, lost("hidden d", "not tried", "untried", because="c")], NAMES)
    assert found == ()
    assert [(u.name, [c.id for c in u.checks], u.points) for u in unwritten] == [
        ("Model", ["a", "hidden b"], (0, 25)),
        ("mse_loss", ["c", "hidden d"], (0, 25)),
    ]
    assert unwritten[0].place == PLACE


def test_a_students_own_notimplementederror_is_an_exception_like_any_other() -> None:
    own = lost("a", "it raised", "raised", place=PLACE, detail="NotImplementedError: not for odd sizes")
    said = lost("b", "it said so", "failed", detail="NotImplementedError: f is not written yet: Do it.")
    assert boxes.sort([own, said], NAMES)[1] == ()


def test_an_exceptions_words_cannot_carry_the_inputs_of_a_hidden_check_to_the_page() -> None:
    text = "NotImplementedError: 0.25,0.5 is not written yet: Do it."
    raised = lost("hidden a", "it raised", "raised", place=PLACE, detail=text)
    (box,), unwritten = boxes.sort([words.as_read(raised)], NAMES)
    assert unwritten == ()
    assert "0.25" not in repr([box.title, box.what, box.detail, [c.detail for c in box.costs]])


def test_only_a_fault_at_a_line_can_be_the_same_in_two_questions() -> None:
    at_line, _ = boxes.sort([lost("a", "it raised", "raised", place=PLACE)], NAMES)
    in_words, _ = boxes.sort([lost("b", "it ran for 10 s", "timeout")], NAMES)
    found = {"losses": (*at_line, *in_words), "sweep": (*at_line, *in_words)}
    assert boxes.same_in(found) == {("sweep", at_line[0].key): "losses"}
