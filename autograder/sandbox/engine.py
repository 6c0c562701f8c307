"""Speaks with the Docker engine through its own library, which knows contexts, remote engines and Windows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autograder.errors import SandboxError

if TYPE_CHECKING:
    from docker import APIClient

ANSWER_SECONDS = 30.0  # for an engine to answer a question
NO_ENGINE = (
    "no Docker engine answers ({why}); install one (Docker Desktop, or your system's docker.io package), "
    "start it and let this user reach it, or use --sandbox process on work that you trust"
)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn whatever goes wrong between this process and the engine into a SandboxError."""
    try:
        from docker.errors import APIError, DockerException
        from requests import RequestException
    except ImportError as error:
        why = f"the library that speaks with one is not installed: {error}"
        raise SandboxError(NO_ENGINE.format(why=why)) from error
    try:
        yield
    except APIError as error:  # it answered, and refused
        raise SandboxError(str(error.explanation or error)) from error
    except (DockerException, RequestException, OSError) as error:
        raise SandboxError(NO_ENGINE.format(why=_cause_of(error))) from error


def _cause_of(error: BaseException) -> str:
    """Return what the system said, where that is beneath the library's own words."""
    beneath: BaseException | None = error
    while beneath is not None:
        reasons = [reason for reason in beneath.args if isinstance(reason, BaseException)]
        if isinstance(beneath, OSError) and beneath.strerror:
            return f"{beneath.strerror}: {beneath.filename}" if beneath.filename else beneath.strerror
        beneath = reasons[-1] if reasons else beneath.__cause__ or beneath.__context__
    return str(error)


def connect(seconds: float | None = None) -> APIClient:
    """Return a client of the engine that `docker` would use, which waits `seconds` for each answer.

    Raises SandboxError where none answers in ANSWER_SECONDS, or in `seconds`.
    """
    with answering():
        import docker

        return docker.from_env(timeout=seconds or ANSWER_SECONDS, use_ssh_client=True).api


def version() -> str:
    """Return the engine's version. Raises SandboxError when none answers."""
    with answering():
        return connect().version()["Version"]


def image_id(image: str) -> str | None:
    """Return the content address of `image`, or None where it is not there. Raises SandboxError."""
    with answering():
        from docker.errors import ImageNotFound

        try:
            return connect().inspect_image(image)["Id"]
        except ImageNotFound:
            return None
