"""The search finds secrets wherever in a file they are; lines shared with the template are not secret."""

from __future__ import annotations

import base64
import json
import py_compile
import zlib
from pathlib import Path

import pytest

from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import archive, leaks


@pytest.fixture(scope="module")
def secrets(paths: Paths, assignment: Assignment) -> dict[str, str]:
    return leaks.secrets(paths, assignment)


def of(secrets: dict[str, str], origin: str) -> str:
    return next(line for line, text in secrets.items() if origin in text)


def test_secrets_of_every_kind_are_computed(secrets: dict[str, str]) -> None:
    for origin in (
        "the solution",
        "hidden checks in test_model.py",
        "the part of sweeps.py that only hidden checks use",
    ):
        assert of(secrets, origin)
    assert of(secrets, "drawn for the hidden checks")
    assert secrets["solutions/latent_space/"] == "a staff path"
    assert "return((x_hat-x)**2).mean()" in secrets


def test_lines_shared_with_the_template_are_not_secret(
    secrets: dict[str, str], bundle: dict[str, bytes]
) -> None:
    assert "AutoencoderWithAnalysis(nn.Module):" not in secrets
    assert leaks.search(bundle, secrets) == []


SECRET = "    return ((x_hat - x) ** 2).mean()  # as it stands"


def hidden_in_a_zip(tmp_path: Path) -> dict[str, bytes]:
    inner = archive.zipped({"deep/notes.txt": SECRET.encode()})
    return {"bundle.zip": archive.zipped({"more.zip": inner})}


def hidden_in_an_output(tmp_path: Path) -> dict[str, bytes]:
    trace = {"output_type": "error", "traceback": ["----> 1 " + SECRET.replace("(", "\u0028")]}
    return {"work.ipynb": json.dumps({"cells": [{"outputs": [trace]}]}).encode()}


def hidden_in_metadata(tmp_path: Path) -> dict[str, bytes]:
    words = SECRET.split(" ** ")
    return {"work.ipynb": json.dumps({"metadata": {"kept": [words[0] + " ** ", words[1]]}}).encode()}


def hidden_in_git(tmp_path: Path) -> dict[str, bytes]:
    return {"objects/ab/cdef": zlib.compress(b"blob 99\0" + SECRET.encode())}


def hidden_in_base64(tmp_path: Path) -> dict[str, bytes]:
    return {"page.html": b"data:;base64," + base64.b64encode(SECRET.encode() * 2)}


def hidden_in_utf16(tmp_path: Path) -> dict[str, bytes]:
    return {"notes.txt": SECRET.encode("utf-16")}


def hidden_in_bytecode(tmp_path: Path) -> dict[str, bytes]:
    (tmp_path / "m.py").write_text(f"def mse_loss(x_hat, x):\n{SECRET}\n")
    made = py_compile.compile(str(tmp_path / "m.py"), cfile=str(tmp_path / "m.pyc"))
    return {"m.pyc": Path(str(made)).read_bytes()}


@pytest.mark.parametrize(
    "hide",
    [
        hidden_in_a_zip,
        hidden_in_an_output,
        hidden_in_metadata,
        hidden_in_git,
        hidden_in_base64,
        hidden_in_utf16,
        hidden_in_bytecode,
    ],
)
def test_a_line_of_the_solution_is_found(hide, tmp_path: Path, secrets: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    files = hide(tmp_path)
    leaked = leaks.search(files, secrets)
    assert leaked
    assert str(leaked[0]).startswith(next(iter(files)))


def test_hidden_checks_values_and_paths_are_found(secrets: dict[str, str], paths: Paths) -> None:
    hidden = of(secrets, "hidden checks in test_model.py")
    values = of(secrets, "drawn for the hidden checks")
    for text in (hidden, f"[{values}]", "see solutions/latent_space/answers.md", f"{paths.root}/x"):
        assert leaks.search({"page.md": text.encode()}, secrets), text


@pytest.mark.parametrize(
    "name", [".git/HEAD", "kit/__pycache__/a.cpython-311.pyc", ".ipynb_checkpoints/a.ipynb"]
)
def test_files_that_may_contain_anything_are_refused(name: str) -> None:
    (leak,) = leaks.search({name: b""}, {})
    assert str(leak) == f"{name} is not a file for students"


def test_a_folder_is_searched(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("the secret")
    (leak,) = leaks.in_folder(tmp_path, {"thesecret": "a test"})
    assert leak.place == "a.txt"
