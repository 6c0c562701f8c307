"""A teaching assistant's day on the command line: grade a class, handle complaints, regrade, export."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import classroom
import pytest
from click.testing import CliRunner, Result

from autograder.cli import main
from autograder.cli.base import pace
from autograder.grades import inventory
from autograder.records.assignment import Assignment, LatePolicy, Written
from autograder.records.origin import Source

SUITE = {
    "public/test_one.py": '@check(points=60)\ndef test_doubles(student):\n    """It doubles."""\n'
    '    expect.close("f(3)", student.call("f", 3.0), 6.0)\n',
    "hidden/test_two.py": '@check(points=40)\ndef test_negative(student):\n    """It doubles below 0."""\n'
    '    expect.close("g(-3)", student.call("f", -3.0), -6.0)\n',
}
WORKS = [
    ("f.py", b"def f(x): return 2 * x\n"),
    ("f.py", b"def f(x): return abs(2 * x)\n"),
    ("f.py", b"def f(:\n"),
]
CLASS = [person for person in classroom.people(20) if person.number in (3, 5, 13, 19)]


class Desk:
    """One teaching assistant's desk: a class, a folder to grade into, and the command line."""

    def __init__(self, folder: Path, assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.assignment, self.out = folder, assignment, folder / "graded"
        solution = folder / "solutions" / assignment.name / f"{assignment.name}.py"
        solution.parent.mkdir(parents=True)
        solution.write_bytes(WORKS[0][1])
        self.download = classroom.make("canvas", folder, CLASS, WORKS, 100)
        monkeypatch.setattr("autograder.records.assignment.SOLUTIONS", folder / "solutions")
        monkeypatch.setattr("autograder.records.assignment.find", lambda path: self.assignment)

    def type(self, *words: object) -> Result:
        """Run a command in this process."""
        return CliRunner().invoke(main, [str(word) for word in words])

    def grade(self, *words: object) -> Result:
        return self.type("grade", self.download, "--out", self.out, "--sandbox", "process", *words)

    def change_suite(self, old: str, new: str) -> None:
        """Change the hidden checks and unload them: outside this test, each command is a new process."""
        path = self.assignment.suite / "hidden/test_two.py"
        path.write_text(path.read_text().replace(old, new))
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", "")).startswith(str(self.assignment.suite)):
                del sys.modules[name]

    def csv(self) -> dict[str, dict[str, str]]:
        """Return grades.csv by submission."""
        rows = list(csv.DictReader(io.StringIO((self.out / "grades.csv").read_text())))
        return {row["id"] or row["student"]: row for row in rows}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, scratch_at: Callable[..., Any]) -> Any:
    folder = tmp_path_factory.mktemp("class")
    assignment = scratch_at(folder / "suite", SUITE, {"one": 60, "two": 40})
    assignment = replace(assignment, title="Latent Space and Reconstruction Loss")
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield Desk(folder, assignment, monkeypatch)


LATE, BROKEN, MARIA = "李雷-40003", "عليمحمد-40005", "silvamaria-40013"


def test_a_class_is_graded_and_what_needs_a_human_is_named(desk: Desk) -> None:
    done = desk.grade("--roster", desk.folder / "canvas.csv")
    assert done.exit_code == 0, done.output
    assert "canvas.zip: a download from canvas, 3 submissions" in done.output
    assert "  README.txt (its name is not one that Canvas gives, so it matches no student)" in done.output
    assert "on the roster, handed in nothing: 1\n  Ødegård 2, Bjørn" in done.output
    assert "seconds per question, median (largest): one " in done.output
    assert (
        f"rejected: 1 → the students must hand in again, or appeal\n  {BROKEN}: f.py, line 1" in done.output
    )
    assert "3 of 3 graded now" in done.output
    grades = desk.csv()
    points = {LATE: "100", BROKEN: "0", MARIA: "60", "Ødegård 2, Bjørn": ""}
    assert {name: row["grade"] for name, row in grades.items()} == points
    assert (grades[LATE]["student"], grades[LATE]["student_id"]) == ("李, 雷", "s1003")
    assert grades["Ødegård 2, Bjørn"]["status"] == "missing"


def test_valid_results_are_not_graded_again_and_need_no_solution(desk: Desk) -> None:
    before = {path.name: path.read_bytes() for path in (desk.out / "results").iterdir()}
    done = desk.grade()
    assert done.exit_code == 0, done.output
    assert "3 already graded and still valid" in done.output
    assert "0 of 3 graded now" in done.output
    assert "Known-good" not in done.output
    assert {path.name: path.read_bytes() for path in (desk.out / "results").iterdir()} == before


def test_a_late_policy_applies_to_existing_scores_after_regrade(desk: Desk) -> None:
    policy = LatePolicy(datetime.fromisoformat("2026-03-01T23:59:00+01:00"), per_day=10, cap=50)
    desk.assignment = replace(desk.assignment, late=policy)
    notice = "keeps the version of scratch that it was graded with; today's differs (the late policy)"
    assert notice in desk.grade().output
    assert desk.csv()[LATE]["grade"] == "100"
    done = desk.type("regrade", desk.out, "--sandbox", "process")
    assert "took over today's version of the assignment: the late policy" in done.output
    assert f"1 grade changed with the version\n{LATE} 100 of 100 → none yet of 100\n" in done.output
    assert "0 of 3 graded now" in done.output
    assert notice not in desk.grade().output
    assert f"late, unknown by how much: 1 → override … late_days, or a roster\n  {LATE}" in done.output
    assert desk.csv()[LATE]["grade"] == ""
    overridden = desk.type(
        "override", desk.out, "s1003", "late_days", 2, "--reason", "told us by mail", "--by", "Tara"
    )
    assert overridden.exit_code == 0, overridden.output
    begun = "李, 雷: none yet → 80 of 100\n  late_days: none → 2\n  2 days late: 20 points lost\n"
    assert overridden.output.startswith(begun)
    desk.grade()
    assert desk.csv()[LATE]["grade"] == "80"


def test_show_prints_everything_that_counts_for_a_student(desk: Desk) -> None:
    shown = desk.type("show", desk.out, "SILVA")
    assert shown.exit_code == 0, shown.output
    assert f"Silva, Maria ({MARIA}): 60 of 100" in shown.output
    assert "the newest of several uploads was graded; older: silvamaria_40013_900125_f.py" in shown.output
    assert "✗ two.negative  0/40  failed" in shown.output
    assert "expected -6, got 6" in shown.output
    assert "✗ one.doubles" not in shown.output
    assert "Tara: late_days none → 2: told us by mail" in desk.type("show", desk.out, "s1003").output


def test_an_override_has_a_reason_and_can_be_undone(desk: Desk) -> None:
    done = desk.type("override", desk.out, MARIA, "two", "30", "--reason", "half of it is right")
    assert "Silva, Maria: 60 → 90 of 100" in done.output
    assert (
        "Silva, Maria: 90 → 75 of 100"
        in desk.type("override", desk.out, MARIA, "grade", "75", "--reason", "x").output
    )
    back = desk.type("override", desk.out, MARIA, "grade", "back", "--reason", "our mistake")
    assert "Silva, Maria: 75 → 90 of 100" in back.output
    ledger = [json.loads(line) for line in (desk.out / "overrides.jsonl").read_text().splitlines()]
    assert [(c["what"], c["was"], c["value"]) for c in ledger] == [
        ("late_days", None, 2),
        ("two", 0, 30),
        ("grade", 90, 75),
        ("grade", 75, None),
    ]


def test_one_command_changes_a_check_of_everyone_or_several_by_a_signed_number(desk: Desk) -> None:
    words = ("--reason", "the check was wrong", "--by", "Tara")
    done = desk.type("override", desk.out, "--everyone", "two.negative", 40, *words)
    assert done.exit_code == 0, done.output
    assert "Silva, Maria: 90 → 90 of 100\n  two.negative: 0 → 40\n" in done.output
    assert "علي, محمد: not changed, its work has no check two.negative\n" in done.output
    assert done.output.endswith("2 of 3 changed\n")
    done = desk.type("override", desk.out, "40003", MARIA, "one", "-2", *words)
    assert (
        "李, 雷: 80 → 78 of 100\n  one: 60 → 58\nSilva, Maria: 90 → 88 of 100\n  one: 60 → 58\n"
        in done.output
    )
    refused = desk.type("override", desk.out, "40003", MARIA, "two", "+2", *words)
    assert refused.exit_code == 2
    assert "nothing was changed, because 1 of 2 cannot be:" in refused.output
    assert f"  {LATE}: two: expected a number from 0 to 40, or `back`, got '+2': 40 → 42\n" in refused.output
    for what, count in (("two.negative", 2), ("one", 2)):
        done = desk.type("override", desk.out, "--everyone", what, "back", *words)
        assert f"{count} of 3 changed" in done.output
    both = desk.type("override", desk.out, "--everyone", "ada", "one", 2, *words)
    assert "--everyone: expected no names beside it, got ada; omit one of them" in both.output
    none = desk.type("override", desk.out, "one", 2, *words)
    assert "expected a student or --everyone, got neither; name one" in none.output
    lines = (desk.out / "overrides.jsonl").read_text().splitlines()
    (desk.out / "overrides.jsonl").write_text("\n".join(lines[:4]) + "\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            ("override", "silva", "oen", "1", "--reason", "x"),
            "nothing called 'oen' can be changed; did you mean",
        ),
        (
            ("override", "silva", "two", "41", "--reason", "x"),
            "two: expected a number from 0 to 40, or `back`",
        ),
        (("override", "silva", "two", "much", "--reason", "x"), "or `back`, got 'much'"),
        (
            ("override", "silva", "late_days", "1.5", "--reason", "x"),
            "late_days: expected a whole number from 0 to 1000, or `back`, got '1.5'",
        ),
        (("override", "silva", "two", "1", "--reason", " "), "--reason: expected a sentence, got nothing"),
        (("show", "silvia"), "no student 'silvia' in"),
        (("show", "400"), "'400' matches several students; name one of "),
        (("export", "canvas"), "expected --template with Canvas's own file, got none; add it"),
    ],
)
def test_a_wrong_argument_is_refused_with_what_is_expected(
    desk: Desk, words: tuple[str, ...], reason: str
) -> None:
    at = 2 if words[0] == "export" else 1
    done = desk.type(*words[:at], desk.out, *words[at:])
    assert done.exit_code == 2
    assert reason in done.output


def test_a_new_suite_regrades_and_shows_who_gains_and_loses(desk: Desk) -> None:
    desk.change_suite("-3.0), -6.0", "-3.0), 6.0")
    solution = desk.folder / "solutions/scratch/scratch.py"
    solution.write_bytes(WORKS[1][1])
    dry = desk.type("regrade", desk.out, "--sandbox", "process", "--dry-run")
    assert "another suite: 3 to grade (" in dry.output
    assert "0 of 3 still valid" in dry.output
    done = desk.type("regrade", desk.out, "--sandbox", "process")
    assert done.exit_code == 0, done.output
    assert f"score changed since the last run: 2\n  {MARIA} 60 → 100\n  {LATE} 100 → 60" in done.output
    changed = done.output[done.output.index("2 of 3 changed") :].splitlines()
    assert changed[1] == f" -40  {LATE}  100 → 60  two.negative: passed → failed (-40)"
    kept = "override kept: two"
    assert changed[2] == f" +40  {MARIA}  60 → 100; {kept}  two.negative: failed → passed (+40)"
    assert (desk.csv()[MARIA]["grade"], desk.csv()[MARIA]["two"], desk.csv()[LATE]["grade"]) == (
        "90",
        "30",
        "40",
    )
    assert "before: graded, score 60, suite " in desk.type("show", desk.out, MARIA).output
    assert "3 of 3 still valid" in desk.type("regrade", desk.out, "--sandbox", "process").output


def test_exports_fill_the_instructors_own_files(desk: Desk) -> None:
    target = desk.folder / "upload.csv"
    words = ("export", "canvas", desk.out, "--template", desk.folder / "canvas.csv", "--file", target)
    done = desk.type(*words)
    assert done.exit_code == 0, done.output
    assert f"3 grades written to {target}" in done.output
    before = (desk.folder / "canvas.csv").read_bytes().decode().splitlines()
    after = target.read_bytes().decode().splitlines()
    assert [a for a, b in zip(after, before, strict=True) if a != b] == [
        '"李, 雷",40003,s1003,student3@example.org,L01,4.5,40.00,90',
        '"علي, محمد",40005,s1005,student5@example.org,L01,4.5,0.00,90',
        '"Silva, Maria",40013,s1013,student13@example.org,L01,4.5,90.00,90',
    ]
    for kind in ("csv", "json", "gradescope"):
        assert "3 grades written to" in desk.type("export", kind, desk.out).output
    listed = json.loads((desk.out / "exports/json.json").read_text())
    assert [(g["id"], g["points"]) for g in listed["grades"]] == [(MARIA, 90), (BROKEN, 0), (LATE, 40)]
    assert [m["name"] for m in listed["missing"]] == ["Ødegård 2, Bjørn"]
    assert len(list((desk.out / "exports/gradescope").glob("*.json"))) == 3


def test_feedback_goes_back_and_who_gets_no_page_is_named(desk: Desk) -> None:
    done = desk.type("export", "feedback-canvas", desk.out)
    assert done.exit_code == 0, done.output
    assert done.output == f"3 pages written to {desk.out / 'exports/feedback-canvas.zip'}\n"
    done = desk.type("export", "feedback-moodle", desk.out)
    assert done.exit_code == 2
    assert "canvas.csv: expected Moodle's grading worksheet with Identifier, got Student, ID" in done.output
    result = desk.out / "results" / f"{MARIA}.json"
    text = result.read_text("utf-8")
    try:
        result.write_text(text.replace('"status": "graded"', '"status": "ungraded"'), "utf-8")
        done = desk.type("export", "feedback-folder", desk.out, "--name", "{student}-{student_id}")
        assert "2 pages written to" in done.output
        assert f"no page written: 1\n  {MARIA}: not graded yet: " in done.output
        assert "page written, no grade yet" not in done.output
    finally:
        result.write_text(text, "utf-8")
    assert "李_雷-s1003.html" in {path.name for path in (desk.out / "exports/feedback-folder").iterdir()}


def test_export_warns_about_grades_from_two_suites(desk: Desk) -> None:
    path = desk.out / "results" / f"{MARIA}.json"
    text = path.read_text("utf-8")
    suite = json.loads(text)["provenance"]["suite"]
    assert "versions of the suite" not in desk.type("export", "csv", desk.out).output
    try:
        path.write_text(text.replace(suite, "0" * 64), "utf-8")
        warning = f"these grades come from 2 versions of the suite; run autograder regrade {desk.out} first"
        assert warning in desk.type("export", "csv", desk.out).output
    finally:
        path.write_text(text, "utf-8")


def test_written_answers_without_marks_stay_blank_and_are_listed(desk: Desk) -> None:
    desk.assignment = replace(desk.assignment, written=(Written("essay", "Essay", 10),))
    words = ("export", "canvas", desk.out, "--template", desk.folder / "canvas.csv")
    assert "today's differs (essay is new)" in desk.type(*words).output
    assert "3 grades written" in desk.type(*words).output
    assert desk.type("regrade", desk.out, "--sandbox", "process").exit_code == 0
    assert "is out of 100, and the grades are out of 110: set it to 110" in desk.type(*words).output
    done = desk.type(*words, "--scale")
    assert "0 grades written" in done.output
    assert "left blank, no grade yet: 3\n" in done.output
    assert f"  {MARIA}: not marked by hand yet: essay; " in done.output
    assert "3 grades written" in desk.type(*words, "--checks-only").output
    desk.type("override", desk.out, MARIA, "essay", "9", "--reason", "read it")
    assert "1 grade written" in desk.type(*words, "--scale").output


def test_pace_shows_rate_and_time_left() -> None:
    assert pace(0, 40, 0) == "0 of 40"
    assert pace(10, 40, 60) == "10 of 40, 10.0 a minute, 3 min left"
    assert pace(39, 40, 60) == "39 of 40, 39.0 a minute, 2 s left"


def test_regrade_and_show_need_a_folder_that_grade_has_written(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["regrade", str(tmp_path)])
    assert done.exit_code == 2
    assert "expected a folder that grade has written, got none; grade first" in done.output
    done = CliRunner().invoke(main, ["show", str(tmp_path), "ada"])
    assert "expected a folder with results, got none; grade first" in done.output


def test_regrade_names_a_source_or_roster_that_is_gone(tmp_path: Path) -> None:
    gone, out = tmp_path / "gone.zip", tmp_path / "graded"
    inventory.write(inventory.Inventory((Source(str(gone), "canvas", ()),), None, ()), out)
    done = CliRunner().invoke(main, ["regrade", str(out)])
    assert done.exit_code == 2
    assert f"{gone}: expected the submissions that {out} was graded from, got no such path" in done.output
    assert f"remove this one from {out / 'intake.json'}" in done.output
    gone.write_bytes(b"")
    inventory.write(inventory.Inventory((Source(str(gone), "canvas", ()),), str(tmp_path / "r.csv"), ()), out)
    done = CliRunner().invoke(main, ["regrade", str(out)])
    assert f"{tmp_path / 'r.csv'}: expected the roster that {out} was graded with" in done.output


def test_a_ta_chooses_between_two_files_on_the_command_line(
    tmp_path: Path, scratch: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path, scratch(SUITE, {"one": 60, "two": 40}), monkeypatch)
    files = {"doejane_7_8_draft.py": WORKS[1][1], "doejane_7_9_my final.py": WORKS[0][1]}
    desk.download = tmp_path / "two.zip"
    desk.download.write_bytes(classroom.zipped(files))
    done = desk.grade()
    assert done.exit_code == 3, done.output
    assert "several files could be meant, no score yet: 1 → autograder choose OUT ID FILE" in done.output
    assert "\n  doejane-7: draft.py or 'my final.py'\n" in done.output
    assert "0 of 1 graded now" in done.output
    wrong = desk.type("choose", desk.out, "jane", "final.py", "--reason", "x")
    assert wrong.exit_code == 2
    assert (
        "expected one of draft.py, my final.py, or `back`, got 'final.py'; name one of these" in wrong.output
    )
    chosen = desk.type("choose", desk.out, "jane", "my final.py", "--reason", "mail", "--by", "Tara")
    again = f"autograder regrade {desk.out} --only doejane-7"
    assert (chosen.exit_code, chosen.output) == (
        0,
        f"doejane: my final.py counts\ngrade it with: {again}\n",
    )
    regraded = desk.type(*again.split()[1:], "--sandbox", "process")
    assert regraded.exit_code == 0, regraded.output
    assert "100" in desk.csv()["doejane-7"]["grade"]
    shown = desk.type("show", desk.out, "jane").output
    assert "my final.py was graded: staff chose it over draft.py" in shown
    assert "Tara: my final.py counts: mail" in shown
    undone = desk.type("choose", desk.out, "jane", "back", "--reason", "a mistake")
    assert undone.output == f"doejane: choice taken back\ngrade it with: {again}\n"
    assert "choice taken back: a mistake" in desk.type("show", desk.out, "jane").output
