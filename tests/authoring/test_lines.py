"""Places in files, and the nearest of the known names."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.authoring import lines


def test_each_text_is_searched_from_the_line_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('[[q]]\nid = "one"\nnames = ["f"]\n[[q]]\nid = "two"\nnames = ["f"]\n')
    assert lines.at(path, '"f"') == f"{path}:3"
    assert lines.at(path, 'id = "two"', "names", '"f"') == f"{path}:6"
    assert lines.at(path, 'id = "three"') == str(path)


def test_a_path_below_the_current_folder_is_shown_from_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert lines.shown(tmp_path / "sub" / "a.py") == str(Path("sub/a.py"))
    assert lines.shown(Path("sub/a.py")) == str(Path("sub/a.py"))
    assert lines.shown(tmp_path.parent) == str(tmp_path.parent)


def test_only_a_near_name_is_meant() -> None:
    assert lines.meant("frist", ["first", "second"]) == ", did you mean 'first'?"
    assert lines.meant("moon", ["first", "second"]) == ""
