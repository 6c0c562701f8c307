"""Arguments aside, student code sees the same in every check: nothing tells which one is running.

The solution is graded with one statement more at the start of everything that the assignment asks for. It
writes down what can be seen from there, and leaves a file behind, as a submission that counts checks would.
"""

from __future__ import annotations

import ast
import json
import zlib
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from autograder import grading
from autograder.intake import finding
from autograder.judge import plugin
from autograder.records import assignment as assignments
from autograder.records.places import CHECKOUT
from autograder.sandbox.process import ProcessSandbox

SPY = """
def _look(name, given, out={out!r}):
    import builtins, json, os, resource, sys, threading, torch

    def kind(value):
        whole = type(value).__module__ + "." + type(value).__qualname__
        kinds = [whole] if "standins" in whole or "partial" in whole else []
        return kinds + ([kind(value.dataset)] if hasattr(value, "dataset") else [])

    if "_looked" in globals():
        return
    globals()["_looked"] = True
    frames, frame = [], sys._getframe(2)
    while frame is not None:
        frames.append([os.path.basename(frame.f_code.co_filename), frame.f_code.co_name])
        frame = frame.f_back
    seen = {{
        "globals": sorted(globals()),
        "builtins": sorted(vars(builtins)),
        "modules": sorted(sys.modules),
        "stack": frames,
        "environment": dict(os.environ),
        "arguments of the program": [sys.argv, open("/proc/self/cmdline").read()],
        "title": open("/proc/self/comm").read(),
        "folder": os.getcwd(),
        "files": sorted(os.listdir()),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "threads": threading.active_count(),
        "limits": [resource.getrlimit(n) for n in (resource.RLIMIT_CPU, resource.RLIMIT_AS)],
        "stand-ins": {{key: kind(value) for key, value in given.items()}},
    }}
    open("left_behind.txt", "a").write("1")
    facts = {{"name": name, "pulled": "vjp" in [f for _, f in frames], "seed": torch.initial_seed()}}
    facts["seen"] = seen
    with open(out, "a") as file:
        file.write(json.dumps(facts) + chr(10))
"""


def watched(source: str, names: set[str], out: Path) -> str:
    """Return a solution in which everything called one of `names` looks around first."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        inner = (
            [n for n in getattr(node, "body", []) if isinstance(n, ast.FunctionDef)]
            if isinstance(node, ast.ClassDef)
            else [node]
        )
        for function in inner:
            wanted = isinstance(function, ast.FunctionDef) and (
                function.name in names
                or (isinstance(node, ast.ClassDef) and node.name in names and function.name == "__init__")
            )
            if wanted:
                function.body[:0] = ast.parse(f"_look({getattr(node, 'name', '')!r}, locals())").body
    return SPY.format(out=str(out)) + ast.unparse(tree)


@pytest.fixture(scope="module", params=["latent_space", "undercomplete_overcomplete"])
def looks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Any, list[dict[str, Any]]]:
    """The assignment, and what was seen in the first call of each process."""
    name, folder = request.param, tmp_path_factory.mktemp("watched")
    loaded = assignments.load(CHECKOUT / "assignments" / name / "assignment.toml")
    patient = replace(
        loaded.limits, check_wall_seconds=600, submission_wall_seconds=3600
    )  # on a busy machine
    loaded = replace(loaded, limits=patient)
    source = (CHECKOUT / "solutions" / name / f"{name}.py").read_text(encoding="utf-8")
    names = {defined for question in loaded.questions for defined in question.defines}
    (folder / "work").mkdir()
    (folder / "work" / f"{name}.py").write_text(
        watched(source, names, folder / "seen.jsonl"), encoding="utf-8"
    )
    (work,) = finding.find([folder / "work"], loaded)
    worth = [rule.id for rule in plugin.run(loaded, None, ("public", "hidden"))[0] if rule.points]
    result = grading.grade(work, loaded, ProcessSandbox(), only=worth)  # public pictures have less CPU time
    assert result.score == loaded.max_score, [
        (c.id, c.outcome) for c in result.checks if c.outcome != "passed"
    ]
    return loaded, [json.loads(line) for line in (folder / "seen.jsonl").read_text().splitlines()]


def test_whatever_can_be_seen_is_the_same_in_every_check(looks: tuple[Any, list[dict[str, Any]]]) -> None:
    groups: dict[tuple[str, bool], list[dict[str, Any]]] = defaultdict(list)
    for look in looks[1]:
        groups[look["name"], look["pulled"]].append(look["seen"])
    assert max(map(len, groups.values())) > 3
    for who, seen in groups.items():
        for what in seen[0]:
            different = {json.dumps(one[what]) for one in seen}
            assert len(different) == 1, (who, what, different)


def test_seeds_differ_between_checks_and_are_no_checksums_of_names(
    looks: tuple[Any, list[dict[str, Any]]],
) -> None:
    loaded, seen = looks
    seeds = {look["seed"] for look in seen}
    assert len(seeds) > 5
    rules, _ = plugin.run(loaded, None, ("public", "hidden"))
    names = {rule.id for rule in rules}
    assert not seeds & {zlib.crc32(name.encode()) + add for name in names for add in (0, 1)}
