"""How the kernel's counts show which process was killed for memory, and at which limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.worker import limits
from autograder.worker.processes import Processes


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    return tmp_path


def version_2(folder: Path, kills: int, ooms: int) -> None:
    text = f"low 0\nhigh 0\nmax 7\noom {ooms}\noom_kill {kills}\n"
    (folder / "memory.events").write_text(text)


def version_1(folder: Path, kills: int, peak: int) -> None:
    (folder / "memory").mkdir(exist_ok=True)
    (folder / "memory/memory.oom_control").write_text(f"oom_kill_disable 0\noom_kill {kills}\n")
    (folder / "memory/memory.max_usage_in_bytes").write_text(f"{peak}\n")
    (folder / "memory/memory.limit_in_bytes").write_text(f"{1 << 30}\n")


def loaded() -> Processes:
    """The state of a parent that has just loaded a submission."""
    processes = Processes(0, False)
    processes._kills, processes._ooms = limits.oom_kills(), limits.times_at_the_limit()
    return processes


def test_a_kill_for_memory_is_the_students_fault_if_the_limit_was_reached(cgroup: Path) -> None:
    version_2(cgroup, kills=1, ooms=4)
    processes = loaded()
    assert processes._killer() == "timeout"
    version_2(cgroup, kills=2, ooms=5)
    assert processes._killer() == "memory"
    version_2(cgroup, kills=2, ooms=4)
    with pytest.raises(EOFError):  # the worker ends, and the judge treats it as lost
        processes._killer()


def test_version_1_detects_the_limit_by_the_peak_usage(cgroup: Path) -> None:
    version_1(cgroup, kills=1, peak=5 << 20)
    processes = loaded()
    assert processes._killer() == "timeout"
    version_1(cgroup, kills=2, peak=1 << 30)
    assert processes._killer() == "memory"
    assert loaded()._killer() == "timeout"
    version_1(cgroup, kills=2, peak=5 << 20)
    with pytest.raises(EOFError):
        processes._killer()


def test_without_counts_no_process_counts_as_killed_for_memory(cgroup: Path) -> None:
    processes = loaded()
    assert processes._killer() == "timeout"
    assert limits.reached_the_limit(0)
