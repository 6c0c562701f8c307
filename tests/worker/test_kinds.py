"""Kinds of cells: the worker makes of each what a real kernel made of it, or differs for a stated reason."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from kinds import KEPT, Kind, kinds

PROGRAM = KEPT.with_name("kinds_in_worker.py")
REAL = json.loads(KEPT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What the worker's loader makes of every kind, each in a process of its own."""
    folder = tmp_path_factory.mktemp("kinds")
    done = subprocess.run(
        [sys.executable, str(PROGRAM)], cwd=folder, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_every_kind_was_run_in_a_kernel() -> None:
    assert list(REAL) == [kind.name for kind in kinds()]
    assert [name for name, names in REAL.items() if not names] == []


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_the_worker_makes_of_a_kind_what_a_kernel_does(kind: Kind, made: dict[str, dict[str, str]]) -> None:
    if kind.differs:
        assert made[kind.name] != REAL[kind.name], f"it does not differ any more: {kind.differs}"
    else:
        assert made[kind.name] == REAL[kind.name]
