"""Ledgers: whole lines, each decision with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import UsageError
from autograder.records import ledger


def test_a_line_is_added_to_a_ledger_after_one_that_a_crash_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "new/ledger.jsonl"
    ledger.append_lines(path, ["one"])
    ledger.append_lines(path, ["two"])
    assert path.read_text() == "one\ntwo\n"
    path.write_text("one\ncut sh")
    ledger.append_lines(path, ["two"])
    assert path.read_text() == "one\ncut sh\ntwo\n"
    assert list(ledger.numbered_lines(path)) == [(1, "one"), (2, "cut sh"), (3, "two")]
    assert list(ledger.numbered_lines(tmp_path / "none")) == []


def test_a_decision_without_a_reason_is_refused() -> None:
    with pytest.raises(
        UsageError, match=r"^--reason: expected a sentence, got nothing; say why, the student"
    ):
        ledger.require_reason(" ")
