"""The proof: the problems it reports, the kill matrix, the tables for reading; and the calibration."""

from __future__ import annotations

import csv
import io
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from waiting import named, wait_until

from autograder.grading.setting import Setting
from autograder.intake import finding
from autograder.judge import plugin
from autograder.proof import calibrate, corpus, prove, tables
from autograder.proof.part import Part
from autograder.proof.prove import Problem, Proof
from autograder.records.results import Fault, Result
from autograder.records.submission import Cell, Submission, digest

SUITE = {
    "public/test_one.py": """
import numpy as np

@check(points=1)
def test_doubles(student):
    '''It doubles.'''
    likely = {"you multiply by 3": 9.0, "you add 1": 4.0}
    expect.close("f(3)", student.call("f", 3.0), 6.0, likely=likely)

@check(points=1)
def test_zero(student):
    '''Nothing stays nothing.'''
    expect.close("f(0)", student.call("f", 0.0), 0.0)

@check(points=1)
def test_chance(student):
    '''The mean of many numbers is near 0.'''
    expect.below("the mean's size", 1e-9 + abs(student.call("mean")), 0.5, "too few numbers")
""",
    "public/test_two.py": """
@check(points=1, kept="a return value must be there at all")
def test_name(student):
    '''There is a name.'''
    assert student.call("name") == "ada"
""",
}
SOLUTION = """
import torch
def f(x):
    return 2 * x
def mean():
    return float(torch.randn(400).mean())
def name():
    return "ada"
"""
SAMPLES = {
    "correct/solution": "loses = []",
    "hostile/exit": 'loses = ["one"]\n[[edit]]\nfind = "2 * x"\nreplace = "exit()"',
    "cheating/table": 'most = { one = 2 }\n[[edit]]\nfind = "2 * x"\nreplace = "6.0 if x == 3 else 1.0"',
    "mistaken/three": 'loses = ["one"]\ncause = "you multiply by 3"\n'
    '[[edit]]\nfind = "2 * x"\nreplace = "3 * x"',
    "mistaken/plus": 'loses = ["one"]\n[[edit]]\nfind = "2 * x"\nreplace = "2 * x + (x == 0)"',
    "mistaken/few": 'loses = ["one"]\ncause = "too few numbers"\n'
    '[[edit]]\nfind = "torch.randn(400).mean()"\nreplace = "torch.randn(1).abs().mean() + 0.5"',
}


@pytest.fixture(scope="module")
def proof(scratch_at: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Proof:
    folder = tmp_path_factory.mktemp("small")
    solution = folder / "solutions" / "scratch"
    for name, text in SAMPLES.items():
        path = solution / "submissions" / name / "expect.toml"
        path.parent.mkdir(parents=True)
        path.write_text(f'description = "{name}."\nstatus = "graded"\n{text}\n')
    (solution / "scratch.py").write_text(SOLUTION)
    assignment = replace(scratch_at(folder / "suite", SUITE, {"one": 3, "two": 1}), files=("scratch.py",))
    return prove.prove(assignment, "process", folder / "out", 3, 2, solution / "submissions")


def test_a_corpus_with_results_as_declared_has_no_problems(proof: Proof) -> None:
    assert proof.problems() == []
    assert set(proof.seeds) == {1, 2}
    assert {s.kind for s in proof.samples} == {"correct", "mistaken", "cheating"}  # not the hostile ones


def test_a_part_grades_some_samples_by_the_checks_of_one_question(proof: Proof, tmp_path: Path) -> None:
    folder = proof.samples[0].folder.parents[1]
    only = Part("one", ("three", "correct-solution"))
    part = prove.prove(proof.assignment, "process", tmp_path, 1, 1, folder, part=only)
    assert {name: result.score for name, result in part.results.items()} == {
        "correct-solution": 3,
        "mistaken-three": 2,
    }
    assert [rule.question for rule in part.rules] == ["one"] * 3
    assert part.problems() == []  # checks that need other samples are not called idle
    assert not (tmp_path / "seed-0").exists()  # which has results of all checks


def test_a_part_of_one_question_reports_its_idle_checks_only(proof: Proof) -> None:
    rules = tuple(replace(rule, kept="") for rule in proof.rules if rule.question == "two")
    results = {n: replace(r, checks=r.checks[3:]) for n, r in proof.results.items()}
    samples = tuple(replace(s, loses=(), most={}, cause="") for s in proof.samples)
    part = replace(
        proof,
        part=Part("two"),
        rules=rules,
        results=results,
        seeds={},
        samples=samples,
        assignment=proof.assignment,
    )
    assert [problem.partition(":")[0] for problem in part.problems() if "catches no" in problem] == [
        "two.name"
    ]


def test_the_kill_matrix_shows_what_each_check_catches_and_what_only_it_catches(proof: Proof) -> None:
    assert proof.sole_kills() == {
        "one.doubles": ["three"],
        "one.zero": ["plus"],
        "one.chance": ["few"],
        "two.name": [],
    }
    rows = {row["check"]: row for row in csv.DictReader(io.StringIO(tables.kill_matrix(proof)))}
    assert (rows["one.doubles"]["three"], rows["one.doubles"]["plus"]) == ("x", "")
    assert rows["two.name"]["why it is there"] == "a return value must be there at all"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"loses": ()}, r"mistaken-three: expected points lost in none, got one \(one\.doubles: f\(3\)"),
        ({"loses": ("two",)}, "mistaken-three: expected points lost in two, got one"),
        ({"loses": None, "score": 1}, "mistaken-three: expected 1 points, got 3"),
        ({"status": "rejected"}, "mistaken-three: expected rejected, got graded"),
        ({"cause": "the moon"}, "mistaken-three: expected feedback that says 'the moon', got: f.3."),
    ],
)
def test_a_result_that_differs_from_its_declaration_is_reported(
    proof: Proof, change: dict[str, Any], problem: str
) -> None:
    samples = tuple(replace(s, **change) if s.name == "three" else s for s in proof.samples)
    with pytest.raises(AssertionError, match=problem):
        assert replace(proof, samples=samples).problems() == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"most": {"one": 1}}, r"cheating-table: expected at most 1 points in one, got 2$"),
        ({"most": {"two": 0}}, r"cheating-table: expected full marks in one, lost one\.zero: f\(0\)"),
        ({"most": {"three": 2}}, "cheating-table: expected a question among one, two, got three in most"),
    ],
)
def test_a_cheat_that_earns_too_much_or_costs_another_question_is_reported(
    proof: Proof, change: dict[str, Any], problem: str
) -> None:
    samples = tuple(replace(s, **change) if s.name == "table" else s for s in proof.samples)
    text = "\n".join(replace(proof, samples=samples).problems())
    assert re.search(problem, text, re.MULTILINE), text


def test_a_cheat_that_earns_less_than_its_most_is_no_problem(proof: Proof) -> None:
    samples = tuple(replace(s, most={"one": 3}) if s.name == "table" else s for s in proof.samples)
    assert replace(proof, samples=samples).problems() == []


def test_the_other_questions_of_a_cheat_in_a_file_of_its_own_may_earn_anything(proof: Proof) -> None:
    samples = tuple(replace(s, most={"two": 1}, edits=()) if s.name == "table" else s for s in proof.samples)
    assert not [p for p in replace(proof, samples=samples).problems() if "full marks" in p]


@pytest.mark.parametrize(
    ("visibility", "what", "problems"),
    [
        ("hidden", "off by 0.5, got 0.125", [Problem("one.doubles is hidden but shows 0.125", "leaked")]),
        ("hidden", "off by 0.5", []),
        ("public", "off by 0.5, got 0.125", []),
    ],
)
def test_a_hidden_check_that_shows_a_value_is_reported(
    proof: Proof, visibility: Any, what: str, problems: list[Problem]
) -> None:
    three = proof.results["mistaken-three"]
    fault = Fault(what, detail="got 0.125, not 2.0")
    check = replace(three.checks[0], visibility=visibility, fault=fault)
    (sample,) = (s for s in proof.samples if s.name == "three")
    result = replace(three, checks=(check, *three.checks[1:]))
    assert prove.problems_of(replace(sample, cause=""), result) == problems


def test_a_check_that_catches_no_mistake_of_its_own_must_give_a_reason(proof: Proof) -> None:
    rules = tuple(replace(rule, kept="") for rule in proof.rules)
    assert replace(proof, rules=rules).problems() == [
        "two.name: catches no mistake that other checks miss; add such a sample, give a reason as `kept` in "
        "its mark, or delete it"
    ]


def test_a_public_check_that_hidden_checks_repeat_is_needed(proof: Proof) -> None:
    (doubles,) = (rule for rule in proof.rules if rule.id == "one.doubles")
    twin = replace(doubles, id="one.twin", visibility="hidden")
    results = {
        name: replace(result, checks=(*result.checks, replace(result.checks[0], id="one.twin")))
        for name, result in proof.results.items()
    }
    doubled = replace(proof, rules=(*proof.rules, twin), results=results)
    assert doubled.sole_kills()["one.doubles"] == []
    assert doubled.worth(doubles) == "of the public checks alone catches 1; the hidden checks repeat it"
    assert doubled.worth(twin) == "of the hidden checks alone catches 1; it repeats a public one"


def test_a_correct_sample_that_loses_points_at_another_seed_is_reported(proof: Proof) -> None:
    bad: Result = replace(proof.results["mistaken-three"])
    seeds = {7: {"correct-solution": bad}}
    assert any(p.startswith("correct-solution, seed 7: ") for p in replace(proof, seeds=seeds).problems())


def test_a_weak_declared_cause_is_a_problem(proof: Proof) -> None:
    samples = tuple(replace(s, cause="doubles") if s.name == "three" else s for s in proof.samples)
    (weak,) = [p for p in replace(proof, samples=samples).problems() if "too weak" in p]
    assert weak.startswith("mistaken-three: the declared cause 'doubles' is too weak: the title '")
    assert weak.endswith("declare words that only this mistake's messages say")


def test_the_evidence_is_written_as_readable_tables(proof: Proof, tmp_path: Path) -> None:
    tables.publish_proof(proof, tmp_path)
    text = (tmp_path / "messages.md").read_text()
    (first,) = [row for row in csv.DictReader((tmp_path / "messages.csv").open()) if row["sample"] == "three"]
    assert (first["check"], first["points lost"]) == ("one.doubles", "1")
    assert "| mistaken/three. (`three`) | 1 | f(3): not what was expected. Likely cause: you multip" in text
    causes = {row["sample"]: row for row in csv.DictReader((tmp_path / "causes.csv").open())}
    assert (causes["three"]["told"], causes["three"]["wrong causes"]) == ("named", "")
    assert "| **all** | 3 | " in (tmp_path / "causes.md").read_text()
    assert "| cheating/table. (`table`) | one | 2 | 2 | 3 |" in (tmp_path / "cheating.md").read_text()
    assert "table" not in text + (tmp_path / "kill_matrix.csv").read_text()
    assert (tmp_path / "kill_matrix.svg").read_text().startswith("<?xml")
    first = (tmp_path / "kill_matrix.svg").read_bytes()
    tables.publish_proof(proof, tmp_path)
    assert (tmp_path / "kill_matrix.svg").read_bytes() == first


def test_a_cheat_that_was_not_graded_has_a_row_too(proof: Proof) -> None:
    failed = replace(proof.results["cheating-table"], status="ungraded", score=None, questions=(), checks=())
    broken = replace(proof, results={**proof.results, "cheating-table": failed})
    assert "| cheating/table. (`table`) | one | not graded | 2 |  |" in tables.cheating(broken)


def test_only_the_check_that_depends_on_chance_is_statistical(proof: Proof) -> None:
    assert calibrate.statistical(calibrate.trials_of_proof(proof), proof) == ["one.chance"]


def test_more_runs_of_a_statistical_check_give_a_rate_a_tail_and_a_power(
    proof: Proof, tmp_path: Path
) -> None:
    setting = Setting(proof.assignment, "process", only=("one.chance",))
    built, measured = tmp_path / "samples", calibrate.trials_of_proof(proof)
    names = calibrate.concerned(measured, proof, ["one.chance"])
    corpus.build([s for s in proof.samples if s.id in names], built)
    work = finding.find([built], proof.assignment)
    assert [s.id for s in work] == ["correct-solution", "mistaken-few"]
    trials = measured + calibrate.run_many(work, setting, range(3, 123), 2, lambda: None)
    rows = {row.check: row for row in calibrate.table(proof, trials)}
    chance = rows["one.chance"]
    assert (chance.statistical, chance.runs, chance.false_fails, chance.wrong, chance.caught) == (
        (True, 123, 0, 123, 123)
    )
    assert 0.02 < chance.upper < 0.03
    assert chance.lower > 0.97
    assert chance.tail is not None
    assert chance.tail < 1e-3
    assert rows["one.doubles"].largest == 0.0
    tables.publish_calibration(list(rows.values()), trials, proof, tmp_path)
    page = (tmp_path / "calibration.md").read_text()
    assert "| **one.chance** | 123 | 0 (0.02) |" in page
    assert "- 4 checks, 1 of them statistical; 0 false fails in 132 runs of a check on correct work" in page
    assert calibrate.misses(list(rows.values())) == [
        "one.chance: mistakes are caught at a rate of 0.9759 or more, under 0.999"
    ]
    assert len((tmp_path / "calibration.csv").read_text().splitlines()) == 5


def test_a_mistake_that_an_exact_check_always_catches_does_not_depend_on_chance(proof: Proof) -> None:
    trials = calibrate.trials_of_proof(proof)
    assert calibrate.resting(trials, proof, ["one.chance"]) == {"mistaken-few"}
    assert calibrate.resting(trials, proof, ["one.doubles"]) == {"mistaken-three"}
    assert calibrate.resting(trials, proof) == set()
    lucky = [replace(t, passed=True) if (t.check, t.sample, t.seed) == LUCKY else t for t in trials]
    assert calibrate.resting(lucky, proof) == {"mistaken-plus"}
    assert "one.zero" in calibrate.statistical(lucky, proof)
    (row,) = (row for row in calibrate.table(proof, lucky) if row.check == "one.zero")
    assert (row.wrong, row.caught, row.resting) == (3, 2, 3)
    assert any(miss.startswith("one.zero: mistakes are caught") for miss in calibrate.misses([row]))


LUCKY = ("one.zero", "mistaken-plus", 1)


def test_margins_that_hardly_differ_have_no_tail() -> None:
    assert calibrate.tail_probability([0.2] * 500) is None
    assert calibrate.tail_probability([0.1] * 99) is None


MEASURING = """
import pickle, sys
from pathlib import Path
from autograder.proof import calibrate
if __name__ == "__main__":
    work, setting = pickle.loads(Path(sys.argv[1]).read_bytes())
    calibrate.run_many(work, setting, range(2), 2, lambda: None)
"""


def test_a_killed_calibration_leaves_no_process(
    proof: Proof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = f"latentlab-test-{os.getpid()}-calibrate"
    monkeypatch.setenv("LATENTLAB_TEST_MARK", mark)
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    source = "import time\ntime.sleep(60)\n"
    work = [Submission(n, n, "f.py", digest(n.encode()), (Cell("f.py", source),)) for n in ("ada", "bob")]
    setting = Setting(proof.assignment, "process", only=("one.chance",))
    (tmp_path / "work").write_bytes(pickle.dumps((work, setting)))
    (tmp_path / "measuring.py").write_text(MEASURING)
    command = [sys.executable, str(tmp_path / "measuring.py"), str(tmp_path / "work")]
    with subprocess.Popen(command) as process:
        wait_until(lambda: len(list(scratch.glob("latentlab-*"))) == 2)  # the workers' folders
        process.kill()
    wait_until(lambda: not named(mark.encode()) and not list(scratch.glob("latentlab-*")))


def test_only_one_of_several_indistinguishable_correct_samples_runs_many_times(proof: Proof) -> None:
    trials = calibrate.trials_of_proof(proof)
    twins = [replace(trial, sample="correct-twin") for trial in trials if trial.sample == "correct-solution"]
    twin = replace(next(s for s in proof.samples if s.kind == "correct"), name="twin")
    doubled = replace(proof, samples=(*proof.samples, twin))
    assert calibrate.concerned(trials + twins, doubled, ["one.chance"]) == {
        "correct-solution",
        "mistaken-few",
    }
    moved = [replace(trial, margin=0.25) if trial.margin is not None else trial for trial in twins]
    assert "correct-twin" in calibrate.concerned(trials + moved, doubled, ["one.chance"])


@pytest.mark.parametrize(
    ("change", "missed"),
    [
        ({"tail": 2e-5}, ["one: correct work fails at a rate of 2e-05, over 1e-05"]),
        (
            {"false_fails": 1},
            [
                "one: correct work fails at a rate of 0.001, over 1e-05",
                "correct work loses points at a rate of 0.001, over 0.0001",
            ],
        ),
        ({"caught": 2990}, ["one: mistakes are caught at a rate of 0.9967, under 0.999"]),
        ({"cpu": 2.5}, ["the solution takes 2.50 CPU-s, over 2"]),
        ({}, []),
    ],
)
def test_a_missed_target_is_reported(change: dict[str, Any], missed: list[str]) -> None:
    row = calibrate.Row("one", False, 1000, 0, 0.003, 0.1, 0.2, None, 3000, 3000, 0.9990, 0.1)
    assert calibrate.misses([replace(row, **change)]) == missed


@pytest.mark.parametrize(
    ("hits", "runs", "bound"), [(0, 59, 0.0495), (0, 300, 0.00994), (1, 10, 0.394), (3, 3, 1.0)]
)
def test_the_bound_is_that_of_clopper_and_pearson(hits: int, runs: int, bound: float) -> None:
    assert calibrate.upper_bound(hits, runs) == pytest.approx(bound, rel=0.01)


def test_a_tail_is_fitted_to_at_least_a_hundred_margins() -> None:
    import numpy as np

    margins = np.exp(np.random.default_rng(0).normal(-3, 0.5, 20_000))
    assert calibrate.tail_probability(margins[:99]) is None
    assert calibrate.tail_probability(margins) == pytest.approx(1e-9, abs=1e-6)  # six sigma: 1e-9
    assert calibrate.tail_probability(np.exp(np.random.default_rng(0).normal(0, 1, 1000))) > 0.4


def test_a_proof_has_the_rules_of_the_suite(proof: Proof) -> None:
    rules, _ = plugin.run(proof.assignment, None, ("public", "hidden"))
    assert [r.id for r in rules] == [r.id for r in proof.rules]
