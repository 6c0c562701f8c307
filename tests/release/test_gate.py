"""Every rule of the gate passes a good release, and says why it refuses a bad one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import jsonschema
import pytest

from autograder.errors import KitError
from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import gate

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(bundle: Files) -> Files:
    return {f"student/{name}": data for name, data in bundle.items()}


def test_a_good_bundle_passes_the_rules_that_only_read(files: Files, assignment: Assignment) -> None:
    assert gate.disagreement(files, assignment) == []
    assert gate.broken_links(files, assignment) == []


def test_a_rendering_out_of_date_is_refused(tmp_path: Path, paths: Paths) -> None:
    for name in ("assignments", "solutions", "reference"):
        shutil.copytree(paths.root / name, tmp_path / name)
    copied = Paths(tmp_path, "latent_space")
    assert gate.stale(copied) == []
    script = copied.assignment / "latent_space.py"
    script.write_text(script.read_text() + "# a change by hand\n")
    assert gate.stale(copied) == ["assignments/latent_space/latent_space.py is out of date; run make render"]


def test_a_notebook_that_differs_from_the_script_is_refused(files: Files, assignment: Assignment) -> None:
    notebook = json.loads(files["student/latent_space.ipynb"])
    cell = next(c for c in notebook["cells"] if "def mse_loss" in "".join(c["source"]))
    cell["source"] = "".join(cell["source"]).replace("def mse_loss(x_hat", "def mse_loss(images")
    changed = {**files, "student/latent_space.ipynb": json.dumps(notebook).encode()}
    (reason,) = gate.disagreement(changed, assignment)
    assert "the script has 'def mse_loss(x_hat: Tensor" in reason
    assert "where the notebook has 'def mse_loss(images" in reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[more](more.md)", "handout.md: it links to more.md, which students do not get"),
        ("[there](#nowhere)", "handout.md: it links to #nowhere, but there is no such section"),
        ("[there](data.md#nowhere)", "handout.md: it links to #nowhere, but there is no such section"),
        ("<http://127.0.0.1:9/gone>", "handout.md: http://127.0.0.1:9/gone does not answer"),
    ],
)
def test_a_link_that_leads_nowhere_is_refused(
    files: Files, assignment: Assignment, text: str, reason: str
) -> None:
    handout = files["student/handout.md"] + f"\n{text}\n".encode()
    (refusal,) = gate.broken_links({**files, "student/handout.md": handout}, assignment)
    assert refusal.startswith(reason)


def test_good_links_pass(files: Files, assignment: Assignment) -> None:
    handout = (
        files["student/handout.md"] + b"\n[data](data.md#data) [losses](#losses) [work](latent_space.py)\n"
    )
    assert gate.broken_links({**files, "student/handout.md": handout}, assignment) == []


def test_a_section_named_in_feedback_must_exist(files: Files, assignment: Assignment) -> None:
    handout = files["student/handout.md"].replace(b"## Sweep", b"## Dimensions")
    (reason,) = gate.broken_links({**files, "student/handout.md": handout}, assignment)
    assert reason == (
        "sweep says to read 'handout, section Sweep', but handout.md has no such section; "
        "fix `read` in assignment.toml, or add the section"
    )


def test_the_solution_must_pass_with_only_the_bundle(
    files: Files, assignment: Assignment, tmp_path: Path, paths: Paths
) -> None:
    solved = tmp_path / "solutions/latent_space/latent_space.py"
    solved.parent.mkdir(parents=True)
    solved.write_text("def mse_loss(x_hat, x):\n    return 0.0\n")
    (reason,) = gate.bundle_alone(files, Paths(tmp_path, "latent_space"), assignment)
    assert reason.startswith("autograder check ends with status 1 on the solution:")
    assert "0 of 25 points in the public checks" in reason


@pytest.mark.parametrize(
    ("got", "wanted", "reason"),
    [
        ({"model": 19}, {"model": 20}, "expected the solution to get model 20, got model 19"),
        ({}, {"model": 20}, "expected the solution to get model 20, got no points at all"),
        (
            frozenset({"model.shapes"}),
            frozenset(),
            "expected the solution to get 0 failing public checks, got 1 failing public checks",
        ),
    ],
)
def test_a_door_that_gives_wrong_results_is_refused(got: object, wanted: object, reason: str) -> None:
    passages = [
        gate.Passage("solution", "a door", got, wanted),
        gate.Passage("solution", "b", wanted, wanted),
    ]  # type: ignore[arg-type]
    assert gate.doors_disagree(passages) == [f"a door: {reason}"]


def test_results_that_gradescope_could_not_read_are_refused() -> None:
    good = {"tests": [{"name": "a", "status": "passed"}]}
    assert gate.valid(good) == good
    with pytest.raises(
        KitError, match=r"does not fit Gradescope's schema: 'status' is a required property at \$\.tests\[0\]"
    ):
        gate.valid({"tests": [{"name": "a"}]})
    jsonschema.Draft202012Validator.check_schema(json.loads(gate.SCHEMA.read_text()))


def test_every_refusal_is_listed_and_none_hides_another() -> None:
    rules = [("leaks", lambda: ["a leak"]), ("prove", lambda: ["one", "two"]), ("handout", lambda: [])]
    assert gate.collected(rules, lambda text: None) == ["leaks: a leak", "prove: one", "prove: two"]


def test_a_rule_that_cannot_run_is_a_refusal_and_hides_no_other() -> None:
    def broken() -> list[str]:
        raise subprocess.TimeoutExpired("otter", 5)

    reasons = gate.collected([("doors", broken), ("leaks", lambda: ["a leak"])], lambda text: None)
    could_not_run = (
        "doors: the rule could not run (TimeoutExpired: Command 'otter' timed out after 5 seconds)"
    )
    assert reasons == [could_not_run, "leaks: a leak"]
