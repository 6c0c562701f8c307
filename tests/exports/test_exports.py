"""Grades for other programs: their own files come back, a blank is not a zero, no cell is a formula."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import classroom
import jsonschema
import pytest

from autograder.errors import KitError, UsageError
from autograder.exports import canvas, gradescope, moodle, table
from autograder.grades.overrides import Change
from autograder.grades.policy import Grade, grades_of
from autograder.intake import sheet
from autograder.records.assignment import Assignment, Limits, Question, Written
from autograder.records.results import CheckResult, Fault, Place, QuestionResult, Result
from autograder.records.submission import Member, SubmissionInfo

ROOT = Path(__file__).parents[2]
TITLE = "Latent Space and Reconstruction Loss"
QUESTIONS = (Question("one", "One", 60, ("f",)), Question("two", "Two", 40, ("g",)))
ASSIGNMENT = Assignment("scratch", TITLE, ("f.py",), QUESTIONS, (), Limits())
CLASS = classroom.people(4)
RAISED = Fault("f raised ValueError", None, Place("f.py", 3), "SECRET: at -3")
CHECKS = (
    CheckResult("one.a", "one", "public", "It doubles.", "passed", 60, 60),
    CheckResult("two.b", "two", "hidden", "It halves.", "raised", 0, 40, RAISED),
    CheckResult("two.c", "two", "hidden", "Worth nothing.", "failed", 0, 0),
)


def result(person: classroom.Person, score: int | None = 60, **more: Any) -> Result:
    lms = {"canvas_user": person.canvas, "moodle_participant": person.participant}
    who = SubmissionInfo(f"w{person.number}", person.name, "", "", members=(Member(person.name, lms=lms),))
    if score is None:
        return Result(who, "ungraded", "the engine stopped", None, 100)
    questions = (QuestionResult("one", "One", score, 60), QuestionResult("two", "Two", 0, 40))
    return replace(Result(who, "graded", None, score, 100, questions, CHECKS), **more)


RESULTS = [result(CLASS[0], 60), result(CLASS[1], None), result(CLASS[2], 0)]


def grades(results: list[Result], changes: tuple[Change, ...] = ()) -> dict[str, Grade]:
    return grades_of(results, ASSIGNMENT, changes)


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "gradebook.csv"
    text = classroom.canvas_gradebook(CLASS, f"{TITLE} (4711)", 100)
    path.write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    return path


@pytest.fixture
def worksheet(tmp_path: Path) -> Path:
    path = tmp_path / "worksheet.csv"
    path.write_text(classroom.moodle_worksheet(CLASS, 100), encoding="utf-8-sig")
    return path


def test_canvas_gets_its_own_file_back_with_one_column_filled(book: Path) -> None:
    filled = canvas.fill(book, RESULTS, grades(RESULTS), TITLE)
    before, after = rows(book.read_bytes().decode()), rows(filled.text)
    assert [row[6] for row in after] == [f"{TITLE} (4711)", "100", "60.00", "", "0.00", "", ""]
    assert [row[:6] + row[7:] for row in after] == [row[:6] + row[7:] for row in before]
    assert filled.text.startswith("\ufeffStudent,ID,")
    assert filled.text.count("\r\n") == filled.text.count("\n") == len(after)
    assert (filled.written, filled.blank) == (2, ["w1: ungraded: the engine stopped"])


def test_moodle_gets_its_own_file_back_with_grades_and_feedback(worksheet: Path) -> None:
    filled = moodle.fill(worksheet, RESULTS, grades(RESULTS), "Feedback comments")
    before, after = rows(worksheet.read_text("utf-8")), rows(filled.text)
    head = after[0]
    assert [row[head.index("Grade")] for row in after] == ["Grade", "60.00", "", "0.00", ""]
    assert after[1][-1] == "One: 60 of 60, Two: 0 of 40"
    assert after[2][-1] == ""
    kept = [n for n, name in enumerate(head) if name not in ("Grade", "Feedback comments")]
    assert [[row[n] for n in kept] for row in after] == [[row[n] for n in kept] for row in before]


def test_a_file_with_semicolons_keeps_them(book: Path) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows(book.read_text("utf-8")))
    book.write_text(out.getvalue())
    filled = canvas.fill(book, RESULTS, grades(RESULTS), TITLE)
    assert rows(filled.text, ";")[2][6] == "60.00"


def test_students_in_only_one_list_are_reported_and_never_written(book: Path, worksheet: Path) -> None:
    stranger = result(classroom.Person(77, "Max", "Ray"))
    eve = result(replace(CLASS[3], first="Eve", last="M"))  # has another student's number
    results = [*RESULTS, stranger, eve]
    fills = (
        canvas.fill(book, results, grades(results), TITLE),
        moodle.fill(worksheet, results, grades(results)),
    )
    for filled, row in zip(fills, ("row 6, 李, 雷", "row 5, 雷 李"), strict=True):
        assert filled.unmatched == [
            "w77: Max Ray has no row in the file",
            f"w3: Eve M has no row in the file; perhaps {row}: same number, other name",
        ]
        assert "77" not in filled.text.replace("student77", "")
        assert filled.written == 2


def test_two_submissions_of_one_student_are_reported_and_neither_is_written(book: Path) -> None:
    twin = replace(RESULTS[0], submission=replace(RESULTS[0].submission, id="w0-2"))
    filled = canvas.fill(book, [*RESULTS, twin], grades([*RESULTS, twin]), TITLE)
    assert filled.unmatched == ["w0 and w0-2: from the same student; decide which one counts"]
    assert rows(filled.text)[2][6] == ""


def test_everybody_in_a_group_gets_the_groups_grade(book: Path) -> None:
    members = RESULTS[0].submission.members + RESULTS[1].submission.members
    pair = replace(RESULTS[0], submission=replace(RESULTS[0].submission, members=members))
    filled = canvas.fill(book, [pair], grades([pair]), TITLE)
    assert [row[6] for row in rows(filled.text)[2:5]] == ["60.00", "60.00", ""]


def test_excused_and_locked_cells_are_left_unchanged(book: Path, worksheet: Path) -> None:
    book.write_text(book.read_text().replace("L01,4.5,,90", "L01,4.5,EX,90", 1))
    filled = canvas.fill(book, RESULTS, grades(RESULTS), TITLE)
    assert (rows(filled.text)[2][6], filled.kept) == ("EX", ["w0: excused in Canvas"])
    worksheet.write_text(worksheet.read_text().replace(",Yes,", ",No,", 1))
    locked = moodle.fill(worksheet, RESULTS, grades(RESULTS))
    assert (rows(locked.text)[1][5], locked.kept) == ("", ["w0: locked in Moodle"])


def test_different_points_are_refused_or_scaled(book: Path, worksheet: Path) -> None:
    message = "is out of 10, and the grades are out of 100: set it to 100 there"
    for path in (book, worksheet):
        path.write_text(path.read_text().replace("5,100,", "5,10,").replace("100.00", "10.00"))
    for fill in (
        lambda **how: canvas.fill(book, RESULTS, grades(RESULTS), TITLE, **how),
        lambda **how: moodle.fill(worksheet, RESULTS, grades(RESULTS), **how),
    ):
        with pytest.raises(UsageError, match=message):
            fill()
        assert "6.00" in fill(scaled=True).text


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        (TITLE, "Lab 1", None, f"expected a column {TITLE!r}, got .*; name it: --column TITLE"),
        ("Quiz 1 (11)", f"{TITLE} (9)", None, f"expected a column {TITLE!r}, got 2 of them"),
        ("", "", "Final Score", "the column 'Final Score' is read only; name another: --column"),
        ("Section", "Group", None, "expected Canvas's own export .*, got Student, ID, SIS User ID"),
    ],
)
def test_a_wrong_canvas_file_or_column_is_refused(
    book: Path, old: str, new: str, column: str | None, reason: str
) -> None:
    book.write_text(book.read_text().replace(old, new) if old else book.read_text())
    with pytest.raises(UsageError, match=reason):
        canvas.fill(book, RESULTS, grades(RESULTS), TITLE, column)


def test_a_canvas_column_may_be_named_with_or_without_its_number(book: Path) -> None:
    for column in ("Quiz 1", "quiz 1 (11)"):
        filled = canvas.fill(book, RESULTS, grades(RESULTS), TITLE, column, scaled=True)
        assert [row[5] for row in rows(filled.text)[2:5]] == ["3.00", "", "0.00"]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (
            "Identifier",
            "Kennung",
            "expected Moodle's grading worksheet with Identifier, Grade, .* got one without Identifier",
        ),
        (
            "Feedback comments",
            "Kommentar",
            "expected a column 'Feedback comments', got Identifier, Full name, .*; name it: --column",
        ),
    ],
)
def test_a_wrong_worksheet_is_refused(worksheet: Path, old: str, new: str, reason: str) -> None:
    worksheet.write_text(worksheet.read_text().replace(old, new))
    with pytest.raises(UsageError, match=reason):
        moodle.fill(worksheet, RESULTS, grades(RESULTS), "Feedback comments")


def test_gradescopes_file_matches_its_schema_and_every_test_has_a_status() -> None:
    schema = json.loads((ROOT / "autograder/exports/gradescope.schema.json").read_text())
    rejected = Result(
        RESULTS[0].submission, "rejected", "there is no code in it", 0, 100, RESULTS[0].questions
    )
    rejected = replace(rejected, questions=tuple(replace(q, score=0) for q in rejected.questions))
    for graded in (RESULTS[0], RESULTS[2], rejected):
        text = gradescope.to_json(graded, grades([graded])[graded.submission.id], ASSIGNMENT)
        jsonschema.validate(json.loads(text), schema)
        assert "SECRET" not in text
    document = gradescope.document(RESULTS[0], grades(RESULTS)["w0"], ASSIGNMENT)
    assert document["tests"][1]["output"] == "f raised ValueError at f.py, line 3"
    assert [(t["number"], t["status"], t["visibility"]) for t in document["tests"]] == [
        ("1.1", "passed", "visible"),
        ("2.1", "failed", "after_published"),
        ("2.2", "failed", "after_published"),
    ]
    with pytest.raises(jsonschema.ValidationError, match="'status' is a required property"):
        jsonschema.validate(
            {**document, "tests": [{"name": "x", "score": 0, "max_score": 0, "visibility": "hidden"}]}, schema
        )


def test_without_a_grade_gradescope_gets_no_file_and_the_reason_is_listed(tmp_path: Path) -> None:
    with pytest.raises(
        KitError, match="w1: ungraded: the engine stopped; nothing was written, grade it again"
    ):
        gradescope.document(RESULTS[1], grades(RESULTS)["w1"], ASSIGNMENT)
    (tmp_path / "w1.json").write_text("from an earlier run")
    filled = gradescope.write_all(RESULTS, grades(RESULTS), ASSIGNMENT, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w0.json", "w2.json"]
    assert (filled.written, len(filled.blank)) == (2, 1)


def test_the_table_has_a_row_per_student_and_blanks_for_missing_grades() -> None:
    essay = replace(ASSIGNMENT, written=(Written("essay", "Essay", 10),))
    given = Change("2026-03-05T10:00:00+00:00", "Tara", "w0", "essay", 8, None, "good")
    text = table.to_csv(RESULTS, grades_of(RESULTS, essay, [given]), essay, [Member("=HYPERLINK(1)", "s9")])
    table_rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["id"], row["grade"], row["max_grade"], row["one"], row["essay"]) for row in table_rows] == [
        ("w0", "68", "110", "60", "8"),
        ("w1", "", "110", "", ""),
        ("w2", "", "110", "0", ""),
        ("", "", "", "", ""),
    ]
    assert (table_rows[3]["student"], table_rows[3]["status"]) == ("'=HYPERLINK(1)", "missing")
    assert table_rows[0]["why"] == "essay set to 8 by Tara on 2026-03-05: good"
    records = json.loads(table.to_json(RESULTS, grades(RESULTS)))
    assert [(g["id"], g["points"], g["status"]) for g in records["grades"]] == [
        ("w0", 60, "graded"),
        ("w1", None, "ungraded"),
        ("w2", 0, "graded"),
    ]


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@SUM(1)", "\t=1", "\r=1", "-1+1", "+49 170"])
def test_formulas_become_text(cell: str) -> None:
    assert sheet.plain(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "-", "-5", "-0.5", "+3", "-12,5", "5%", "Ada", "a=b"])
def test_numbers_and_words_are_unchanged(cell: str) -> None:
    assert sheet.plain(cell) == cell


def test_a_long_cell_is_read_in_full(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("name,text\nAda," + "x" * 200_000)
    assert len(sheet.read(path).rows[1][1]) == 200_000


def test_a_file_that_is_not_a_csv_is_refused(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    limit = csv.field_size_limit(1000)
    request.addfinalizer(lambda: csv.field_size_limit(limit))
    path = tmp_path / "x.csv"
    path.write_text('"' + "x" * 2000)
    with pytest.raises(UsageError, match=r"expected a CSV, got .*field limit.*; export it again"):
        sheet.read(path)
