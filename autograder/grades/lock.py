"""Lets one command at a time change a class's folder; the system ends the lock when its process dies."""

from __future__ import annotations

import fcntl
import getpass
import os
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from autograder.errors import UsageError

FILE = ".lock"
PATIENCE = 10.0  # seconds to wait for another command: an override ends sooner, grading a class does not
PAUSE = 0.05
PROCESS = re.compile(r"process (\d+) on (.+), since ")


@contextmanager
def held(out: Path, command: str, patience: float | None = None) -> Iterator[None]:
    """Hold the folder `out` for `command`; create it if needed, and remove it again if nothing was written.

    Raises UsageError, naming the other command, if that still holds the folder after `patience` seconds; by
    default, PATIENCE.
    """
    new = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    file = _taken(out, time.monotonic() + (PATIENCE if patience is None else patience))
    try:
        since = datetime.now().astimezone().strftime("%d %b, %H:%M")
        process = f"process {os.getpid()} on {socket.gethostname()}"
        who = f"{command} by {getpass.getuser()}, {process}, since {since}"
        os.truncate(file, 0)
        os.pwrite(file, who.encode(), 0)
        yield
    finally:
        (out / FILE).unlink(missing_ok=True)  # before the lock ends: see _is_current
        os.close(file)
        if new:
            with suppress(OSError):  # not empty
                out.rmdir()


def holder(out: Path) -> str:
    """Return who holds the folder: `grade by ada, process 7 on host, since …`; "" if nobody does.

    Only reads: to try the lock and let go of it would end one that this process holds.
    """
    with suppress(FileNotFoundError, UnicodeDecodeError):
        text = (out / FILE).read_text(encoding="utf-8")
        found = PROCESS.search(text)
        if found and (found[2] != socket.gethostname() or _lives(int(found[1]))):
            return text
    return ""


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        pass
    return True


def _taken(out: Path, until: float) -> int:
    """Return the locked file, open; see held.

    The lock belongs to the process (`lockf`, not `flock`), so that no child that outlives it keeps it.
    """
    while True:
        file = os.open(out / FILE, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_current(file, out / FILE):
                return file
        except (BlockingIOError, PermissionError):  # held by another process
            if time.monotonic() >= until:
                holder = os.pread(file, 300, 0).decode("utf-8", "replace") or "another command"
                os.close(file)
                raise UsageError(
                    f"{out}: expected no other command at work in this folder, got {holder}; wait until it "
                    "ends, then run the same command again"
                ) from None
            time.sleep(PAUSE)
        os.close(file)


def _is_current(file: int, path: Path) -> bool:
    """Whether the open file is still the one at `path`: its holder may have removed it a moment ago."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file), path.stat())
    return False
