"""All access to the Docker engine that `docker` would use, through the engine's official Python library."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograder.errors import SandboxError

if TYPE_CHECKING:
    from docker import APIClient

ANSWER_SECONDS = 30.0  # for an engine to answer a request
NO_LIBRARY = (
    "grading in Docker needs the Python package docker, which cannot be imported here ({why}); "
    "run pip install 'latent-lab[staff]', or use --sandbox process for work that you trust"
)
NO_ENGINE = (
    "no Docker engine answers at {where} ({why}); install one (Docker Desktop, or your system's docker.io "
    "package), start it and give this user access, or use --sandbox process for work that you trust"
)
NO_CONTEXT = "expected the Docker context {name} to name an engine, got none; see `docker context ls`"
ODD_CONTEXT = "Docker's contexts cannot be read here ({why}); see `docker context ls`, or set DOCKER_HOST"
NO_STREAM = (
    "expected a Docker engine at a socket (unix://) or a plain address (tcp://), got {where}: workers do not "
    "support TLS, ssh or named pipes. Grade on the engine's machine, or forward its socket: "
    "ssh -NL /tmp/docker.sock:/var/run/docker.sock HOST, and DOCKER_HOST=unix:///tmp/docker.sock"
)


@contextlib.contextmanager
def answering() -> Iterator[None]:
    """Turn any error between this process and the engine into a SandboxError."""
    try:
        from docker.errors import APIError, DockerException
        from requests import RequestException
    except ImportError as error:
        raise SandboxError(NO_LIBRARY.format(why=error)) from error
    try:
        yield
    except APIError as error:  # the engine refused the request
        raise SandboxError(str(error.explanation or error)) from error
    except (DockerException, RequestException, OSError) as error:
        raise SandboxError(NO_ENGINE.format(where=address(), why=_cause_of(error))) from error


def _cause_of(error: BaseException) -> str:
    """Return the system's error message if one caused the library's error, otherwise the library's."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        reasons = [reason for reason in cause.args if isinstance(reason, BaseException)]
        cause = reasons[-1] if reasons else cause.__cause__ or cause.__context__
    return str(error)


def address() -> str:
    """Return the engine's address from DOCKER_HOST or the current context. Raises SandboxError."""
    from docker.context import ContextAPI
    from docker.context.config import get_current_context_name

    if host := os.environ.get("DOCKER_HOST"):
        return host
    try:
        name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name() or "default"
        context = ContextAPI.get_context(name)
        host, tls = (context.Host, context.TLSConfig) if context else (None, None)
    except Exception as error:  # the library raises errors of any type if its files are damaged
        raise SandboxError(ODD_CONTEXT.format(why=error or type(error).__name__)) from error
    if host is None:
        raise SandboxError(NO_CONTEXT.format(name=name))
    return ("TLS at " if tls else "") + host.removeprefix("http+")


def connect(seconds: float | None = None) -> APIClient:
    """Return a client that waits `seconds`, or ANSWER_SECONDS, for each answer; close it after use.

    Raises SandboxError if no engine answers, or if workers cannot be reached through its address.
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
    """Yield a client from `connect`, and close it. Raises SandboxError for any error meanwhile."""
    with answering(), contextlib.closing(connect(seconds)) as connected:
        yield connected


def version() -> str:
    """Return the engine's version. Raises SandboxError if none answers."""
    with client() as docker:
        return docker.version()["Version"]


def processor() -> str:
    """Return the engine's name for its processor. Raises SandboxError if none answers."""
    with client() as docker:
        return docker.version()["Arch"]


def image_id(image: str) -> str | None:
    """Return the content address of `image`, or None if it is missing. Raises SandboxError."""
    details = _inspected(image)
    return details["Id"] if details else None


def image_label(image: str, name: str) -> str | None:
    """Return a label of `image`, or None if the image or the label is missing. Raises SandboxError."""
    details = _inspected(image) or {}
    return (details.get("Config", {}).get("Labels") or {}).get(name)


def _inspected(image: str) -> dict[str, Any] | None:
    with client() as docker:
        from docker.errors import NotFound

        try:
            return docker.inspect_image(image)
        except NotFound:
            return None


def pull(image: str) -> None:
    """Pull `image`, however long that takes. Raises SandboxError with the engine's message."""
    with client() as docker:
        _follow(docker.pull(image, stream=True, decode=True))


def build(
    context: Iterable[bytes], tag: str, labels: Mapping[str, str], arguments: Mapping[str, str]
) -> None:
    """Build an image with the classic builder from a streamed tar file, without a network.

    Waits however long that takes. Raises SandboxError with the builder's output.
    """
    how = {"custom_context": True, "network_mode": "none", "rm": True, "forcerm": True, "decode": True}
    with client() as docker:
        _follow(docker.build(fileobj=context, tag=tag, labels=dict(labels), buildargs=dict(arguments), **how))


def output(image: str, command: Sequence[str]) -> str:
    """Run a command in a container of `image`, without a network, and return what it prints.

    Raises SandboxError with that, or with the engine's message, if the command fails.
    """
    with client() as docker:
        alone = docker.create_host_config(network_mode="none")
        container = docker.create_container(image, entrypoint=list(command), host_config=alone)
        try:
            docker.start(container)
            status = docker.wait(container)["StatusCode"]
            said: str = docker.logs(container).decode(errors="replace")
        finally:
            docker.remove_container(container, force=True)
    if status:
        raise SandboxError(said.strip())
    return said


def _follow(progress: Iterable[dict[str, Any]]) -> None:
    """Read the engine's progress to its end. Raises SandboxError with all of it if it reports an error."""
    log = []
    for line in progress:
        failed = line.get("error") or line.get("message")  # the latter if it did not even begin
        log.append(str(line.get("stream") or failed or ""))
        if failed:
            raise SandboxError("".join(log).strip())


def prune_images(label: str) -> None:
    """Remove the unnamed images that have `label`. Raises SandboxError."""
    with client() as docker:
        docker.prune_images({"label": label, "dangling": True})
