"""The judge's switches become options on a worker's command line."""

from __future__ import annotations

import pytest

from autograder.errors import SandboxError
from autograder.sandbox.switches import SHORTCUTS, worker_flags


def test_the_switch_is_passed_to_workers_and_must_be_on_or_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHORTCUTS, raising=False)
    assert worker_flags() == []
    monkeypatch.setenv(SHORTCUTS, "on")
    assert worker_flags() == []
    monkeypatch.setenv(SHORTCUTS, "off")
    assert worker_flags() == ["--no-shortcuts"]
    monkeypatch.setenv(SHORTCUTS, "no")
    with pytest.raises(SandboxError, match="LATENTLAB_SHORTCUTS: expected on or off, got 'no'; set one of"):
        worker_flags()
