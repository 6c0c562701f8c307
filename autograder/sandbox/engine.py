"""The one way to speak with the Docker engine that `docker` would use, by the engine's own Python library."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

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


@contextlib.contextmanager
def client(seconds: float | None = None) -> Iterator[APIClient]:
    """Yield what `connect` returns, and close it. Raises SandboxError for whatever goes wrong meanwhile."""
    with answering(), contextlib.closing(connect(seconds)) as one:
        yield one


def version() -> str:
    """Return the engine's version. Raises SandboxError when none answers."""
    with client() as one:
        return one.version()["Version"]


def processor() -> str:
    """Return the engine's own word for its processor. Raises SandboxError when none answers."""
    with client() as one:
        return one.version()["Arch"]


def image_id(image: str) -> str | None:
    """Return the content address of `image`, or None where it is not there. Raises SandboxError."""
    found = _inspected(image)
    return found["Id"] if found else None


def image_label(image: str, name: str) -> str | None:
    """Return a label of `image`, or None where image or label is not there. Raises SandboxError."""
    found = _inspected(image) or {}
    return (found.get("Config", {}).get("Labels") or {}).get(name)


def _inspected(image: str) -> dict[str, Any] | None:
    with client() as one:
        from docker.errors import NotFound

        try:
            return one.inspect_image(image)
        except NotFound:
            return None


def pull(image: str) -> None:
    """Pull `image`, for as long as that takes. Raises SandboxError with the engine's words."""
    with client() as one:
        _followed(one.pull(image, stream=True, decode=True))


def build(
    context: Iterable[bytes], tag: str, labels: Mapping[str, str], arguments: Mapping[str, str]
) -> None:
    """Build an image by the classic builder from a tar file that is streamed to it; no network is there.

    Waits for as long as that takes. Raises SandboxError with what the builder said.
    """
    how = {"custom_context": True, "network_mode": "none", "rm": True, "forcerm": True, "decode": True}
    with client() as one:
        said = one.build(fileobj=context, tag=tag, labels=dict(labels), buildargs=dict(arguments), **how)
        _followed(said)


def _followed(said: Iterable[dict[str, Any]]) -> None:
    """Read the engine's progress to its end. Raises SandboxError with all of it if it tells an error."""
    log = []
    for line in said:
        failed = line.get("error") or line.get("message")  # the latter where it did not even begin
        log.append(str(line.get("stream") or failed or ""))
        if failed:
            raise SandboxError("".join(log).strip())


def prune_images(label: str) -> None:
    """Remove the images without a name that have `label`. Raises SandboxError."""
    with client() as one:
        one.prune_images({"label": label, "dangling": True})
