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


def test_moodle_gets_the_columns_that_it_needs_with_grades_and_feedback(worksheet: Path) -> None:
    filled = moodle.fill(worksheet, RESULTS, grades(RESULTS), "Feedback comments")
    before, after = rows(worksheet.read_text("utf-8")), rows(filled.text)
    head = after[0]
    assert [row[head.index("Grade")] for row in after] == ["Grade", "60.00", "", "0.00", ""]
    assert after[1][-1] == "One: 60 of 60, Two: 0 of 40"
    assert after[2][-1] == ""
    assert head == ["Identifier", "Grade", "Last modified (grade)", "Feedback comments"]
    places = [before[0].index(name) for name in (head[0], head[2])]
    assert [[row[0], row[2]] for row in after] == [[row[n] for n in places] for row in before]
    without = rows(moodle.fill(worksheet, RESULTS, grades(RESULTS)).text)
    assert without == [row[:3] for row in after]  # no comments: the upload cannot change one


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
    assert (rows(locked.text)[1][1], locked.kept) == ("", ["w0: locked in Moodle"])


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
            "Last modified (grade),Feedback comments",
            "Eins,Zwei",
            "got one without Last modified .grade.; set Moodle to English and download the worksheet again",
        ),
        (",Yes,", ",Ehkä,", "expected Yes or No after the maximum, .* got 'Ehkä'; set Moodle to English"),
        (
            "Feedback comments",
            "Kommentar",
            "expected a column 'Feedback comments', got Identifier, Full name, .*; name it: --column",
        ),
    ],
)
def test_a_wrong_worksheet_is_refused(worksheet: Path, old: str, new: str, reason: str) -> None:
    text = worksheet.read_text("utf-8").replace("-,\n", "-,-\n")  # a comment in each row
    worksheet.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=reason):
        moodle.fill(worksheet, RESULTS, grades(RESULTS), "Feedback comments")


def test_another_list_is_not_taken_for_a_worksheet(book: Path) -> None:
    message = "expected Moodle's grading worksheet with .*, got one without Identifier, Grade, Last modified"
    with pytest.raises(UsageError, match=message):
        moodle.fill(book, RESULTS, grades(RESULTS))


@pytest.mark.parametrize(
    ("head", "yes", "no", "most"),
    [
        (
            'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,"Bewertung kann geändert '
            'werden","Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)","Feedback als Kommentar"',
            *("Ja", "Nein", '"100,00"'),
        ),
        ("識別子,氏名,メールアドレス,ステータス,甲,乙,丙,丁,戊,己", "はい", "いいえ", "100.00"),
        ("Identifikilo,Nomo,Retpoŝto,Stato,Noto,Plejo,Ĉu,Kiam,Noti,Komento", "Oui", "Non", '"100,00"'),
    ],
)
@pytest.mark.parametrize("held", ["", '"95,00"'])  # no grades, or one in every row
def test_a_worksheet_in_another_language_is_filled(
    tmp_path: Path, head: str, yes: str, no: str, most: str, held: str
) -> None:
    path, word = tmp_path / "blatt.csv", "参加者" if yes == "はい" else "Teilnehmer/in"
    rows_ = [
        f'{word}{p.participant},"{p.name}",{p.email},X,{held},{most},{no if p.number == 2 else yes},'
        '"Mittwoch, 25. November 2026, 18:00",-,"=gut; ""siehe"""'
        for p in CLASS
    ]
    path.write_bytes("\ufeff".encode() + "\r\n".join([head, *rows_]).encode())
    filled = moodle.fill(path, RESULTS, grades(RESULTS), keep=True)
    names = next(csv.reader([head]))
    kept = [[row.split(",")[0], held, "-"] for row in rows_]
    expected = [[names[n] for n in (0, 4, 8)], *kept]
    expected[1][1] = "60.00"
    lines = filled.text.removeprefix("\ufeff").split("\r\n")
    assert lines[0] == ",".join(f'"{name}"' if " " in name else name for name in expected[0])
    assert lines[1:] == [",".join(row) for row in expected[1:]]
    assert "w2: locked in Moodle" in filled.kept
    assert filled.written == 1


def test_only_the_marks_own_cells_of_a_canvas_file_change(book: Path) -> None:
    text = book.read_bytes().decode().replace("4.5,", '"=1, ""see"" me",', 1).replace("L01", '"L01"')
    text = text.replace("Student, Test", "-Student, Test") + "\r\n  \r\n@last"
    book.write_bytes(text.encode())
    filled = canvas.fill(book, RESULTS, grades(RESULTS), TITLE)
    before, after = text.split("\r\n"), filled.text.split("\r\n")
    assert after[2] == before[2].replace('me",,90', 'me",60.00,90') != before[2]
    assert after[4] == before[4].replace("4.5,,90", "4.5,0.00,90") != before[4]
    assert (after[:2], after[3], after[5:]) == (before[:2], before[3], before[5:])


def test_a_teachers_comment_comes_back_as_it_was_and_is_reported(worksheet: Path) -> None:
    text = worksheet.read_text("utf-8").replace(",-,\n", ',-,"- well done; =see me"\n', 1)
    worksheet.write_text(text, encoding="utf-8")
    filled = moodle.fill(worksheet, RESULTS, grades(RESULTS), "Feedback comments")
    assert filled.text.splitlines()[1] == 'Participant 70000,60.00,-,"- well done; =see me"'
    assert filled.commented == ["w0: - well done; =see me"]
    assert "One" not in filled.text.splitlines()[1]


@pytest.mark.parametrize("late", ["", ". 2 days late: 20 points lost"])
def test_the_kits_own_remark_is_replaced_by_a_later_one_or_reported(worksheet: Path, late: str) -> None:
    text = worksheet.read_text("utf-8").replace(",-,\n", f',-,"One: 59.5 of 60, Two: 40 of 40{late}"\n', 1)
    worksheet.write_text(text, encoding="utf-8")
    asked = moodle.fill(worksheet, RESULTS, grades(RESULTS), "Feedback comments")
    assert (rows(asked.text)[1][-1], asked.outdated) == ("One: 60 of 60, Two: 0 of 40", [])
    unasked = moodle.fill(worksheet, RESULTS, grades(RESULTS))
    assert unasked.outdated == [f"w0: One: 59.5 of 60, Two: 40 of 40{late}"]


@pytest.mark.parametrize(
    ("old", "new", "got"),
    [
        (
            "Maximum Grade",
            "Scale",
            "expected a worksheet with the column Maximum grade, got one that is graded",
        ),
        (
            "Maximum Grade",
            "Skala",
            "expected a worksheet with the column Maximum grade, got one that is graded",
        ),
        ("100.00", "0.00", "the worksheet: expected a maximum above 0 points, got '0.00'"),
        ("100.00", "", "the worksheet: expected a maximum above 0 points, got ''"),
    ],
)
@pytest.mark.parametrize("scaled", [False, True])
def test_a_worksheet_without_points_is_refused(
    worksheet: Path, old: str, new: str, got: str, scaled: bool
) -> None:
    worksheet.write_text(worksheet.read_text("utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=rf"{got}.*; set the assignment's grade in Moodle to the type Point"):
        moodle.fill(worksheet, RESULTS, grades(RESULTS), scaled=scaled)


@pytest.mark.parametrize("points", ["0", "0.00", "", "nan", "inf", "-5"])
def test_a_canvas_column_without_points_is_refused(book: Path, points: str) -> None:
    book.write_text(book.read_text("utf-8").replace(",5,100,", f",5,{points},"), encoding="utf-8")
    message = rf"expected a maximum above 0 points, got '{points}'; give the assignment points in Canvas"
    with pytest.raises(UsageError, match=message):
        canvas.fill(book, RESULTS, grades(RESULTS), TITLE, scaled=True)


def test_a_cell_that_held_a_number_is_named_when_emptied_and_kept_if_asked(
    book: Path, worksheet: Path
) -> None:
    text = book.read_text("utf-8").replace("s1001,student1@example.org,L01,4.5,,", "s1001,x,L01,4.5,71.50,")
    book.write_text(text, encoding="utf-8")
    sheet = worksheet.read_text("utf-8").replace("Submitted for grading - ,,", "Submitted - ,71.50,")
    worksheet.write_text(sheet, encoding="utf-8")
    for fill, column in (
        (lambda **how: canvas.fill(book, RESULTS, grades(RESULTS), TITLE, **how), 6),
        (lambda **how: moodle.fill(worksheet, RESULTS, grades(RESULTS), **how), 1),
    ):
        line = 3 if column == 6 else 2
        emptied, kept = fill(), fill(keep=True)
        assert emptied.emptied == ["w1: 71.50: ungraded: the engine stopped"]
        assert (rows(emptied.text)[line][column], emptied.blank, emptied.kept) == ("", [], [])
        assert kept.kept == ["w1: 71.50, no grade yet: ungraded: the engine stopped"]
        assert (rows(kept.text)[line][column], kept.emptied) == ("71.50", [])


def test_drafts_and_zeros_in_a_worksheet_are_named(worksheet: Path) -> None:
    text = worksheet.read_text("utf-8").replace("Submitted for grading", "Draft (not submitted)", 1)
    worksheet.write_text(text, encoding="utf-8")
    filled = moodle.fill(worksheet, RESULTS, grades(RESULTS))
    assert filled.drafts == ["w0: a draft in Moodle, not submitted"]
    assert (filled.zeros, filled.written) == (["w2"], 2)


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
