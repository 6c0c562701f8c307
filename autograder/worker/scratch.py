"""Puts the folders that student code may write to back between checks, so that none finds what another left.

The parent, which never runs student code, notes what is there when the submission is loaded. After each check
it removes what is new, and writes again what was changed or removed. Files beyond MOST bytes in all are not
kept, so a change to one of them stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

MOST = 16 << 20  # bytes of all files that are noted
Mark = tuple[int, int, int]  # inode, time of the last change, size: nobody can set the time


class Scratch:
    """The folders that student code may write to."""

    def __init__(self, folders: Sequence[str]) -> None:
        self._folders = list(dict.fromkeys(os.path.realpath(folder) for folder in folders))

    def note(self) -> Noted:
        """Return what is in the folders now."""
        noted, room = Noted(), MOST
        for path, status in self._entries():
            noted.marks[path] = _mark(status)
            if stat.S_ISREG(status.st_mode) and status.st_size <= room:
                with contextlib.suppress(OSError):
                    noted.contents[path] = Path(path).read_bytes(), stat.S_IMODE(status.st_mode)
                    room -= status.st_size
        return noted

    def restore(self, noted: Noted) -> None:
        """Remove what is new since `noted`; write again the files that were changed or removed."""
        now = dict(self._entries())
        for path, status in now.items():
            if path not in noted.marks:
                _remove(path, status)
        for path, (data, mode) in noted.contents.items():
            if path not in now or _mark(now[path]) != noted.marks[path]:
                _write(path, data, mode, now.get(path))
                with contextlib.suppress(OSError):
                    noted.marks[path] = _mark(os.lstat(path))

    def _entries(self) -> Iterator[tuple[str, os.stat_result]]:
        """Yield this user's files and folders, the outer before the inner; never follows a link."""
        waiting = list(self._folders)
        while waiting:
            with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if status.st_uid == os.getuid():
                        yield entry.path, status
                        waiting += [entry.path] if stat.S_ISDIR(status.st_mode) else []


class Noted:
    """What was in the folders at one time: a mark of every path, and the bytes and mode of files."""

    def __init__(self) -> None:
        self.marks: dict[str, Mark] = {}
        self.contents: dict[str, tuple[bytes, int]] = {}


def folders(own: str | None, alone: bool) -> list[str]:
    """Return the folders to put back: the worker's own, and all others if only student code uses them.

    `alone`: no other program runs under this user.
    """
    shared = [os.getcwd(), tempfile.gettempdir(), "/var/tmp", "/dev/shm"] if alone else []
    return ([own] if own else []) + [folder for folder in shared if folder != "/"]


def _mark(status: os.stat_result) -> Mark:
    return status.st_ino, 0 if stat.S_ISDIR(status.st_mode) else status.st_ctime_ns, status.st_size


def _remove(path: str, status: os.stat_result) -> None:
    with contextlib.suppress(OSError, RecursionError):  # a thousand nested folders
        if stat.S_ISDIR(status.st_mode):
            os.chmod(path, stat.S_IRWXU)
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)


def _write(path: str, data: bytes, mode: int, there: os.stat_result | None) -> None:
    if there is not None:
        _remove(path, there)
    with contextlib.suppress(OSError):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
