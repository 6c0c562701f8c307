"""What the kernel's counts say about who was killed for memory, and whose memory it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.worker import limits
from autograder.worker.parent import Parent

VERSIONS = {
    2: {"memory.events": "low 0\nhigh 0\nmax 7\noom {limit}\noom_kill {kills}\n"},
    1: {
        "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n",
        "memory/memory.failcnt": "0\n",
        "memory/memory.memsw.failcnt": "{limit}\n",
    },
}


def tell(folder: Path, version: int, kills: int, limit: int) -> None:
    for name, text in VERSIONS[version].items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text.format(kills=kills, limit=limit))


@pytest.fixture
def cgroup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(limits, "CGROUP", tmp_path)
    return tmp_path


@pytest.mark.parametrize("version", [1, 2])
def test_kills_and_times_at_the_limit_are_read_from_either_version(cgroup: Path, version: int) -> None:
    tell(cgroup, version, 3, 5)
    assert limits.memory_events() == (3, 5)


def test_where_nothing_counts_there_are_none(cgroup: Path) -> None:
    assert limits.memory_events() == (0, 0)


@pytest.mark.parametrize("version", [1, 2])
def test_a_kill_for_memory_is_the_students_only_where_the_limit_was_reached(
    cgroup: Path, version: int
) -> None:
    parent = Parent(0, 1, False)
    tell(cgroup, version, 1, 4)
    parent.memory_events = limits.memory_events()
    assert parent._killer() == "timeout"
    tell(cgroup, version, 2, 5)
    assert parent._killer() == "memory"
    tell(cgroup, version, 2, 4)
    with pytest.raises(EOFError):  # the worker ends, and the judge takes it for lost
        parent._killer()
