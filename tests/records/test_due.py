"""The due date: with an offset, or with a zone whose clock counts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from autograder.errors import AssignmentError
from autograder.records.due import parse, zone_of


def test_a_time_with_an_offset_stays_as_it_is() -> None:
    time = datetime.fromisoformat("2026-03-01T23:59:00+01:00")
    assert parse(time) is time


@pytest.mark.parametrize("text", ["2026-07-01 23:59 Europe/Berlin", "2026-07-01T23:59:00  Europe/Berlin"])
def test_a_named_zone_decides_the_offset(text: str) -> None:
    assert parse(text).astimezone(UTC).isoformat() == "2026-07-01T21:59:00+00:00"


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (datetime(2026, 3, 1), "got 2026-03-01 00:00:00; add its offset or zone"),
        (date(2026, 3, 1), "got 2026-03-01; add its offset or zone"),
        (7, "got 7; add its offset or zone"),
        ("soon", 'got "soon"; correct it'),
        ("2026-03-01T23:59:00+01:00 Europe/Berlin", "correct it"),
        ("2026-03-01 23:59 Europe/Berln", r"got 'Europe/Berln'; did you mean Europe/Berlin\?"),
        ("2026-03-01 23:59 ../x", r"got '../x'; name one of the IANA time zones"),
        ("2026-03-29 02:30 Europe/Berlin", "does not exist there: the clocks skip it; choose another"),
    ],
)
def test_a_due_date_without_a_known_zone_is_refused(value: object, got: str) -> None:
    with pytest.raises(AssignmentError, match=rf"late\.due: .*{got}$"):
        parse(value)


def test_an_unknown_zone_is_none() -> None:
    assert zone_of("Mars/Olympus") is None
