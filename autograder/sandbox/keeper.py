"""A separate program that closes paths to all but their owner while a judge works, then restores their modes.

Theory of operation. A judge in the `user` sandbox starts one keeper and sends it the paths to close, one JSON
list per line; an empty line or the end of the judge, for any reason, ends the keeper. A mode is noted in
MODES before it is changed. The last keeper on a machine to end restores all modes, once no worker runs. All
keepers share the lock PRESENT; one that can lock it exclusively is the last or the first. The first also
restores the modes that killed keepers have left in MODES. The lock CHANGES admits one keeper at a time while
it reads or changes anything. The keeper survives a judge that is killed. It imports only the standard
library, so it starts in a few milliseconds and does not need the kit.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import stat
import sys
import time
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import IO

MODES, PRESENT, CHANGES = "latentlab-modes", "latentlab-keepers.lock", "latentlab-modes.lock"
OTHERS = 0o077  # the rights of group and others
WORKERS_SECONDS = 20.0  # for workers to end after their judge


class Keeper:
    """The modes of this machine's closed paths. `folder` contains the locks and the note of the modes.

    Workers run under `users`.
    """

    def __init__(self, folder: Path, users: Container[int]) -> None:
        self._users = users
        self._modes = folder / MODES
        self._changes, self._present = _private(folder / CHANGES), _private(folder / PRESENT)
        with self._changing():
            if self._alone():
                self._give_back()
            fcntl.flock(self._present, fcntl.LOCK_SH)

    def close(self, paths: Iterable[str]) -> str:
        """Close those of `paths` that exist; return what failed, or an empty text."""
        with self._changing(), _private(self._modes) as note:
            for path in map(Path, paths):
                try:
                    if path.exists():
                        _close(path.resolve(), note)
                except OSError as error:
                    return f"{path} cannot be closed to the worker's user: {error}"
        return ""

    def leave(self) -> None:
        """Restore all modes if no other keeper is left and all workers end; otherwise a later keeper does."""
        with self._changing():
            fcntl.flock(self._present, fcntl.LOCK_UN)
            if self._alone() and _ended(self._users):
                self._give_back()
        self._present.close()
        self._changes.close()

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        fcntl.flock(self._changes, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._changes, fcntl.LOCK_UN)

    def _alone(self) -> bool:
        try:
            fcntl.flock(self._present, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _give_back(self) -> None:
        """Restore the noted modes of paths, except of those that were changed meanwhile."""
        if not self._modes.exists():
            return
        for path, mode in _noted(self._modes.read_text(encoding="utf-8")).items():
            with contextlib.suppress(OSError):  # gone
                if _mode(Path(path)) == mode & ~OTHERS:
                    os.chmod(path, mode)
        self._modes.unlink()


def _private(path: Path) -> IO[str]:
    """Open a file for appending; no worker may open it, because it could lock it."""
    return open(path, "a", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600))


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _close(path: Path, note: IO[str]) -> None:
    mode = _mode(path)
    if mode & OTHERS:
        note.write(f"\n{json.dumps([str(path), mode])}\n")  # separate from a line that a crash cut short
        note.flush()
        os.fsync(note.fileno())
        os.chmod(path, mode & ~OTHERS)


def _noted(text: str) -> dict[str, int]:
    """Return modes by path; a line that a crash cut short is skipped, since its mode was not changed yet."""
    modes = {}
    for line in text.splitlines():
        with contextlib.suppress(ValueError):
            path, mode = json.loads(line)
            modes[path] = mode
    return modes


def _ended(users: Container[int]) -> bool:
    """Wait for all processes of `users` to end; return whether they did."""
    deadline = time.monotonic() + WORKERS_SECONDS
    while alive(users):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def alive(users: Container[int]) -> bool:
    """Return whether any process of `users` runs, not counting zombies."""
    for path in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            fields = dict(line.partition(":")[::2] for line in path.read_text().splitlines())
            if fields["State"].split()[0] not in "ZX" and any(int(u) in users for u in fields["Uid"].split()):
                return True
    return False


def main() -> None:
    """Serve one judge (arguments: folder, first user id, count); end when the judge ends, not on a signal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    folder, first, count = sys.argv[1:]
    keeper = Keeper(Path(folder), range(int(first), int(first) + int(count)))
    try:
        while line := sys.stdin.readline().strip():
            print(json.dumps(keeper.close(json.loads(line))), flush=True)
    finally:
        keeper.leave()


if __name__ == "__main__":
    main()
