"""The due date of an assignment: a time with its offset, or a text that names a zone, as Europe/Berlin."""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timezone
from typing import Any

from autograder.errors import AssignmentError

OFFSET = "2026-03-01T23:59:00+01:00"
CHANGING = (  # zones whose clocks change, at least one for each offset and each pair of dates
    *("Europe/Berlin", "Europe/London", "Europe/Athens", "America/New_York", "America/Chicago"),
    *("America/Denver", "America/Los_Angeles", "America/Halifax", "America/St_Johns", "America/Anchorage"),
    *("America/Santiago", "Australia/Sydney", "Australia/Adelaide", "Pacific/Auckland", "Asia/Jerusalem"),
    *("Africa/Cairo", "Asia/Beirut"),
)
ZONE = "2026-03-01 23:59 Europe/Berlin"


def parse(value: Any) -> datetime:
    """Return `value` as a time in its zone. Raises AssignmentError if it has none."""
    if isinstance(value, str):
        return _in_zone(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise AssignmentError(
            f'late.due: expected a time such as {OFFSET} or "{ZONE}", got {value}; add its offset or zone'
        )
    return value


def _in_zone(text: str) -> datetime:
    clock, _, name = text.strip().rpartition(" ")
    try:
        time = datetime.fromisoformat(clock.strip())
    except ValueError:
        time = None
    if time is None or time.tzinfo is not None:
        raise AssignmentError(f'late.due: expected a text such as "{ZONE}", got "{text}"; correct it')
    zone = zone_of(name)
    if zone is None:
        near = difflib.get_close_matches(name, zoneinfo.available_timezones(), 1)
        hint = f"did you mean {near[0]}?" if near else "name one of the IANA time zones"
        raise AssignmentError(f'late.due: expected a zone such as in "{ZONE}", got {name!r}; {hint}')
    local = time.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != time:
        raise AssignmentError(f'late.due: "{text}" does not exist there: the clocks skip it; choose another')
    return local


def zone_of(name: str) -> zoneinfo.ZoneInfo | None:
    """Return the time zone called `name`, or None if this machine knows none."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


def in_zones(due: datetime) -> Iterator[tuple[str, datetime]]:
    """Yield `due` in each zone that it may be meant in, with the zone's name; nothing if it names its own.

    These are zones whose clocks change during a year and that have its offset at that time.
    """
    if isinstance(due.tzinfo, timezone):
        for name in CHANGING:
            local = due.replace(tzinfo=zone_of(name))
            if local.utcoffset() == due.utcoffset():
                yield name, local
