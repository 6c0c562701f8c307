"""Speaks with the Docker engine that `docker` would speak with, by the engine's own library for Python."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autograder.errors import SandboxError

if TYPE_CHECKING:
    from docker import APIClient

ANSWER_SECONDS = 30.0  # for an engine to answer a question
NO_LIBRARY = (
    "grading in Docker needs the Python package docker, which cannot be imported here ({why}): "
    "pip install 'latent-lab[staff]', or use --sandbox process on work that you trust"
)
NO_ENGINE = (
    "no Docker engine answers at {where} ({why}); install one (Docker Desktop, or your system's docker.io "
    "package), start it and let this user reach it, or use --sandbox process on work that you trust"
)
NO_CONTEXT = "expected the Docker context {name} to lead to an engine, got none; see `docker context ls`"
ODD_CONTEXT = "Docker's contexts cannot be read here ({why}); see `docker context ls`, or set DOCKER_HOST"
NO_STREAM = (
    "expected a Docker engine at a socket (unix://) or a plain address (tcp://), got {where}: workers cannot "
    "be spoken with through TLS, ssh or a named pipe. Grade on the engine's machine, or bring its socket: "
    "ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST, and DOCKER_HOST=unix:///tmp/docker.sock"
)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn whatever goes wrong between this process and the engine into a SandboxError."""
    try:
        from docker.errors import APIError, DockerException
        from requests import RequestException
    except ImportError as error:
        raise SandboxError(NO_LIBRARY.format(why=error)) from error
    try:
        yield
    except APIError as error:  # it answered, and refused
        raise SandboxError(str(error.explanation or error)) from error
    except (DockerException, RequestException, OSError) as error:
        raise SandboxError(NO_ENGINE.format(where=address(), why=_cause_of(error))) from error


def _cause_of(error: BaseException) -> str:
    """Return what the system said, where that is beneath the library's own words."""
    beneath: BaseException | None = error
    while beneath is not None:
        if isinstance(beneath, OSError) and beneath.strerror:
            return beneath.strerror
        reasons = [reason for reason in beneath.args if isinstance(reason, BaseException)]
        beneath = reasons[-1] if reasons else beneath.__cause__ or beneath.__context__
    return str(error)


def address() -> str:
    """Return where the engine is: DOCKER_HOST, or what the context says. Raises SandboxError."""
    from docker.context import ContextAPI
    from docker.context.config import get_current_context_name

    if host := os.environ.get("DOCKER_HOST"):
        return host
    try:
        name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name() or "default"
        context = ContextAPI.get_context(name)
        host, tls = (context.Host, context.TLSConfig) if context else (None, None)
    except Exception as error:  # the library raises what it likes where its files are not as it wrote them
        raise SandboxError(ODD_CONTEXT.format(why=error or type(error).__name__)) from error
    if host is None:
        raise SandboxError(NO_CONTEXT.format(name=name))
    return ("TLS at " if tls else "") + host.removeprefix("http+")


def connect(seconds: float | None = None) -> APIClient:
    """Return a client of the engine, to be closed, that waits ANSWER_SECONDS, or `seconds`, for each answer.

    Raises SandboxError where no engine answers, or where it is such that no worker could be spoken with.
    """
    with answering():
        from docker import APIClient

        where = address()
        verified = " with DOCKER_TLS_VERIFY" if os.environ.get("DOCKER_TLS_VERIFY") else ""
        if verified or not where.startswith(("unix://", "tcp://", "http://")):
            raise SandboxError(NO_STREAM.format(where=where + verified))
        return APIClient(where, timeout=seconds or ANSWER_SECONDS)


def version() -> str:
    """Return the engine's version. Raises SandboxError when none answers."""
    with answering(), contextlib.closing(connect()) as client:
        return client.version()["Version"]


def image_id(image: str) -> str | None:
    """Return the content address of `image`, or None where it is not there. Raises SandboxError."""
    with answering(), contextlib.closing(connect()) as client:
        from docker.errors import ImageNotFound

        try:
            return client.inspect_image(image)["Id"]
        except ImageNotFound:
            return None
