"""Lays out /autograder in a container as Gradescope does, to test a release before it is uploaded.

Theory of operation. Gradescope unpacks autograder.zip into /autograder/source, runs setup.sh there as root
and saves the result as an image. For every submission it starts a container of that image, with the files in
/autograder/submission and the submitter in /autograder/submission_metadata.json, runs run_autograder, and
reads /autograder/results/results.json. This module does the same. It uses no package index: pip finds its
wheels in a folder. A user id in a container is the same user id outside it, so while the service runs a lock
keeps this machine's own `user` sandboxes off the first user id, which the container's worker uses.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from autograder.errors import KitError
from autograder.records.files import whole
from autograder.records.places import CONSTRAINTS
from autograder.release import archive
from autograder.sandbox import engine, image
from autograder.sandbox.user import FIRST_ID

if TYPE_CHECKING:
    from docker import APIClient

SETUP_SECONDS, GRADE_SECONDS = 1200, 1200
FREE_SECONDS = 1200.0  # to wait for this machine's `user` sandbox to end
LOCK = Path(f"/run/latentlab-{FIRST_ID}.lock")
EXTRA = ("click", "pytest")  # requirements of the grader that the library image lacks
RUN = ("bash", "-c", "/autograder/run_autograder >/autograder/results/stdout 2>&1")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RESULTS, PRINTED = "/autograder/results/results.json", "/autograder/results/stdout"


class Gradescope:
    """The service for one autograder.zip. A context manager that removes its image at the end."""

    def __init__(self, zipped: bytes, wheels: Path | None = None, base: str | None = None) -> None:
        self._zipped = zipped
        self._wheels = wheels or judge_wheels()
        self._base = base or libraries_image()
        self._tag = f"latentlab-gradescope:{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> Gradescope:
        """Unpack the zip, run setup.sh, save the image. Raises KitError with the last lines of a failure."""
        self._lock = _first_id_kept()
        try:
            self._set_up()
        except BaseException:
            self._let_go()
            raise
        return self

    def _set_up(self) -> None:
        with _container(self._base, ("sleep", "infinity"), binds=[f"{self._wheels}:/wheels:ro"]) as container:
            container.client.start(container.name)
            container.put("/", _placed(archive.unzipped(self._zipped)))
            # the library image has torch already, so this installs only the rest and takes seconds
            container.run("ln -s /opt/venv /opt/latentlab")
            container.run("bash setup.sh", PIP_NO_INDEX="1", PIP_FIND_LINKS="/wheels", PATH=PATH)
            container.client.commit(container.name, *self._tag.split(":"))

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with engine.client() as client:
            client.remove_image(self._tag, force=True)
        self._let_go()

    def _let_go(self) -> None:
        if self._lock:
            self._lock.close()

    def grade(self, files: archive.Files, email: str = "ada@example.org") -> dict[str, Any]:
        """Submit `files` and return results.json. Raises KitError if none was written."""
        metadata = {"id": 1, "users": [{"email": email, "id": 1, "name": email}], "previous_submissions": []}
        placed = {f"submission/{name}": data for name, data in files.items()}
        handed = {**placed, "submission_metadata.json": json.dumps(metadata).encode(), "results/.keep": b""}
        with _container(self._tag, RUN, mem_limit="4g") as container:
            container.put("/autograder", handed)
            container.client.start(container.name)
            container.client.wait(container.name, timeout=GRADE_SECONDS)
            output = container.get(RESULTS) or container.get(PRINTED)
        try:
            graded: dict[str, Any] = json.loads(output)
            return graded
        except ValueError as error:
            raise KitError(f"expected a results.json from run_autograder, got {output[-400:]!r}") from error


@dataclass(frozen=True)
class _Container:
    """A container like Gradescope's, with the client that made it."""

    client: APIClient
    name: str

    def put(self, folder: str, files: archive.Files) -> None:
        """Write `files` below a folder of the container."""
        self.client.put_archive(self.name, folder, _tar(files))

    def get(self, path: str) -> str:
        """Return the text of a file in the container; empty if there is no such file."""
        from docker.errors import NotFound

        try:
            parts, _ = self.client.get_archive(self.name, path)
        except NotFound:
            return ""
        with tarfile.open(fileobj=io.BytesIO(b"".join(parts))) as tar:
            file = tar.extractfile(tar.getmembers()[0])
            return file.read().decode("utf-8", "replace") if file else ""

    def run(self, command: str, **variables: str) -> None:
        """Run a command in the container. Raises KitError with its last lines if it fails."""
        started = self.client.exec_create(self.name, command.split(), environment=variables)["Id"]
        output = self.client.exec_start(started).decode("utf-8", "replace")
        if self.client.exec_inspect(started)["ExitCode"]:
            last = "\n".join(output.strip().splitlines()[-25:])
            raise KitError(f"`{command}` failed in Gradescope's layout:\n{last}")


@contextlib.contextmanager
def _container(image: str, command: Sequence[str], **host: Any) -> Iterator[_Container]:
    """Make a container of `image` for `command`, without a network, and remove it at the end."""
    name = f"latentlab-gradescope-{uuid.uuid4().hex[:12]}"
    with engine.client(SETUP_SECONDS) as client:
        client.create_container(
            image,
            name=name,
            user="0",
            working_dir="/autograder/source",
            entrypoint=list(command),
            host_config=client.create_host_config(network_mode="none", **host),
        )
        try:
            yield _Container(client, name)
        finally:
            client.remove_container(name, force=True)


def _first_id_kept(seconds: float = FREE_SECONDS) -> IO[str] | None:
    """Wait for the lock of this machine's first user id for workers, and return it; None unless run by root.

    Only root can run a `user` sandbox here. Raises KitError if the id is not free in time.
    """
    if os.geteuid() != 0:
        return None
    lock, deadline = LOCK.open("w"), time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # containers may share the id
            return lock
        except BlockingIOError:
            if time.monotonic() > deadline:
                lock.close()
                raise KitError(
                    f"{LOCK}: expected user id {FIRST_ID} to be free within {seconds:g} s, got one that "
                    "a `user` sandbox of this machine uses; wait for it to end, then run this again"
                ) from None
            time.sleep(0.2)


def _placed(source: archive.Files) -> dict[str, bytes]:
    inside = {f"autograder/source/{name}": data for name, data in source.items()}
    return {**inside, "autograder/run_autograder": source["run_autograder"]}


def _tar(files: archive.Files) -> bytes:
    """Return `files` and their folders as a tar that every user may read."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents if parent.name}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name in sorted({*folders, *files}):
            info = tarfile.TarInfo(name)
            info.mode, info.type = 0o755, tarfile.DIRTYPE if name in folders else tarfile.REGTYPE
            info.size = len(files.get(name, b""))
            tar.addfile(info, io.BytesIO(files.get(name, b"")))
    return out.getvalue()


def libraries_image() -> str:
    """Return the name of the library image, which has torch. Raises KitError if it is not built."""
    _, base_id = image.resolve_base(None, lambda text: None)
    name = f"{image.LIBS_REPOSITORY}:{image.inputs_hash(image.libs_context(), base_id)[:12]}"
    if engine.image_id(name) is None:
        raise KitError(f"expected the image {name} on this machine, got none; build it with `make image`")
    return name


def judge_wheels() -> Path:
    """Return a folder with the wheels in EXTRA, downloaded once. Raises KitError if pip cannot download."""
    folder = image.cache_folder() / f"judge-{image.inputs_hash({'c': CONSTRAINTS})[:12]}"
    if not folder.is_dir():
        with whole(folder) as partial:
            _download(partial)
    return folder


def _download(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet"]
    pinned = ["--constraint", str(CONSTRAINTS)]
    command = [*pip, "--dest", str(folder), *pinned, *EXTRA]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise KitError(f"pip could not download {', '.join(EXTRA)}:\n{done.stderr.strip()[-800:]}")
