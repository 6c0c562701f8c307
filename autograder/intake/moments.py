"""Reads dates as Moodle writes them, with weekday and month in the site's language; never guesses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "ca", "eu", "gl", "pl", "cs", "sk", "sl", "hr", "sr", "bs"),
    *("sv", "nb", "nn", "da", "fi", "et", "lv", "lt", "hu", "ro", "bg", "mk", "ru", "uk", "be", "el", "tr"),
    *("he", "ar", "fa", "hi", "ja", "zh", "ko", "vi", "id", "ms", "is", "ga", "cy", "sq"),
)
CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:.h](\d{2})(?::\d{2})?(?!\d)")
FILLERS = re.compile(
    r"[年日년일]|\b(?:de|del|at|um|uhr|à|às|kl|klo|den|a|las|ore|alle|o|do|год[ау]?|г|р|th|st|nd|rd)\b"
)


class Words:
    """Words that stand for numbers, and where the longest of them stands in a text."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self.numbers = numbers
        longest = sorted(numbers, key=len, reverse=True)
        self.pattern = re.compile("|".join(map(_pattern, longest)))

    def take(self, text: str) -> tuple[int | None, str]:
        """Return the number of the first of the words in a text, if any, and the text without it."""
        match = self.pattern.search(text)
        if match is None:
            return None, text
        return self.numbers[match[0]], f"{text[: match.start()]} {text[match.end() :]}"


@dataclass(frozen=True)
class Names:
    """One language's names of months and weekdays, with their numbers, and of the halves of a day."""

    months: Words
    days: Words
    halves: Words


def read(text: str) -> datetime | None:
    """Return the date and time in a text, without a zone; None if it is not understood as a whole.

    The weekday must fit the date: some languages share the name of a month, but not its number.
    """
    plain = _plain(text)
    return next((moment for code in LANGUAGES if (moment := _in(_names(code), plain))), None)


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.replace(",", " ").replace("\u060c", " ").split())


def _pattern(word: str) -> str:
    """Return a pattern for a whole word; Chinese, Japanese and Korean write no spaces between words."""
    whole = word[-1] < "\u2e80"
    return rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])" if whole else re.escape(word)


@cache
def _names(code: str) -> Names:
    """Return the names that a language uses, from the tables of the Unicode consortium."""
    from babel import Locale

    locale = Locale.parse(code)
    months, days = (
        {_plain(name): n for form in ("format", "stand-alone") for n, name in table[form]["wide"].items()}
        for table in (locale.months, locale.days)
    )
    short = {_plain(name): n for n, name in locale.months["format"]["abbreviated"].items()}
    months |= {name: n for name, n in short.items() if name[0].isdigit() and not name.isdigit()}
    periods = locale.day_periods["format"]
    halves = dict(_halves(periods[width] for width in ("wide", "abbreviated") if width in periods))
    return Names(Words(months), Words(days), Words({**halves, "am": 0, "pm": 12}))


def _halves(tables: Iterable[Mapping[str, str]]) -> Iterable[tuple[str, int]]:
    for table in tables:
        for half, hours in (("am", 0), ("pm", 12)):
            if half in table:
                yield _plain(str(table[half])), hours


def _in(names: Names, text: str) -> datetime | None:
    """Return the date and time in a text in one language, or None if a part of it is not understood."""
    clock = CLOCK.search(text)
    if clock is None:
        return None
    rest = f"{text[: clock.start()]} {text[clock.end() :]}"
    half, rest = names.halves.take(rest)
    weekday, rest = names.days.take(rest)
    month, rest = names.months.take(rest)
    numbers = [int(number) for number in re.findall(r"\d+", rest)]
    if (
        re.search(r"[^\W\d_]", FILLERS.sub(" ", rest))
        or len(numbers) != 2
        or weekday is None
        or month is None
    ):
        return None
    hour = int(clock[1]) if half is None else int(clock[1]) % 12 + half
    return _moment(max(numbers), month, min(numbers), hour, int(clock[2]), weekday)


def _moment(year: int, month: int, day: int, hour: int, minute: int, weekday: int) -> datetime | None:
    try:
        moment = datetime(year, month, day, hour, minute)
    except ValueError:
        return None
    return moment if moment.weekday() == weekday else None
