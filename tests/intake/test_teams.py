"""Downloads from Teams: what was turned in last counts; a student's own folders decide nothing."""

from __future__ import annotations

from pathlib import Path

import classroom
import pytest

from autograder.errors import UsageError
from autograder.intake import finding
from autograder.intake.finding import Intake
from autograder.records.assignment import Assignment, Limits
from autograder.records.origin import Kind

ASSIGNMENT = Assignment("lab", "T", ("lab.py",), (), (), Limits())
TEAMS = {
    "Ada Ito/Lab 1/Version 2/lab.py": b"v = 2\n",
    "Ada Ito/Lab 1/Version 10/src/lab.py": b"v = 10\n",
    "Ada Ito/Lab 1/Version 10/Version 11/notes.txt": b"",
    "Bo Li/Lab 1/Version 1/lab.py": b"v = 1\n",
}


def read(folder: Path, files: dict[str, bytes], kind: Kind = "auto") -> Intake:
    path = folder / "class.zip"
    path.write_bytes(classroom.zipped(files))
    return finding.collect([path], ASSIGNMENT, kind=kind)


@pytest.mark.parametrize("top", ["", "Submitted files/"])
def test_the_version_with_the_greatest_number_counts(tmp_path: Path, top: str) -> None:
    intake = read(tmp_path, {f"{top}{name}": data for name, data in TEAMS.items()})
    assert intake.sources[0].seen == "a download from teams"
    ada, bo = intake.submissions
    assert (ada.student, ada.cells[0].source, ada.waiting) == ("Ada Ito", "v = 10\n", None)
    assert "Version 10 was graded, which was turned in last; older: Version 2" in ada.notes
    assert (bo.student, bo.cells[0].source, bo.notes) == ("Bo Li", "v = 1\n", ())
    assert intake.orders == {"Ada_Ito": (10,), "Bo_Li": (1,)}


@pytest.mark.parametrize(
    "files",
    [
        {**TEAMS, "Cy/draft/lab.py": b"x = 1\n"},
        {name: data for name, data in TEAMS.items() if name.startswith("Ada")},
        {**TEAMS, "Cy/Lab 2/Version 1/lab.py": b"x = 1\n"},
    ],
)
def test_what_may_be_another_kind_of_class_is_asked_about(tmp_path: Path, files: dict[str, bytes]) -> None:
    with pytest.raises(UsageError, match="if each is a student's, add --from folders"):
        read(tmp_path, files)


def test_what_matches_no_student_is_listed_and_two_assignments_are_refused(tmp_path: Path) -> None:
    stray = read(tmp_path, {**TEAMS, "README.txt": b""}, "teams")
    assert [name for name, _ in stray.sources[0].unmatched] == ["README.txt"]
    with pytest.raises(UsageError, match=r"^Bo Li: expected work for one assignment, got Lab 1, Lab 2; keep"):
        read(tmp_path, {**TEAMS, "Bo Li/Lab 2/Version 1/lab.py": b"x = 1\n"}, "teams")
