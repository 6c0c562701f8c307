"""Access to the Docker engine: every failure is reported with its cause and what to do next."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

from autograder.errors import SandboxError
from autograder.sandbox import engine
from autograder.sandbox.docker import DockerSandbox


def settings(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Use `folder` for Docker's settings, and unset the variable with the engine's address."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))


def context_lab(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Make `lab` the current context, with its engine at folder/lab.sock."""
    from docker.context import ContextAPI

    settings(monkeypatch, folder)
    (folder / "config.json").write_text("{}")
    ContextAPI.create_context("lab", host=f"unix://{folder}/lab.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "lab")


def test_a_missing_engine_is_reported_with_its_address_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    message = (
        r"answers at unix:///nowhere.sock \(No such file or directory\); install one.*--sandbox process for"
    )
    with pytest.raises(SandboxError, match=f"no Docker engine {message}"):
        DockerSandbox("any:1").identity()


def test_a_hanging_engine_is_reported_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(engine, "ANSWER_SECONDS", 0.2)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "engine.sock"))
        listener.listen(50)
        for ask in (engine.version, DockerSandbox("any:1").identity):
            with pytest.raises(SandboxError, match=r"no Docker engine answers at .*[Tt]imed out.*; install"):
                ask()


def test_a_missing_docker_library_is_reported_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker.errors", None)
    message = r"needs the Python package docker, .*; run pip install 'latent-lab\[staff\]', or use --sandbox"
    with pytest.raises(SandboxError, match=message):
        engine.version()


@pytest.mark.parametrize("host", ["ssh://ada@engines", "npipe:////./pipe/docker_engine"])
def test_an_engine_through_which_workers_cannot_be_reached_is_refused(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(
        SandboxError, match=rf"expected .*\(unix://\) .*, got {host}: .* or forward its socket:"
    ):
        engine.version()


def test_an_engine_behind_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://engines:2376")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    with pytest.raises(SandboxError, match="got tcp://engines:2376 with DOCKER_TLS_VERIFY: workers"):
        engine.version()


def test_a_missing_context_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings(monkeypatch, tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "lab"}))
    with pytest.raises(SandboxError, match="the Docker context lab to name an engine, got none; see"):
        engine.version()


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        (
            "{ cut sho",
            r"Docker's contexts cannot be read here \(.*\); see `docker context ls`, or set DOCKER_H",
        ),
        (
            '{"Name": "lab", "Metadata": {"StackOrchestrator": "x"}, "Endpoints": {"docker": {}}}',
            "contexts cannot be read",
        ),
        (
            '{"Name": "lab", "Metadata": {}, "Endpoints": {"x": {}}}',
            "expected the Docker context lab to name an engine",
        ),
    ],
)
def test_damaged_contexts_are_reported(
    meta: str, message: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context_lab(monkeypatch, tmp_path)
    (path,) = tmp_path.rglob("meta.json")
    path.write_text(meta)
    for ask in (engine.version, DockerSandbox("any:1").identity):
        with pytest.raises(SandboxError, match=message):
            ask()


def test_an_empty_current_context_means_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings(monkeypatch, tmp_path)
    (tmp_path / "config.json").write_text('{"currentContext": ""}')
    assert engine.address().startswith("unix://")


def test_the_engine_of_the_current_context_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context_lab(monkeypatch, tmp_path)
    with pytest.raises(SandboxError, match=f"no Docker engine answers at unix://{tmp_path}/lab.sock"):
        engine.version()


def test_the_id_of_a_missing_image_is_none(docker: DockerSandbox) -> None:
    assert engine.image_id("nowhere:1") is None
    assert engine.image_id(docker.image) == docker.identity()
