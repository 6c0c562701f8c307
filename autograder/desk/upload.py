"""Reads a form of the desk that may contain a file: within a limit, exactly, and without trusting a name.

A browser sends such a form as parts between lines with a boundary that it draws. The bytes of a file are
never decoded or changed on the way: Canvas's gradebook has to go back as it came.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.requests import Request

from autograder.errors import UsageError

LIMIT = 20_000_000  # bytes of a whole form
KIND = re.compile(r'multipart/form-data;\s*boundary="?([^";\s]{1,200})"?', re.IGNORECASE)
FIELD = re.compile(
    r'^content-disposition:\s*form-data;\s*name="([^"]*)"(?:;\s*filename="([^"]*)")?', re.I | re.M
)
AGAIN = "open the page again, and send it once more; nothing was written"


@dataclass(frozen=True)
class File:
    """A file that was uploaded. `called` is the browser's name of it: to be shown, and never a path."""

    called: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """The texts and files of a form, by the names of its fields; where no file was chosen, there is none."""

    texts: dict[str, str]
    files: dict[str, File]


async def read(request: Request) -> Form:
    """Return the form of a request. Raises UsageError if it is too large, cut off, or not the desk's."""
    return parsed(request.headers.get("content-type", ""), await _body(request))


async def _body(request: Request) -> bytes:
    """Return the body of a request. Raises UsageError if it is too large.

    What is beyond the limit is received all the same, because a browser reads no answer before, but not kept.
    """
    body, size = bytearray(), 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= LIMIT:
            body += chunk
        else:
            body.clear()
    if size > LIMIT:
        raise UsageError(
            f"the upload: expected at most {LIMIT // 1_000_000} MB, got {size / 1_000_000:.1f} MB; nothing "
            "was read: check that it is the gradebook or worksheet, or use autograder export"
        )
    return bytes(body)


def parsed(kind: str, body: bytes) -> Form:
    """Return the form in `body`, whose content type is `kind`. Raises UsageError; see read."""
    if (match := KIND.fullmatch(kind)) is None:
        raise UsageError(f"the form: expected multipart/form-data, got {kind[:80]!r}; {AGAIN}")
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + match[1].encode())
    if first or not parts or parts.pop().rstrip(b"\r\n") != b"--":
        raise UsageError(f"the form: expected all of it, got {len(body)} bytes without an end; {AGAIN}")
    form = Form({}, {})
    for part in parts:
        _add(form, *part.partition(b"\r\n\r\n")[::2])
    return form


def _add(form: Form, head: bytes, data: bytes) -> None:
    """Add one part to a form. Raises UsageError if it has no name, or that of another part."""
    match = FIELD.search(head.decode("utf-8", "replace"))
    name = match[1] if match else ""
    if match is None or name in form.texts or name in form.files:
        raise UsageError(f"the form: expected fields with different names, got {name!r}; {AGAIN}")
    if match[2] is None:
        form.texts[name] = data.decode("utf-8", "replace")
    elif match[2] or data:
        form.files[name] = File(match[2], data)
