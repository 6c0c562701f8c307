"""Kinds of cells: the worker makes of each what a real kernel made of it, or differs for a stated reason."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from kinds import KEPT, Kind, kinds

from autograder.intake import notebook
from autograder.sandbox.docker import DockerSandbox

PROGRAM = KEPT.with_name("kinds_in_worker.py")
REAL = json.loads(KEPT.read_text(encoding="utf-8"))
IN_THE_IMAGE = (
    *("docker", "run", "--rm", "--interactive", "--network", "none", "--read-only", "--tmpfs", "/tmp"),
    *("--volume", f"{PROGRAM.parent}:/tests:ro", "--entrypoint", "/opt/venv/bin/python"),
)

Made = dict[str, dict[str, str]]  # what came out, as text, by kind and name


@pytest.fixture(scope="module")
def in_process(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What the worker's loader makes of every kind on this machine."""
    return _made([sys.executable, str(PROGRAM)], tmp_path_factory.mktemp("kinds"))


@pytest.fixture(scope="module")
def in_container(docker: DockerSandbox, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """What it makes of every kind in the image, on the Python of official grading."""
    command = [*IN_THE_IMAGE, docker.image, f"/tests/{PROGRAM.name}"]
    return _made(command, tmp_path_factory.mktemp("kinds"))


def _made(command: Sequence[str], folder: Path) -> Made:
    jobs = json.dumps({kind.name: (_job(kind), kind.names) for kind in kinds()})
    done = subprocess.run(command, cwd=folder, input=jobs, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _job(kind: Kind) -> list[Any]:
    raw = [{"cell_type": "code", "source": cell} for cell in kind.cells]
    cells, _ = notebook.cells_of_notebook("n.ipynb", json.dumps({"cells": raw}))
    return [[cell.name, cell.source, cell.first_line] for cell in cells]


def test_every_kind_was_run_in_a_kernel() -> None:
    assert list(REAL) == [kind.name for kind in kinds()]
    assert [name for name, names in REAL.items() if not names] == []


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_the_worker_makes_of_a_kind_what_a_kernel_does(kind: Kind, in_process: Made) -> None:
    if kind.differs:
        assert in_process[kind.name] != REAL[kind.name], f"it does not differ any more: {kind.differs}"
    else:
        assert in_process[kind.name] == REAL[kind.name]


@pytest.mark.docker
@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_the_container_makes_of_a_kind_what_the_process_does(
    kind: Kind, in_process: Made, in_container: Made
) -> None:
    assert in_container[kind.name] == in_process[kind.name]
