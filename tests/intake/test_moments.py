"""Dates in a site's language: read as a whole, or not at all."""

from __future__ import annotations

from datetime import datetime

import pytest
from babel import Locale

from autograder.intake import moments

WHEN = datetime(2026, 11, 28, 15, 0)


@pytest.mark.parametrize(
    "text",
    [
        "Saturday, 28 November 2026, 3:00 PM",
        "Samstag, 28. November 2026, 15:00",
        "samedi 28 novembre 2026, 15:00",
        "sábado, 28 de noviembre de 2026, 15:00",
        "sábado, 28 de noviembre de 2026, 3:00\u202fp. m.",
        "sábado, 28 de novembro de 2026 às 15:00",
        "sobota, 28 listopada 2026, 15:00",
        "sobota, 28. listopadu 2026, 15.00",
        "Суббота, 28 ноября 2026, 15:00",
        "2026年 11月 28日(土曜日) 15:00",
        "2026年11月28日 星期六 15:00",
        "2026년 11월 28일(토요일) 오후 3:00",
        "السبت، 28 نوفمبر 2026، 3:00 PM",
    ],
)
def test_a_date_is_read_in_the_sites_language(text: str) -> None:
    assert moments.read(text) == WHEN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "28/11/2026 15:00",
        "Sunday, 28 November 2026, 3:00 PM",  # the weekday does not fit
        "Saturday, 31 November 2026, 3:00 PM",
        "Saturday, 28 November 2026, 25:00",
        "Saturday, 28 November 2026",
        "Saturday, 28 November 2026, 3:00 PM, or so",
        "28 November 2026, 3:00 PM",
        "Saturday, 28 27 November 2026, 3:00 PM",
    ],
)
def test_what_is_not_understood_as_a_whole_is_not_read(text: str) -> None:
    assert moments.read(text) is None


@pytest.mark.parametrize(
    ("clock", "hour"), [("12:05 AM", 0), ("12:05 PM", 12), ("00:05", 0), ("11:05 pm", 23)]
)
def test_noon_and_midnight_are_told_apart(clock: str, hour: int) -> None:
    assert moments.read(f"Saturday, 28 November 2026, {clock}") == datetime(2026, 11, 28, hour, 5)


def test_no_language_reads_a_date_of_another_differently() -> None:
    for code in moments.LANGUAGES:
        locale = Locale.parse(code)
        months, days = locale.months["format"]["wide"], locale.days["format"]["wide"]
        for month in range(1, 13):
            when = datetime(2026, month, month + 12, 13, 5)
            text = f"{days[when.weekday()]}, {when.day} {months[month]} 2026, 13:05"
            assert moments.read(text) == when, (code, text)
