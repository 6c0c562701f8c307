"""Speaking with the Docker engine: what cannot be done is told with its cause and what to do next."""

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
    """Have `folder` hold Docker's own settings, and no variable say where the engine is."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(folder))


def context_lab(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Have the current context be `lab`, whose engine is to be at folder/lab.sock."""
    from docker.context import ContextAPI

    settings(monkeypatch, folder)
    (folder / "config.json").write_text("{}")
    ContextAPI.create_context("lab", host=f"unix://{folder}/lab.sock")
    monkeypatch.setenv("DOCKER_CONTEXT", "lab")


def test_an_engine_that_is_not_there_is_told_with_its_place_and_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    told = r"answers at unix:///nowhere.sock \(No such file or directory\); install one.*--sandbox process on"
    with pytest.raises(SandboxError, match=f"no Docker engine {told}"):
        DockerSandbox("any:1").identity()


def test_an_engine_that_hangs_is_told_with_its_remedy(
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


def test_a_machine_without_the_engines_library_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker.errors", None)
    told = r"needs the Python package docker, .*: pip install 'latent-lab\[staff\]', or use --sandbox"
    with pytest.raises(SandboxError, match=told):
        engine.version()


@pytest.mark.parametrize("host", ["ssh://ada@engines", "npipe:////./pipe/docker_engine"])
def test_an_engine_that_workers_cannot_be_spoken_with_through_is_refused(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    with pytest.raises(
        SandboxError, match=rf"expected .*\(unix://\) .*, got {host}: .* or bring its socket:"
    ):
        engine.version()


def test_an_engine_behind_tls_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://engines:2376")
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    with pytest.raises(SandboxError, match="got tcp://engines:2376 with DOCKER_TLS_VERIFY: workers"):
        engine.version()


def test_a_context_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings(monkeypatch, tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "lab"}))
    with pytest.raises(SandboxError, match="the Docker context lab to lead to an engine, got none; see"):
        engine.version()


@pytest.mark.parametrize(
    ("meta", "told"),
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
            "expected the Docker context lab to lead to an en",
        ),
    ],
)
def test_contexts_that_are_not_as_they_were_written_are_told(
    meta: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    context_lab(monkeypatch, tmp_path)
    (path,) = tmp_path.rglob("meta.json")
    path.write_text(meta)
    for ask in (engine.version, DockerSandbox("any:1").identity):
        with pytest.raises(SandboxError, match=told):
            ask()


def test_no_current_context_is_the_usual_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings(monkeypatch, tmp_path)
    (tmp_path / "config.json").write_text('{"currentContext": ""}')
    assert engine.address().startswith("unix://")


def test_the_engine_of_the_current_context_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    context_lab(monkeypatch, tmp_path)
    with pytest.raises(SandboxError, match=f"no Docker engine answers at unix://{tmp_path}/lab.sock"):
        engine.version()


def test_an_image_that_is_not_there_is_none(docker: DockerSandbox) -> None:
    assert engine.image_id("nowhere:1") is None
    assert engine.image_id(docker.image) == docker.identity()
