"""Grading again only what a change touches: the same results as from nothing, and nothing graded twice."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from autograder.grades.store import Store
from autograder.grading import batch, provenance
from autograder.grading.setting import Setting
from autograder.proof import again, parts
from autograder.records import results
from autograder.records.assignment import Assignment
from autograder.records.results import Result
from autograder.records.submission import Cell, Submission, digest

SUITE = {
    "public/test_one.py": """
@check(points=1)
def test_doubles(student):
    '''It doubles.'''
    expect.close("f(3)", student.call("f", 3.0), 6.0, likely={"you multiply by 3": 9.0})
""",
    "hidden/test_one.py": """
@check(points=1)
def test_zero(student):
    '''Nothing stays nothing.'''
    expect.close("f(0)", student.call("f", 0.0), 0.0)
""",
    "public/test_two.py": """
from autograder.suites.suite import facts

@check(points=1)
def test_name(student):
    '''There is a name.'''
    expect.true(student.call("name") == facts.NAME, "name(): another name")
""",
    "facts.py": 'NAME = "ada"\n',
    "unused.py": "",
    "__init__.py": "",
    "hidden/more.py": "",
    "draw.py": "",
    "drawn.json": '{"key": "k", "one": 1, "two": 2}',
}
CODE = 'def f(x):\n    return 2 * x\ndef name():\n    return "ada"\n'
SAMPLES = {
    "correct-solution": CODE,
    "mistaken-three": CODE.replace("2 *", "3 *"),
    "mistaken-raises": CODE.replace("2 * x", "x.y"),
    "mistaken-name": CODE.replace('"ada"', '"bob"'),
    "mistaken-exits": CODE.replace("2 * x", "exit()").replace('"ada"', "__import__('os')._exit(3)"),
    "cheating-table": CODE.replace("2 * x", "6.0 if x else 0.0"),
}
WORK = [
    Submission(name, name, "f.py", digest(code.encode()), (Cell("f.py", code),))
    for name, code in SAMPLES.items()
]


@dataclass
class Proving:
    """A copy of the suite that can be changed, and a store of results."""

    assignment: Assignment
    store: Path
    graded: list[str]
    dry: bool = False  # whether `run` only lists what it would grade

    def change(self, name: str, old: str, new: str) -> None:
        path = self.assignment.suite / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def run(self, store: Path | None = None) -> dict[str, Result]:
        """Grade all samples; `graded` then lists those that were, with their questions."""
        self.graded.clear()
        setting = Setting(self.assignment, "process", keep=True)
        return again.graded(WORK, setting, Store(store or self.store), 1, lambda result: None)


@pytest.fixture(scope="module")
def first(scratch_at: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Proving:
    folder = tmp_path_factory.mktemp("again")
    assignment = scratch_at(folder / "suite", SUITE, {"one": 2, "two": 1})
    one, two = assignment.questions
    questions = (one, replace(two, defines=("name",)))
    proving = Proving(replace(assignment, questions=questions), folder / "out", [])
    proving.run()
    return proving


@pytest.fixture
def proving(first: Proving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Proving:
    shutil.copytree(first.assignment.suite, tmp_path / "suite")
    shutil.copytree(first.store, tmp_path / "out")
    copy = Proving(replace(first.assignment, suites=tmp_path / "suite"), tmp_path / "out", [])
    run = batch.run

    def counted(todo: list[Submission], setting: Setting, *rest: Any) -> dict[str, Result]:
        copy.graded += [f"{s.id} {'+'.join(setting.only) or 'all'}" for s in todo]
        return {} if copy.dry else run(todo, setting, *rest)

    monkeypatch.setattr(batch, "run", counted)
    return copy


def facts(graded: dict[str, Result]) -> dict[str, Any]:
    return {name: results.without_timing(result) for name, result in sorted(graded.items())}


def test_nothing_is_graded_twice(proving: Proving) -> None:
    assert set(proving.run()) == set(SAMPLES)
    assert proving.graded == []


def test_after_a_change_the_results_are_those_from_nothing(proving: Proving, tmp_path: Path) -> None:
    proving.change("hidden/test_one.py", '"f(0)"', '"f of 0"')
    partly = proving.run()
    assert any(name.endswith(" one") for name in proving.graded)
    whole = proving.run(tmp_path / "new")
    assert proving.graded == [f"{name} all" for name in SAMPLES]
    assert facts(partly) == facts(whole)
    assert facts(proving.run()) == facts(whole)
    assert proving.graded == []
    assert not (proving.store / again.FOLDER / "one").exists()


def test_a_changed_check_grades_only_its_question_of_the_samples_that_can_differ(proving: Proving) -> None:
    proving.change("hidden/test_one.py", '"f(0)"', '"f of 0"')
    proving.run()
    assert proving.graded == [
        "correct-solution one",
        *("mistaken-three one", "mistaken-raises one", "cheating-table one"),  # not the one with another name
        "mistaken-exits all",  # it ended its process, which the session remembers
    ]


def test_a_question_whose_check_the_solution_fails_is_graded_of_all_samples(proving: Proving) -> None:
    proving.change("hidden/test_one.py", "0.0), 0.0", "0.0), 1.0")
    graded = proving.run()
    assert "mistaken-name one" in proving.graded
    assert graded["mistaken-name"].score == 1


@pytest.mark.parametrize(("name", "new"), [("draw.py", "x = 1"), ("unused.py", "x = 1")])
def test_a_change_that_touches_no_question_keeps_every_result(proving: Proving, name: str, new: str) -> None:
    before = facts(proving.run())
    proving.change(name, "", new)
    after = facts(proving.run())
    assert proving.graded == ["mistaken-exits all"]
    assert {n: f["checks"] for n, f in after.items()} == {n: f["checks"] for n, f in before.items()}
    proving.run()
    assert proving.graded == []


def test_a_part_of_the_proof_is_graded_by_its_own_questions_checks_alone(
    proving: Proving, tmp_path: Path
) -> None:
    setting = Setting(proving.assignment, "process", only=("two",), keep=True)
    store = Store(tmp_path / "part")
    again.graded(WORK, setting, store, 1, lambda result: None)
    proving.graded.clear()
    proving.change("hidden/test_one.py", '"f(0)"', '"f of 0"')
    kept = again.graded(WORK, setting, store, 1, lambda result: None)
    assert proving.graded == ["mistaken-exits two"]
    assert {check.question for result in kept.values() for check in result.checks} == {"two"}
    proving.graded.clear()
    proving.change("facts.py", '"ada"', '"Ada"')
    again.graded(WORK, setting, store, 1, lambda result: None)
    assert proving.graded == [f"{name} two" for name in SAMPLES]


@pytest.mark.parametrize(
    "odd",
    [
        {"notes": ("a statement was skipped",)},
        {"margin": 0.5},
    ],
)
def test_a_sample_that_differed_from_the_solution_before_does_not_get_its_checks(
    proving: Proving, odd: dict[str, Any]
) -> None:
    store = Store(proving.store)
    old = store.current("mistaken-name")
    assert old is not None
    margins = [replace(check, margin=odd.get("margin", check.margin)) for check in old.checks]
    store.keep(replace(old, notes=odd.get("notes", old.notes), checks=tuple(margins)))
    proving.change("hidden/test_one.py", '"f(0)"', '"f of 0"')
    proving.run()
    assert "mistaken-name one" in proving.graded


@pytest.mark.parametrize(
    ("name", "old", "new", "questions"),
    [
        ("public/test_one.py", "It doubles", "It is doubled", ("one",)),
        ("facts.py", '"ada"', '"Ada"', ("two",)),
        ("drawn.json", '"two": 2', '"two": 3', ()),  # no check reads a part of that name
        ("drawn.json", '"k"', '"l"', ("one", "two")),  # every seed comes from the key
        ("standins.py", "2 * x", "3 * x", ("one", "two")),
        ("unused.py", "", "x = 1", ()),
        ("draw.py", "", "x = 1", ()),
        ("__init__.py", "", "x = 1", ("one", "two")),
        ("hidden/more.py", "", "x = 1", ("one", "two")),  # beside the checks, of no question
    ],
)
def test_a_change_touches_the_questions_that_depend_on_the_file(
    proving: Proving, name: str, old: str, new: str, questions: tuple[str, ...]
) -> None:
    before = parts.of(Setting(proving.assignment, "process"))
    proving.change(name, old, new)
    assert parts.of(Setting(proving.assignment, "process")).changed(before) == questions


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import importlib\nimportlib.import_module('autograder.suites.suite.' + 'unused')\n", "unused.py"),
        ("import autograder.suites.suite as suite\nsuite.unused\n", "unused.py"),
        ("from autograder.suites.suite import unused as other\n", "unused.py"),
        (
            "from pathlib import Path\nPath(__file__).parents[1].joinpath('unused.py').read_text()\n",
            "unused.py",
        ),
        ("from autograder.suites.suite.hidden import test_one\n", "hidden/test_one.py"),
        ("from autograder.judge import drawn\nPART = 'o' + 'ne'\ndrawn.of(__file__)[PART]\n", "drawn.json"),
        ("from autograder.judge import drawn\nlist(drawn.of(__file__).values())\n", "drawn.json"),
        ("from autograder.judge.drawn import of as table\ntable(__file__)[str(1)]\n", "drawn.json"),
        ("from autograder.judge import drawn\ndrawn.of(__file__)['one']\n", "drawn.json"),
    ],
)
def test_ways_from_a_check_to_a_file(proving: Proving, code: str, name: str) -> None:
    check = proving.assignment.suite / "public" / "test_two.py"
    check.write_text(code + check.read_text())
    before = parts.of(Setting(proving.assignment, "process"))
    path = proving.assignment.suite / name
    path.write_text(path.read_text().replace('"one": 1', '"one": 7') if name == "drawn.json" else "x = 1\n")
    assert "two" in parts.of(Setting(proving.assignment, "process")).changed(before)


def test_another_engine_touches_everything(proving: Proving, monkeypatch: pytest.MonkeyPatch) -> None:
    before = parts.of(Setting(proving.assignment, "process"))
    monkeypatch.setattr(provenance, "_engine", lambda: "another")
    proving.dry = True
    assert parts.of(Setting(proving.assignment, "process")).changed(before) == ("one", "two")
    proving.run()
    assert proving.graded == [f"{name} all" for name in SAMPLES]


@pytest.mark.parametrize("text", ["", "[]", "{", json.dumps({"a": {"common": 1}})])
def test_damaged_notes_only_cost_time(proving: Proving, text: str) -> None:
    (proving.store / parts.FILE).write_text(text)
    proving.dry = True
    proving.change("hidden/test_one.py", '"f(0)"', '"f of 0"')
    proving.run()
    assert proving.graded == [f"{name} all" for name in SAMPLES]


def test_other_work_is_graded_whole(proving: Proving) -> None:
    proving.change("hidden/test_one.py", '"f(0)"', '"f of 0"')
    changed = [replace(s, sha256="0" * 64) if s.id == "mistaken-name" else s for s in WORK]
    setting = Setting(proving.assignment, "process", keep=True)
    again.graded(changed, setting, Store(proving.store), 1, lambda result: None)
    assert "mistaken-name all" in proving.graded
    assert "mistaken-three one" in proving.graded
