"""What Moodle's worksheet says about a hand-in: draft, late, and when."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.intake import lateness, matching, roster
from autograder.records.assignment import LatePolicy
from autograder.records.due import parse
from autograder.records.submission import Member, Submission

POLICY = LatePolicy(parse("2026-11-26 23:59 Europe/Berlin"), per_day=10)
TIME = "Saturday, 28 November 2026, 3:00 AM"
LATE = "Submitted for grading - 1 day 3 hours late -  - "
ADA = Submission("ada", "Ada", "", "", members=(Member("Ada", lms={"moodle_participant": "7"}),))


@pytest.mark.parametrize(
    ("status", "time", "late"),
    [
        (LATE, TIME, True),
        ("Zur Bewertung abgegeben - 1 Tag 3 Stunden zu spät - ", "Samstag, 28. November 2026, 03:00", True),
        ("Remis pour évaluation - 1 jour 3 heures de retard -  - ", "samedi 28 novembre 2026, 03:00", True),
        (LATE.replace(" -  - ", " - Graded - "), TIME, True),
    ],
)
def test_time_and_lateness_are_read_in_the_zone_of_the_due_date(status: str, time: str, late: bool) -> None:
    assert lateness.read(status, time, POLICY) == lateness.Told("2026-11-28T03:00:00+01:00", late, ())


@pytest.mark.parametrize(
    "status",
    [
        "Submitted for grading -  - ",
        "Submitted for grading - Graded -  - ",
        "Zur Bewertung abgegeben",
    ],
)
def test_a_status_without_lateness_is_on_time(status: str) -> None:
    assert lateness.read(status, "-", POLICY) == lateness.Told(None, False, ())


@pytest.mark.parametrize(
    "status",
    ["Draft (not submitted) -  - ", "Entwurf (nicht abgegeben)", "Brouillon (non remis)", "下書き (未提出)"],
)
def test_a_draft_is_named_and_neither_late_nor_on_time(status: str) -> None:
    assert lateness.is_draft(status)
    assert lateness.read(status, "", POLICY) == lateness.Told(None, None, (lateness.DRAFT,))


def test_a_status_that_cannot_be_read_is_reported() -> None:
    told = lateness.read("Izdots -  - ", "", POLICY)
    assert told == lateness.Told(None, None, ("Moodle's status does not say that it is submitted: 'Izdots'",))
    assert lateness.read("Izdots - 2 dienas -  - ", "", POLICY).late is True


def test_a_time_that_cannot_be_read_is_reported() -> None:
    told = lateness.read("Submitted for grading", "28/11/2026 03:00", POLICY)
    reason = "its time in Moodle cannot be read as weekday, day, month, year and time: '28/11/2026 03:00'"
    assert told == lateness.Told(None, False, (reason,))


@pytest.mark.parametrize("behind", ["1 day 5 hours late", "3 hours late", "1 day 3 hours 2 mins late"])
def test_a_time_that_does_not_fit_moodles_lateness_is_reported(behind: str) -> None:
    told = lateness.read(f"Submitted for grading - {behind}", TIME, POLICY)
    assert told.doubts == (
        f"Moodle says {behind!r}, which does not fit its time, 2026-11-28 03:00+01:00, and the due date, "
        "2026-11-26 23:59+01:00: compare due dates, extensions and time zones",
    )
    early = lateness.read("Submitted for grading - 5 mins late", TIME.replace("28", "21"), POLICY)
    assert early.doubts[0].startswith("Moodle says '5 mins late'")


@pytest.mark.parametrize(
    ("time", "behind"),
    [
        ("Friday, 27 November 2026, 12:04 AM", "5 mins late"),
        ("Friday, 27 November 2026, 12:00 AM", "59 secs late"),
        ("Friday, 27 November 2026, 2:09 AM", "2 hours 10 mins late"),
        ("Sunday, 29 November 2026, 12:30 AM", "2 days late"),
    ],
)
def test_a_lateness_of_any_unit_fits_its_time(time: str, behind: str) -> None:
    assert lateness.read(f"Submitted for grading - {behind} - ", time, POLICY).doubts == ()


def test_without_a_due_date_only_the_status_counts() -> None:
    assert lateness.read(LATE, TIME, LatePolicy()) == lateness.Told(None, True, ())


def test_what_the_download_says_counts_before_the_worksheet() -> None:
    known = Submission("ada", "Ada", "", "", submitted="2026-11-26T10:00:00+01:00", late=False)
    after = lateness.add(known, [(LATE, TIME)], POLICY)
    assert (after.submitted, after.late, after.doubts) == (known.submitted, False, ())


def test_a_group_is_as_late_as_its_last_row() -> None:
    rows = [("Submitted for grading", "Thursday, 26 November 2026, 3:00 AM"), (LATE, TIME), ("", "")]
    after = lateness.add(ADA, rows, POLICY)
    assert (after.submitted, after.late) == ("2026-11-28T03:00:00+01:00", True)


def test_a_worksheet_as_roster_tells_times_and_another_roster_does_not(tmp_path: Path) -> None:
    path = tmp_path / "class.csv"
    head = "Full name,Status,Last modified (submission)"
    path.write_text(f'Identifier,{head}\nParticipant 7,Ada,{LATE},"{TIME}"\n')
    (after,) = matching.join([ADA], roster.load(path), None, POLICY)[0]
    assert (after.submitted, after.late) == ("2026-11-28T03:00:00+01:00", True)
    path.write_text(f"Login,{head}\nada,Ada,withdrawn,-\n")
    (after,) = matching.join([ADA], roster.load(path), None, POLICY)[0]
    assert (after.submitted, after.late, after.doubts) == (None, None, ())


@pytest.mark.parametrize(
    "granted",
    [
        "Extension granted until: Sunday, 29 November 2026, 3:00 AM",
        "Verlängertes Abgabeende bis: Sonntag, 29. November 2026, 03:00",
        "Prolongation accordée jusqu'au : dimanche 29 novembre 2026, 03:00",
        "Se otorgó extensión hasta: domingo, 29 de noviembre de 2026, 03:00",
        "Prazo prolongado até: domingo, 29 de novembro de 2026, 03:00",
        "Extra tijd gegeven tot: zondag, 29 november 2026, 03:00",
        "Pròrroga concedida fins: diumenge, 29 de novembre 2026, 03:00",
        "Epearen luzapena eman da igandea, 2026(e)ko azaroak 29, 03:00 arte",
        "宽限提交日期到：2026年11月29日 星期日 03:00",
    ],
)
def test_an_extension_in_moodle_is_read_or_reported(granted: str) -> None:
    status = f"Submitted for grading - {granted} - "
    told = lateness.read(status, TIME, POLICY)
    assert (told.submitted, told.late) == ("2026-11-28T03:00:00+01:00", False)
    if "luzapena" in granted:  # Basque inflects the parts of a date
        assert told.doubts == (f"its extension in Moodle cannot be read: {granted!r}",)
    else:
        assert (told.extended, told.doubts) == ("2026-11-29T03:00:00+01:00", ())


def test_lateness_in_moodle_counts_from_the_extension() -> None:
    status = (
        "Submitted for grading - 2 hours late - Extension granted until: Saturday, 28 November 2026, {} - "
    )
    assert lateness.read(status.format("1:00 AM"), TIME, POLICY).doubts == ()
    (doubt,) = lateness.read(status.format("2:30 AM"), TIME, POLICY).doubts
    assert "and the due date, 2026-11-28 02:30+01:00" in doubt


def test_a_group_has_the_longest_extension_of_its_rows() -> None:
    granted = "Submitted for grading - Extension granted until: {}, 3:00 AM - "
    rows = [(granted.format(day), "-") for day in ("Sunday, 29 November 2026", "Saturday, 28 November 2026")]
    assert lateness.add(ADA, rows, POLICY).extended == "2026-11-29T03:00:00+01:00"
    assert lateness.add(ADA, [("Submitted for grading", "-")], POLICY).extended is None
