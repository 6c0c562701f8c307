"""How submissions are graded: the assignment, the sandbox, and the provenance of their results."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from autograder.errors import SandboxError
from autograder.grading.provenance import OFFICIAL, provenance_of
from autograder.records.assignment import Assignment
from autograder.sandbox import Sandbox
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.kept import KeptSandbox
from autograder.sandbox.process import ProcessSandbox

WALLED = (
    "Others of this class were graded in Docker: fix that and run the same command again, or use "
    "--sandbox process to regrade the whole class without a wall"
)
NO_WALL = "graded in a plain process, which is no wall against hostile code"


@dataclass(frozen=True)
class Setting:
    """How submissions are graded. Only `prove` and `calibrate` set the last three: `only` (ids of checks),
    `seed`, and `keep`, which lets submissions share a worker (see sandbox/kept.py)."""

    assignment: Assignment
    kind: str
    only: tuple[str, ...] = ()
    seed: int = 0
    keep: bool = False

    def provenance(self) -> dict[str, str]:
        """Return the provenance of results of this setting."""
        traced = provenance_of(self.assignment, sandbox_of(self.kind), OFFICIAL)
        if self.only or self.seed:
            traced["trial"] = f"seed {self.seed}, {', '.join(self.only) or 'all checks'}"
        return {**traced, "warning": NO_WALL} if self.kind == "process" else traced


@cache
def sandbox_of(kind: str, keep: bool = False) -> Sandbox:
    """Return the sandbox called `docker`, `user` or `process`. Raises SandboxError.

    The sandbox is cached for the life of this process, so a process that grades many submissions looks up
    the image once and can `keep` its worker, which is allowed only for trusted work.
    """
    if keep:
        return KeptSandbox(sandbox_of(kind))
    if kind == "user":
        from autograder.sandbox.user import UserSandbox  # not available on every system

        return UserSandbox()
    return DockerSandbox() if kind == "docker" else ProcessSandbox()


def choose_sandbox(kind: str, closed: Sequence[Path] = (), walled: bool = False) -> tuple[str, str]:
    """Return the sandbox to use, and a warning if `auto` fell back to `process`. Raises SandboxError.

    For `user`, removes the permissions of group and others on `closed`. If others of the class were graded
    behind a wall (`walled`), `auto` does not fall back, because it would regrade them all without one.
    """
    if kind == "user":
        from autograder.sandbox.user import UserSandbox

        sandbox = sandbox_of(kind)
        assert isinstance(sandbox, UserSandbox)
        sandbox.shut(closed)
    if kind in ("user", "process"):
        return kind, ""
    try:
        docker = sandbox_of("docker")
        docker.identity()
    except SandboxError as error:
        if kind == "docker":
            raise
        if walled:
            raise SandboxError(f"{error}. {WALLED}") from error
        return "process", f"{error}. Continuing in the process sandbox: {NO_WALL}."
    assert isinstance(docker, DockerSandbox)
    with suppress(SandboxError):  # another process sweeps, or sweeping is not allowed
        docker.sweep()
    return "docker", ""
