"""How submissions are graded: the assignment, the sandbox, and what their results are traced to."""

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
    "Others of this class were graded in Docker: mend that and run the same command again, or say "
    "--sandbox process to grade all of them anew without a wall"
)
NO_WALL = "graded in a plain process, which is no wall against hostile code"


@dataclass(frozen=True)
class Setting:
    """How submissions are graded. The last three are for `prove` and `calibrate`, never for students' work:
    `only` (checks' ids), `seed`, and `keep`, by which submissions share a worker (see sandbox/kept.py)."""

    assignment: Assignment
    kind: str
    only: tuple[str, ...] = ()
    seed: int = 0
    keep: bool = False

    def provenance(self) -> dict[str, str]:
        """Return what results of this setting are traced to."""
        traced = provenance_of(self.assignment, sandbox_of(self.kind), OFFICIAL)
        if self.only or self.seed:
            traced["trial"] = f"seed {self.seed}, {', '.join(self.only) or 'all checks'}"
        return {**traced, "warning": NO_WALL} if self.kind == "process" else traced


@cache
def sandbox_of(kind: str, keep: bool = False) -> Sandbox:
    """Return the sandbox called `docker`, `user` or `process`. Raises SandboxError.

    It lives as long as this process: a process of a pool grades many submissions, and neither asks for the
    image again nor ends a worker that it is to `keep`, which may be used for work that is trusted only.
    """
    if keep:
        return KeptSandbox(sandbox_of(kind))
    if kind == "user":
        from autograder.sandbox.user import UserSandbox  # not to be had on every system

        return UserSandbox()
    return DockerSandbox() if kind == "docker" else ProcessSandbox()


def choose_sandbox(kind: str, closed: Sequence[Path] = (), walled: bool = False) -> tuple[str, str]:
    """Return the sandbox to use, and a warning when `auto` fell back. Raises SandboxError.

    For `user`, takes the right to read `closed` from group and others. Where others of the class were graded
    behind a wall (`walled`), `auto` does not fall back: all of them would be graded again, without one.
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
        return "process", f"{error}. Going on in the process sandbox: {NO_WALL}."
    assert isinstance(docker, DockerSandbox)
    with suppress(SandboxError):  # somebody else sweeps, or it is not allowed
        docker.sweep()
    return "docker", ""
