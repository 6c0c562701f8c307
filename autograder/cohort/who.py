"""Finds the submission that somebody means by an id, a number, an email or a name, or by a part of one."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TypeVar

from autograder.errors import UsageError
from autograder.records.submission import Member, SubmissionInfo, shown

S = TypeVar("S", bound=SubmissionInfo)


def one(who: str, class_: Sequence[S], roster: Sequence[Member], where: object) -> S:
    """Return the submission that `who` means; `roster` has students who may have handed in nothing.

    A whole id beats a whole name, and this beats a part, which must be the only one in the class and the
    roster. Raises UsageError if none or several match.
    """
    present = {key for info in class_ for member in info.members for key in keys_of(member)}
    absent = [member for member in roster if not present & set(keys_of(member))]
    exact = [info for info in class_ if info.id == who]
    whole = [info for info in class_ if _is(who, names_of(info))]
    if not exact and not whole and (gone := [m for m in absent if _is(who, _names(m))]):
        raise UsageError(f"{shown(gone[0])} is on the roster, but handed in nothing in {where}")
    likely = exact or whole or [info for info in class_ if _part(who, names_of(info))]
    others = [] if exact or whole else [member for member in absent if _part(who, _names(member))]
    if len(likely) == 1 and not others:
        return likely[0]
    if likely:
        ids = [info.id for info in likely]
        gone_too = [f"{shown(member)} (handed in nothing)" for member in others]
        raise UsageError(f"{who!r} matches several students; name one of {', '.join([*ids, *gone_too])}")
    raise _unknown(who, [name for info in class_ for name in names_of(info)], where)


def row(who: str, roster: Sequence[Member], where: object) -> Member:
    """Return the student on the roster whom `who` means, by the same rules. Raises UsageError."""
    whole = [member for member in roster if _is(who, _names(member))]
    likely = whole or [member for member in roster if _part(who, _names(member))]
    if len(likely) == 1:
        return likely[0]
    if likely:
        listed = ", ".join(shown(member) for member in likely)
        raise UsageError(f"{who!r} matches several students in {where}: {listed}; name one by id or email")
    raise _unknown(who, [name for member in roster for name in _names(member)], where)


def _unknown(who: str, names: Sequence[str], where: object) -> UsageError:
    """Return the error for a student whom nobody is called, with the nearest of `names`."""
    near = difflib.get_close_matches(who, names, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return UsageError(f"no student {who!r} in {where}{hint}")


def keys_of(member: Member) -> list[tuple[str, str]]:
    """Return the kinds and values of a student's ids, or the name where there are none."""
    keys = [("id", member.id), ("email", member.email.lower()), *member.lms.items()]
    return [key for key in keys if key[1]] or [("name", member.name)]


def names_of(info: SubmissionInfo) -> list[str]:
    """Return everything that a submission may be called by."""
    return [info.id, info.student, *(name for member in info.members for name in _names(member))]


def _names(member: Member) -> list[str]:
    """Return a student's names, the way round they are written and the other, and ids."""
    last, comma, first = member.name.partition(",")
    turned = f"{first.strip()} {last.strip()}" if comma else ""
    return [name for name in (member.name, turned, member.id, member.email, *member.lms.values()) if name]


def _is(who: str, names: Sequence[str]) -> bool:
    return who.casefold() in (name.casefold() for name in names)


def _part(who: str, names: Sequence[str]) -> bool:
    return any(who.casefold() in name.casefold() for name in names)
