"""What a suite draws: read from drawn.json, and seeds that say nothing to those without the key."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest

from autograder.errors import SuiteError
from autograder.judge import drawn


def test_the_numbers_are_read_from_the_suite_of_a_check_and_of_a_helper(tmp_path: Path) -> None:
    (tmp_path / "drawn.json").write_text(json.dumps({"key": "k", "model": {"d": 3}}))
    (tmp_path / "hidden").mkdir()
    for place in ("oracle.py", "hidden/test_model.py"):
        assert drawn.of(tmp_path / place)["model"] == {"d": 3}
    assert drawn.key_of(tmp_path) == "k"


def test_a_suite_that_draws_nothing_has_no_key_and_no_numbers(tmp_path: Path) -> None:
    assert drawn.key_of(tmp_path) == ""
    with pytest.raises(
        SuiteError, match=r"expected drawn\.json, got none; run python -m autograder\.authoring"
    ):
        drawn.of(tmp_path / "hidden" / "test_model.py")


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "expected JSON, got something else"), ("[1]", "expected a table, got list; draw it again")],
)
def test_a_broken_file_is_the_kits_fault(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "drawn.json").write_text(text)
    with pytest.raises(SuiteError, match=message):
        drawn.key_of(tmp_path)


def test_a_seed_has_63_bits_and_depends_on_key_name_and_number() -> None:
    asked = [("a", "q.f", 0), ("b", "q.f", 0), ("a", "q.g", 0), ("a", "q.f", 1)]
    seeds = [drawn.number(*words) for words in asked]
    assert len(set(seeds)) == 4
    assert all(0 <= seed < 2**63 for seed in seeds)
    assert drawn.number("a", "q.f", 0) == seeds[0]


def test_a_seed_is_not_the_checksum_of_a_name() -> None:
    names = [f"q.check_{i}" for i in range(50)]
    assert not {drawn.number("key", name, 0) % 2**32 for name in names} & {
        zlib.crc32(n.encode()) for n in names
    }


def test_the_key_does_not_contain_the_secret_and_parts_draw_independently() -> None:
    assert "secret" not in drawn.key("secret")
    assert drawn.key("secret") != drawn.key("secreu")
    first, again, other = (drawn.generator("s", part).integers(2**40) for part in ("a", "a", "b"))
    assert first == again != other


def test_a_condition_that_nothing_meets_is_named() -> None:
    def impossible(_: int) -> bool:
        return False

    with pytest.raises(SuiteError, match="impossible: expected a good draw, got none in 3 tries; widen"):
        drawn.until(lambda: 1, impossible, 3)
