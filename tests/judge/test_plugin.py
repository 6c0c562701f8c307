"""Reading and running a suite: rules of checks, the rubric, and whose fault a failing check is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import autograder.wire as wire
from autograder import grading
from autograder.errors import SuiteError
from autograder.judge import drawn
from autograder.judge.plugin import run
from autograder.judge.session import Session
from autograder.records import words
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.results import Fault, Place, Result, without_timing
from autograder.records.submission import Cell, Submission
from autograder.sandbox.fake import FakeSandbox, answering
from autograder.wire import Handle

WORK = Submission("ada", "ada", "f.py", "0" * 64, (Cell("f.py", "x = 1"),))
DOUBLES = '''
@check(points=2)
def test_doubles(student):
    """It doubles."""
    expect.close("f(3)", student.call("f", 3.0), 6.0)
'''
SHARED = '''
@shared
def doubled(student):
    """The value that both checks read."""
    return student.call("f", 3.0)

@check(points=1)
def test_is_six(doubled):
    """It is 6."""
    expect.close("f(3)", doubled, 6.0)

@check(points=1)
def test_is_positive(student, doubled):
    """It is positive, and so is another."""
    expect.true(doubled > 0 and student.call("f", 3.0) > 0, "f(3)")
'''
ONE_CALL = DOUBLES.replace("points=2", "points=1").replace("test_doubles", "test_f")


def graded(assignment: Any, **replies: Any) -> Result:
    return grading.grade(WORK, assignment, FakeSandbox(answering(replies)))


@pytest.mark.parametrize(
    ("source", "points", "text"),
    [
        ("def test_f(student):\n    '''It.'''\n", 1, r"test_f: expected a docstring and @check\(points=…\)"),
        ("@check(points=1)\ndef test_f(student):\n    pass\n", 1, "expected a docstring"),
        ("@check(points=0.5)\ndef test_f(student):\n    '''It.'''\n", 1, "with whole points"),
        ("@check(points=-1)\ndef test_f(student):\n    '''It.'''\n", 1, "with whole points"),
        (DOUBLES, 3, "one: expected checks worth 3 points, as in the rubric, got 2; make them agree"),
        (DOUBLES, 1, "one: expected checks worth 1 points, as in the rubric, got 2; make them agree"),
        ("this is no Python", 1, "test_one.py cannot be imported"),
        ("import nowhere_to_be_found\n", 1, "No module named 'nowhere_to_be_found'"),
        ("", 1, "worth 1 points, as in the rubric, got 0|no checks in"),
    ],
)
def test_an_invalid_suite_leaves_the_submission_ungraded_and_says_why(
    scratch: Callable[..., Any], source: str, points: int, text: str
) -> None:
    assignment = scratch({"public/test_one.py": source}, {"one": points})
    with pytest.raises(SuiteError, match=text):
        run(assignment, None, ("public", "hidden"))
    assert graded(assignment).status == "ungraded"


def test_two_checks_with_the_same_name_are_refused(scratch: Callable[..., Any]) -> None:
    suites = {"public/test_one.py": DOUBLES, "hidden/test_one.py": DOUBLES}
    with pytest.raises(SuiteError, match=r"two checks have the same name: one\.doubles; rename one"):
        run(scratch(suites, {"one": 4}), None, ("public", "hidden"))


def test_rules_are_read_without_running_a_check(scratch: Callable[..., Any]) -> None:
    rules, results = run(scratch({"hidden/test_one.py": DOUBLES}, {"one": 2}), None, ("public", "hidden"))
    (rule,) = rules
    assert (rule.id, rule.question, rule.visibility) == ("one.doubles", "one", "hidden")
    assert (rule.title, rule.points, rule.cpu, rule.wall) == ("It doubles.", 2, 10, 60)
    assert results == []


@pytest.mark.parametrize(("expected", "margin"), [("-1.7e308", 1e9), ("float('inf')", None), ("5.5", 907.4)])
def test_a_margin_is_a_number_that_json_can_represent(
    scratch: Callable[..., Any], expected: str, margin: float | None
) -> None:
    check = '@check(points=2)\ndef test_f(student):\n    """Says."""\n'
    check += f'    expect.close("f", student.call("f"), {expected})\n'
    (result,) = graded(
        scratch({"hidden/test_one.py": check}, {"one": 2}), call=6.0 if margin == 907.4 else 1.7e308
    ).checks
    assert (result.outcome, result.margin) == ("failed", margin)


@pytest.mark.parametrize("visibility", ["public", "hidden"])
def test_only_staff_see_values_of_a_hidden_check(scratch: Callable[..., Any], visibility: str) -> None:
    result = graded(scratch({f"{visibility}/test_one.py": DOUBLES}, {"one": 2}), call=7.0)
    (check,) = result.checks
    assert (check.outcome, check.points) == ("failed", 0)
    assert check.fault is not None
    assert check.fault.what == "f(3): not what was expected"
    assert "expected 6, got 7" in check.fault.detail
    assert ("expected 6" in words.for_students(check)) == (visibility == "public")


def test_a_plain_assert_fails_the_check_and_shows_no_values(scratch: Callable[..., Any]) -> None:
    source = '@check(points=1)\ndef test_f(student):\n    """It is 5."""\n    assert student.call("f") == 5\n'
    (check,) = graded(scratch({"hidden/test_one.py": source}, {"one": 1}), call=4).checks
    assert (check.outcome, words.for_students(check)) == ("failed", "It is 5.")
    assert "4 == 5" in words.for_staff(check)


def test_a_bug_in_a_check_leaves_the_submission_ungraded(scratch: Callable[..., Any]) -> None:
    source = '@check(points=1)\ndef test_f(student):\n    """It."""\n    {}["ours"]\n'
    result = graded(scratch({"public/test_one.py": source}, {"one": 1}))
    assert (result.status, result.score) == ("ungraded", None)
    assert result.reason == "the check one.f has a bug: KeyError: 'ours'"


def test_a_failed_engine_leaves_the_submission_ungraded(scratch: Callable[..., Any]) -> None:
    sandbox = FakeSandbox(lambda frame: [], "the engine stopped")
    result = grading.grade(WORK, scratch({"public/test_one.py": DOUBLES}, {"one": 2}), sandbox)
    assert result.status == "ungraded"
    assert "the engine stopped" in (result.reason or "")


def test_results_are_sorted_by_question_with_public_checks_first(scratch: Callable[..., Any]) -> None:
    def suite(name: str) -> str:
        return f'@check(points=1)\ndef test_{name}(student):\n    """It."""\n    student.new("f")\n'

    suites = {
        "hidden/test_b.py": suite("w"),
        "public/test_b.py": suite("x"),
        "hidden/test_a.py": suite("y"),
        "public/test_a.py": suite("z"),
    }
    result = graded(scratch(suites, {"b": 2, "a": 2}), call=Handle(1, "F"))
    assert [c.id for c in result.checks] == ["b.x", "b.w", "a.z", "a.y"]
    assert result.score == 4


def test_assignments_whose_suites_have_equal_file_names_are_not_confused(
    scratch_at: Callable[..., Any], tmp_path: Any
) -> None:
    for folder, right in (("first", 6.0), ("second", 7.0)):
        source = DOUBLES.replace("6.0", str(right))
        assignment = scratch_at(tmp_path / folder, {"public/test_one.py": source}, {"one": 2})
        assert graded(assignment, call=right).score == 2


def test_a_check_whose_worker_was_lost_runs_again_in_another(scratch: Callable[..., Any]) -> None:
    assignment = scratch({"public/test_q.py": ONE_CALL}, {"q": 1})
    for bad, outcome, starts in ((1, "passed", 2), (2, "malformed", 2), (9, "malformed", 2)):
        answers = iter([b"garbage that is no frame"] * bad + [b""] * 9)
        well = answering({"call": 6.0})

        def script(frame: wire.Frame, answers: Any = answers, well: Any = well) -> list[bytes]:
            return [next(answers) or well(frame)[0]] if frame.message["verb"] == "call" else well(frame)

        sandbox = FakeSandbox(script)
        (check,) = grading.grade(WORK, assignment, sandbox, ("public",)).checks
        assert (check.outcome, len(sandbox.connections)) == (outcome, starts)


def test_a_shared_fixture_runs_once_in_its_own_process_seeded_by_its_name(
    scratch: Callable[..., Any],
) -> None:
    assignment = scratch({"hidden/test_q.py": SHARED}, {"q": 2})
    messages: list[dict[str, Any]] = []
    well = answering({"call": 6.0})

    def script(frame: wire.Frame) -> list[bytes]:
        messages.append(frame.message)
        return well(frame)

    shared, other = (drawn.number("", name, 0) for name in ("q.doubled", "q.is_positive"))
    one = [("begin", shared), ("call", None), ("end", None)]
    two = [("begin", other), ("call", None), ("end", None)]
    for only, expected in (((), one + two), (("q.is_positive",), one + two), (("q.is_six",), one)):
        messages.clear()
        result = grading.grade(WORK, assignment, FakeSandbox(script), only=only)
        assert [check.outcome for check in result.checks] == ["passed"] * len(only or "ab")
        asked = [(m["verb"], m.get("seed")) for m in messages if m["verb"] in ("begin", "call", "end")]
        assert asked == expected


def test_a_shared_fixture_that_raises_fails_one_check_and_the_others_are_not_tried(
    scratch: Callable[..., Any],
) -> None:
    assignment = scratch({"hidden/test_q.py": SHARED}, {"q": 2})
    raised = {"type": "ValueError", "builtin": True, "text": "x", "where": ["f.py", 1]}
    answers = iter([wire.encode(wire.REPLY, {"id": 3, "raised": raised})])
    well = answering({})

    def script(frame: wire.Frame) -> list[bytes]:
        return [next(answers)] if frame.message["verb"] == "call" else well(frame)

    checks = grading.grade(WORK, assignment, FakeSandbox(script)).checks
    fault = Fault("your code raised ValueError", None, Place("f.py", 1), "x")
    untried = Fault("not tried: as in “It is 6”, your code raised ValueError", None, Place("f.py", 1))
    assert [check.fault for check in checks] == [fault, untried]
    assert [(check.outcome, check.because) for check in checks] == [("raised", ""), ("untried", "q.is_six")]


def test_a_shared_fixture_whose_worker_was_lost_runs_again(scratch: Callable[..., Any]) -> None:
    assignment = scratch({"hidden/test_q.py": SHARED}, {"q": 2})
    well, calls = answering({"call": 6.0}), count()

    def script(frame: wire.Frame) -> list[bytes]:
        lost = frame.message["verb"] == "call" and next(calls) == 0
        return [b"garbage that is no frame"] if lost else well(frame)

    sandbox = FakeSandbox(script)
    result = grading.grade(WORK, assignment, sandbox)
    assert ([check.outcome for check in result.checks], len(sandbox.connections)) == (["passed"] * 2, 2)


def test_a_shared_fixture_that_lost_its_worker_twice_runs_again_for_the_next_check(
    scratch: Callable[..., Any],
) -> None:
    assignment = scratch({"hidden/test_q.py": SHARED}, {"q": 2})
    well, calls = answering({"call": 6.0}), count()

    def script(frame: wire.Frame) -> list[bytes]:
        lost = frame.message["verb"] == "call" and next(calls) < 2
        return [b"garbage that is no frame"] if lost else well(frame)

    result = grading.grade(WORK, assignment, FakeSandbox(script))
    assert [check.outcome for check in result.checks] == ["malformed", "passed"]


def test_every_failed_check_keeps_the_printed_output_outside_the_comparison_of_runs(
    scratch: Callable[..., Any],
) -> None:
    assignment = scratch({"hidden/test_q.py": SHARED}, {"q": 2})
    results = []
    for text in ("took 1 s\n", "x" * 3000 + "took 2 s\n"):
        ended = {"event": "ended", "how": "exit", "code": 0, "cpu": 1.0, "left": 0, "output": text}
        well = answering({"call": -6.0})

        def script(frame: wire.Frame, ended: Any = ended, well: Any = well) -> list[bytes]:
            end = frame.message["verb"] == "end"
            return [wire.encode(wire.EVENT, ended)] if end else well(frame)

        results.append(grading.grade(WORK, assignment, FakeSandbox(script)))
    short, long = results
    assert [check.printed for check in short.checks] == ["took 1 s\n", "took 1 s\n" * 2]
    assert [check.cpu_seconds for check in short.checks] == [1.0, 1.0]
    assert long.checks[0].printed == "x" * 1000 + "\n…\n" + "x" * 991 + "took 2 s\n"
    assert "took" not in "".join(map(words.for_staff, short.checks))
    assert without_timing(short) == without_timing(long)


def test_at_most_two_checks_of_a_submission_run_again(scratch: Callable[..., Any]) -> None:
    checks = "".join(ONE_CALL.replace("test_f", f"test_f{n}") for n in range(4))
    assignment = scratch({"public/test_q.py": checks}, {"q": 4})
    well = answering({})

    def script(frame: wire.Frame) -> list[bytes]:
        return [b"garbage that is no frame"] if frame.message["verb"] == "call" else well(frame)

    sandbox = FakeSandbox(script)
    result = grading.grade(WORK, assignment, sandbox, ("public",))
    assert [check.outcome for check in result.checks] == ["malformed"] + ["untried"] * 3
    assert len(sandbox.connections) == 6  # one for each check, and one more for each of two


def test_a_check_that_passed_before_its_worker_was_lost_does_not_run_again(
    scratch: Callable[..., Any],
) -> None:
    assignment = scratch({"public/test_q.py": ONE_CALL}, {"q": 1})
    well, calls = answering({"call": 6.0}), count()

    def script(frame: wire.Frame) -> list[bytes]:
        if frame.message["verb"] == "call":
            next(calls)
        return [b"garbage that is no frame"] if frame.message["verb"] == "end" else well(frame)

    (check,) = grading.grade(WORK, assignment, FakeSandbox(script), ("public",)).checks
    assert (check.outcome, next(calls)) == ("passed", 1)


def test_a_worker_lost_while_loading_does_not_fail_later_checks(
    scratch: Callable[..., Any],
) -> None:
    checks = "".join(ONE_CALL.replace("test_f", f"test_f{n}") for n in range(6))
    assignment = scratch({"public/test_q.py": checks}, {"q": 6})
    for lost, outcomes in ((2, ["malformed"] + ["passed"] * 5), (9, ["malformed"] + ["untried"] * 5)):
        well, loads = answering({"call": 6.0}), count()

        def script(frame: wire.Frame, well: Any = well, loads: Any = loads, lost: int = lost) -> list[bytes]:
            garbage = frame.message["verb"] == "load" and next(loads) < lost
            return [b"garbage that is no frame"] if garbage else well(frame)

        result = grading.grade(WORK, assignment, FakeSandbox(script), ("public",))
        assert [check.outcome for check in result.checks] == outcomes
        assert next(loads) == 3  # at most three loads if every load loses its worker


def test_hidden_checks_run_after_all_public_ones_but_are_reported_by_question(
    scratch: Callable[..., Any],
) -> None:
    suites = {f"{v}/test_{q}.py": ONE_CALL for v in ("public", "hidden") for q in "qr"}
    suites = {name: text.replace("test_f", f"test_{name[:3]}") for name, text in suites.items()}
    asked: list[str] = []
    well = answering({"call": 6.0})

    def script(frame: wire.Frame) -> list[bytes]:
        if frame.message["verb"] == "begin":
            asked.append(str(frame.message["seed"]))
        return well(frame)

    result = grading.grade(WORK, scratch(suites, {"q": 2, "r": 2}), FakeSandbox(script))
    assert [check.id for check in result.checks] == ["q.pub", "q.hid", "r.pub", "r.hid"]
    order = ["q.pub", "r.pub", "q.hid", "r.hid"]
    assert asked == [str(drawn.number("", name, 0)) for name in order]


def test_a_key_draws_the_order_in_which_hidden_checks_run_and_not_that_of_the_results(
    scratch: Callable[..., Any],
) -> None:
    texts = [ONE_CALL.replace("test_f", f"test_{name}") for name in "stuvw"]
    suites = {
        "hidden/test_q.py": "\n".join(texts),
        "hidden/test_r.py": texts[0],
        "public/test_q.py": ONE_CALL,
    }
    ids = ["q.f", *(f"q.{name}" for name in "stuvw"), "r.s"]
    orders = set()
    for key in "abcd":
        asked: list[int] = []
        well = answering({"call": 6.0})

        def script(frame: wire.Frame, asked: list[int] = asked, well: Any = well) -> list[bytes]:
            if frame.message["verb"] == "begin":
                asked.append(frame.message["seed"])
            return well(frame)

        assignment = scratch({**suites, "drawn.json": f'{{"key": "{key}"}}'}, {"q": 6, "r": 1})
        result = grading.grade(WORK, assignment, FakeSandbox(script))
        assert [check.id for check in result.checks] == ids
        names = {drawn.number(key, name, 0): name for name in ids}
        orders.add(order := tuple(names[seed] for seed in asked))
        assert order[0] == "q.f"
        assert "r.s" in (order[1], order[-1])  # the checks of a question follow each other
    assert len(orders) > 1


def test_an_interrupt_stops_the_run(scratch: Callable[..., Any]) -> None:
    well = answering({})

    def script(frame: wire.Frame) -> list[bytes]:
        if frame.message["verb"] == "call":
            raise KeyboardInterrupt
        return well(frame)

    with pytest.raises(KeyboardInterrupt):
        grading.grade(WORK, scratch({"public/test_one.py": DOUBLES}, {"one": 2}), FakeSandbox(script))


def test_checks_that_did_not_run_leave_the_submission_ungraded(
    scratch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: Any) -> None:
        raise RuntimeError("an error of the judge")

    monkeypatch.setattr("autograder.judge.plugin.JudgePlugin._record", failing)
    result = graded(scratch({"public/test_one.py": DOUBLES}, {"one": 2}), call=6.0)
    assert result.status == "ungraded"
    assert "0 of 1 checks were run, then pytest ended with 3; grade again" in str(result.reason)


def test_a_suite_in_any_folder_imports_its_helpers_from_autograder_suites(tmp_path: Path) -> None:
    outcomes = []
    for place, answer in (("first", 3), ("second", 4)):
        suite = tmp_path / place / "suites" / "elsewhere"
        (suite / "public").mkdir(parents=True)
        (suite / "hidden").mkdir()
        (suite / "__init__.py").write_text('"""A suite outside the kit."""\n')
        (suite / "oracle.py").write_text(f"ANSWER = {answer}\n")
        (suite / "public" / "test_one.py").write_text(
            "from autograder.judge import check, expect\nfrom autograder.suites.elsewhere import oracle\n\n\n"
            '@check(points=1)\ndef test_number(student):\n    """It is the answer."""\n'
            '    expect.close("f()", student.call("f"), oracle.ANSWER)\n'
        )
        question = Question("one", "One", 1, ("f",))
        assignment = Assignment("elsewhere", "Elsewhere", ("f.py",), (question,), (), Limits(), suite)
        with Session(FakeSandbox(answering({"call": 3})), WORK, assignment, "") as session:
            outcomes.append(run(assignment, session, grading.OFFICIAL)[1][0].outcome)
    assert outcomes == ["passed", "failed"]
