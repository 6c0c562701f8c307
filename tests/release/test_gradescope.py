"""Gradescope's results.json, and its container, which setup.sh builds and students' code cannot read."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder import grading
from autograder.doors import gradescope as runtime
from autograder.errors import KitError
from autograder.records.assignment import load
from autograder.records.places import CHECKOUT, Paths
from autograder.records.results import CheckResult, Fault, QuestionResult, Result, SubmissionInfo
from autograder.release import archive, doors, gate, gradescope, service
from autograder.sandbox import image
from autograder.sandbox.docker import DockerSandbox

PATHS = Paths(CHECKOUT, "undercomplete_overcomplete")
SMALL = load(PATHS.assignment / "assignment.toml")
INFO = SubmissionInfo("ada", "ada", "ada.py", "0" * 64)
FAULT = Fault("off by 1", "you count from 1", None, "expected 2")
LOST = CheckResult("sparsity.a", "sparsity", "hidden", "A check.", "failed", 0, 3, FAULT)
WON = CheckResult("capacity.b", "capacity", "hidden", "Another.", "passed", 2, 2)


def graded() -> Result:
    questions = (QuestionResult("sparsity", "S", 0, 3), QuestionResult("capacity", "C", 2, 2))
    return Result(INFO, "graded", None, 2, 5, questions, (LOST, WON), timing={"seconds": 1.5})


def test_every_check_is_a_test_with_its_status_and_hidden_checks_show_after_publishing() -> None:
    results = gate.valid(runtime.results_of(graded(), SMALL))
    assert results["score"] == 2
    first, second = results["tests"]
    assert (first["number"], first["status"], first["score"], first["max_score"]) == ("2.1", "failed", 0, 3)
    assert (second["number"], second["status"], second["visibility"]) == ("3.1", "passed", "after_published")
    assert first["output"] == "off by 1. Likely cause: you count from 1."
    assert "expected 2" not in json.dumps(results)
    wanted = {"linear": 0, "sparsity": 0, "capacity": 2, "denoising": 0}
    assert doors.gradescope_points(results, SMALL) == wanted


def test_a_failure_of_the_kit_has_no_score_and_costs_no_marks() -> None:
    results = gate.valid(runtime.results_of(Result(INFO, "ungraded", "no room on the disk", None, 5), SMALL))
    assert "score" not in results
    assert not [test for test in results["tests"] if "score" in test or "max_score" in test]
    assert "no room on the disk" in results["tests"][0]["output"]
    assert "you lose no points" in results["tests"][0]["output"]
    assert doors.gradescope_points(results, SMALL) == {}


def test_a_rejected_submission_says_what_to_change() -> None:
    results = gate.valid(runtime.results_of(Result(INFO, "rejected", "zip it again", 0, 5), SMALL))
    assert (results["score"], results["tests"][0]["status"]) == (0, "failed")
    assert results["tests"][0]["score"] == 0
    assert results["tests"][0]["output"] == "zip it again"


def test_a_submission_with_several_files_has_no_score_and_says_what_to_do() -> None:
    reason = "expected one file to grade, got 2 that differ: a.py, b.py; staff must choose which one counts"
    results = gate.valid(runtime.results_of(Result(INFO, "waiting", reason, None, 5), SMALL))
    assert "score" not in results
    assert "a.py, b.py" in results["tests"][0]["output"]
    assert "with only the file that you mean" in results["tests"][0]["output"]


@pytest.mark.parametrize("text", ["", "{}", '{"users": 3}', '{"users": [3]}'])
def test_unreadable_metadata_does_not_prevent_grading(text: str, tmp_path: Path) -> None:
    (tmp_path / "m.json").write_text(text)
    assert runtime._submitter(tmp_path / "m.json") == "submission"


def test_the_zip_has_its_two_scripts_at_the_root_and_is_the_same_bytes_twice() -> None:
    files = gradescope.files(PATHS, SMALL, "1.2.3", "https://example.org/cpu")
    zipped = gradescope.zipped(files)
    assert {"setup.sh", "run_autograder"} <= set(archive.unzipped(zipped))
    given = {name for name in files if name.startswith("template/")}
    assert given == {f"template/{name}" for name in SMALL.files}
    assert zipped == gradescope.zipped(gradescope.files(PATHS, SMALL, "1.2.3", "https://example.org/cpu"))
    assert "--extra-index-url https://example.org/cpu" in files["requirements.txt"].decode()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root shares user ids with a container's workers")
def test_a_user_id_that_stays_in_use_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "LOCK", tmp_path / "id.lock")
    with (tmp_path / "id.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(
            KitError,
            match=r"id\.lock: expected user id 64000 to be free within 0\.1 s, got one .* run this again",
        ):
            service._first_id_kept(0.1)
    kept = service._first_id_kept(0.1)
    assert kept is not None
    kept.close()


@pytest.fixture(scope="module")
def container(docker: DockerSandbox) -> Iterator[service.Gradescope]:
    """The service with this zip, after setup.sh has graded the solution."""
    with service.Gradescope(gradescope.zipped(gradescope.files(PATHS, SMALL, "1.2.3"))) as service_:
        yield service_


SPY = """
import os, torch
def sparse_loss(x_hat, x, z, weight=1e-3):
    seen, tried = [], 0
    for top in ("/autograder", "/opt/venv/lib/python3.11/site-packages/autograder"):
        for folder, folders, files in os.walk(top):
            for name in [*files, *folders]:
                path = os.path.join(folder, name)
                secret = path.startswith("/autograder/") and name != "run_autograder"
                if not secret and "suites" not in path and "judge" not in path:
                    continue  # the rest is the kit's code, which has no secrets
                tried += 1
                try:
                    os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
                    seen.append(path)
                except OSError:
                    pass
    raise RuntimeError(f"uid {os.getuid()} tried {tried} and saw {seen}")
"""


@pytest.mark.docker
def test_a_student_in_the_container_reads_no_suite_result_or_metadata(container: service.Gradescope) -> None:
    results = gate.valid(container.grade({f"{SMALL.name}.py": SPY.encode()}))
    output = next(test["output"] for test in results["tests"] if "uid 64" in test["output"])
    assert re.search(r"RuntimeError: uid 64\d{3} tried [1-9]\d* and saw \[\]", output), output
    assert results["score"] == 0


@pytest.mark.docker
def test_a_mistake_gets_the_same_points_as_in_docker(
    container: service.Gradescope, docker: DockerSandbox
) -> None:
    text = (PATHS.solution / f"{SMALL.name}.py").read_text().replace("z.abs().mean()", "(z ** 2).mean()")
    data = text.encode()
    results = gate.valid(container.grade({f"{SMALL.name}.py": data}))
    work = doors.submission(f"{SMALL.name}.py", data, SMALL)
    result = grading.grade(work, SMALL, docker)
    points = {"linear": 6, "sparsity": 2, "capacity": 10, "denoising": 9}
    assert doors.gradescope_points(results, SMALL) == doors.points_of(result) == points
    assert results["extra_data"]["provenance"]["suite"] == result.provenance["suite"]


@pytest.mark.docker
def test_the_untouched_template_beside_the_work_does_not_count(container: service.Gradescope) -> None:
    given = {name: (PATHS.assignment / name).read_bytes() for name in SMALL.files}
    script, notebook = f"{SMALL.name}.py", f"{SMALL.name}.ipynb"
    done = (PATHS.solution / script).read_bytes()
    results = gate.valid(container.grade({script: done, notebook: given[notebook]}))
    assert results["score"] == SMALL.max_score
    assert f"{script} was graded; unchanged since you were given it: {notebook}" in results["output"]
    two = gate.valid(container.grade({script: done, f"draft/{script}": done + b"\nx = 1\n"}))
    assert "score" not in two


@pytest.mark.docker
def test_setup_fails_if_the_solution_misses_full_marks(docker: DockerSandbox) -> None:
    files = gradescope.files(PATHS, SMALL, "1.2.3")
    broken = {**files, f"solution/{SMALL.name}.py": b"x = 1\n"}
    with pytest.raises(
        KitError, match=r"failed in Gradescope's layout:\n(.|\n)*`train_denoising` is not defined"
    ):
        service.Gradescope(gradescope.zipped(broken)).__enter__()


SILENT = {"setup.sh": b"true\n", "run_autograder": b"#!/bin/bash\necho no room left\n"}


@pytest.mark.docker
def test_a_run_that_writes_no_results_shows_what_it_printed(docker: DockerSandbox) -> None:
    with service.Gradescope(archive.zipped(SILENT)) as silent:
        wanted = r"expected a results\.json from run_autograder, got 'no room left\\n'"
        with pytest.raises(KitError, match=wanted):
            silent.grade({f"{SMALL.name}.py": b"x = 1\n"})


def test_a_missing_library_image_says_how_to_build_it(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "LIBS_REPOSITORY", "latentlab-none")
    wanted = r"expected the image latentlab-none:\w+ on this machine, got none; build it with `make image`"
    with pytest.raises(KitError, match=wanted):
        service.libraries_image()


def test_wheels_that_cannot_be_downloaded_are_an_error_with_the_words_of_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "EXTRA", ("no-such-distribution-anywhere",))
    with pytest.raises(
        KitError, match=r"(?s)pip could not download no-such-distribution-anywhere:\n.*No match"
    ):
        service._download(tmp_path)
