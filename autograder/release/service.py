"""Lays /autograder out in a container as Gradescope does, to try a release before it is uploaded.

Theory of operation. Gradescope unpacks autograder.zip into /autograder/source, runs setup.sh there as root
and keeps the result as an image; for every submission it starts a container of that image with the files in
/autograder/submission and who handed in in /autograder/submission_metadata.json, runs run_autograder, and
reads /autograder/results/results.json. So does this. No index is asked: pip finds its wheels in a folder. A
user id in a container is the same user id outside it, so this machine's own `user` sandboxes are kept off
the first one, which the container's worker has, for as long as the service is there.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import subprocess
import sys
import tarfile
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from autograder.errors import KitError
from autograder.records.places import CHECKOUT
from autograder.release import archive
from autograder.sandbox import image
from autograder.sandbox.user import FIRST_ID

SETUP_SECONDS, GRADE_SECONDS = 1200, 1200
FREE_SECONDS = 1200.0  # for a `user` sandbox of this machine to end
LOCK = Path(f"/run/latentlab-{FIRST_ID}.lock")
EXTRA = ("click", "pytest")  # what the library image lacks of the grader's requirements
RUN = "tar -xf - -C /autograder && /autograder/run_autograder >/autograder/results/stdout 2>&1; cat {results}"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
RESULTS = "/autograder/results/results.json"


class Gradescope:
    """The service, for one autograder.zip. In a `with`: its image goes when that ends."""

    def __init__(self, zipped: bytes, wheels: Path | None = None, base: str | None = None) -> None:
        self._zipped = zipped
        self._wheels = wheels or judge_wheels()
        self._base = base or libraries_image()
        self._tag = f"latentlab-gradescope:{uuid.uuid4().hex[:12]}"

    def __enter__(self) -> Gradescope:
        """Unpack the zip, run setup.sh, keep the image. Raises KitError with setup.sh's last words."""
        self._lock = _first_id_kept()
        try:
            self._set_up()
        except BaseException:
            self._let_go()
            raise
        return self

    def _set_up(self) -> None:
        name = self._tag.replace(":", "-")
        options = (
            f"--network none --user 0 --workdir /autograder/source --name {name} --entrypoint sleep".split()
        )
        mount = ["--volume", f"{self._wheels}:/wheels:ro"]
        _docker(["run", "--detach", *options, *mount, self._base, "infinity"])
        try:
            source = archive.unzipped(self._zipped)
            _docker(["exec", "-i", name, "tar", "-xf", "-", "-C", "/"], _tar(_placed(source)))
            # the library image holds torch already, so that this takes seconds: only the rest is installed
            _docker(["exec", name, "ln", "-s", "/opt/venv", "/opt/latentlab"])
            offline = ["--env", "PIP_NO_INDEX=1", "--env", "PIP_FIND_LINKS=/wheels", "--env", f"PATH={PATH}"]
            _docker(["exec", *offline, name, "bash", "setup.sh"], seconds=SETUP_SECONDS)
            _docker(["commit", name, self._tag])
        finally:
            _docker(["rm", "--force", name])

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _docker(["rmi", "--force", self._tag])
        self._let_go()

    def _let_go(self) -> None:
        if self._lock:
            self._lock.close()

    def grade(self, files: archive.Files, email: str = "ada@example.org") -> dict[str, Any]:
        """Hand `files` in and return results.json. Raises KitError when none was written."""
        metadata = {"id": 1, "users": [{"email": email, "id": 1, "name": email}], "previous_submissions": []}
        placed = {f"submission/{name}": data for name, data in files.items()}
        handed = {**placed, "submission_metadata.json": json.dumps(metadata).encode(), "results/.keep": b""}
        command = RUN.format(results=RESULTS)
        options = ["--rm", "-i", "--network", "none", "--user", "0", "--memory", "4g"]
        said = _docker(
            ["run", *options, "--entrypoint", "bash", self._tag, "-c", command], _tar(handed), GRADE_SECONDS
        )
        try:
            found: dict[str, Any] = json.loads(said)
            return found
        except ValueError as error:
            raise KitError(f"expected a results.json from run_autograder, got {said[-400:]!r}") from error


def _first_id_kept(seconds: float = FREE_SECONDS) -> IO[str] | None:
    """Return the lock of the first user id for workers on this machine, once it is free; None for other users
    than root, who cannot run a `user` sandbox here anyway. Raises KitError when it is not free in time."""
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
                    f"{LOCK}: expected user id {FIRST_ID} to be free within {seconds:g} s, got one that a "
                    "`user` sandbox of this machine works under; wait for it to end, then run this again"
                ) from None
            time.sleep(0.2)


def _placed(source: archive.Files) -> dict[str, bytes]:
    inside = {f"autograder/source/{name}": data for name, data in source.items()}
    return {**inside, "autograder/run_autograder": source["run_autograder"]}


def _tar(files: archive.Files) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _docker(words: list[str], sent: bytes = b"", seconds: int = 300) -> str:
    done = subprocess.run(["docker", *words], input=sent, capture_output=True, timeout=seconds, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).decode("utf-8", "replace").strip().splitlines()[-25:]
        raise KitError(f"`docker {words[0]}` failed in Gradescope's layout:\n" + "\n".join(said))
    return done.stdout.decode("utf-8", "replace")


def libraries_image() -> str:
    """Return the library image that `make image` made, which has torch. Raises KitError without one."""
    _, base_id = image.resolve_base(None, lambda text: None)
    name = f"{image.LIBS_REPOSITORY}:{image.inputs_hash(image.libs_context(), base_id)[:12]}"
    if image.image_id(name) is None:
        raise KitError(f"the image {name} is not on this machine; build it with `make image`")
    return name


def judge_wheels() -> Path:
    """Return a folder with the wheels of the judge's own requirements, downloaded once. Raises KitError."""
    folder = image.cache_folder() / f"judge-{image.inputs_hash({'c': CHECKOUT / 'constraints.txt'})[:12]}"
    if not folder.is_dir():
        partial = folder.with_suffix(".partial")
        constraint = ["--constraint", str(CHECKOUT / "constraints.txt")]
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--dest",
            str(partial),
            *constraint,
            *EXTRA,
        ]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
        if done.returncode:
            raise KitError(f"pip could not download {', '.join(EXTRA)}:\n{done.stderr.strip()[-800:]}")
        partial.rename(folder)
    return folder
