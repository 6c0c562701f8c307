"""The worker image: its allowlist, hash and tar, its messages when something is missing, and a real build."""

import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from typing import Any

import pytest
from click.testing import CliRunner

from autograder.cli import main
from autograder.errors import KitError
from autograder.sandbox import engine, image
from autograder.sandbox.docker import DockerSandbox

LOCKED_DOWN = [
    "--network=none",
    "--read-only",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--tmpfs=/tmp",
]


CONTEXT = "autograder/sandbox/context"
CODE = (
    *("autograder/__init__.py", "autograder/errors.py", "autograder/wire.py"),
    *("autograder/worker/__init__.py", "autograder/worker/__main__.py"),
)
STARTUP = "autograder/worker/latent_lab.pth"


def checkout(root: Path) -> Path:
    """A small checkout: a worker that imports two files, and what stands beside it in a real one."""
    names = [*CODE, STARTUP, "autograder/worker/unused.py", "autograder/suites/one/hidden/test_a.py"]
    names += ["reference/model.py", "autograder/worker/__pycache__/__main__.cpython-311.pyc"]
    names += [f"{CONTEXT}/{name}" for name in (*image.libs_context(), "libs.Dockerfile")]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(f"# {name}\n")
    (root / "autograder/worker/__main__.py").write_text("import autograder.errors, autograder.wire\n")
    return root


def engine_that_says(
    answers: dict[str, tuple[int, Any]], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Serve an engine at a socket in `folder`; `answers` maps ends of paths to a status and JSON lines."""
    known = {"/version": (200, {"ApiVersion": "1.41", "Version": "20.10", "Arch": "amd64"}), **answers}

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Log nothing."""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            status, said = next(
                (a for end, a in known.items() if path.endswith(end)), (404, {"message": "no such thing"})
            )
            lines = [json.dumps(line).encode() for line in (said if isinstance(said, list) else [said])]
            self.send_response(status)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"".join(b"%x\r\n%s\r\n" % (len(line), line) for line in [*lines, b""]))

        def do_POST(self) -> None:
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline(), 16):
                    self.rfile.read(size + 2)
                self.rfile.readline()
            self.do_GET()

    place = folder / "engine.sock"
    server = ThreadingUnixStreamServer(str(place), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")


def test_only_the_worker_and_its_imports_go_in(tmp_path: Path) -> None:
    context = image.worker_context(checkout(tmp_path))
    assert set(context) == {"Dockerfile", "code/latent_lab.pth", *(f"code/{name}" for name in CODE)}


def test_this_checkout_sends_no_answer() -> None:
    names = set(image.worker_context()) - {"Dockerfile", "code/latent_lab.pth"}
    beside = {name for name in names if not name.startswith("code/autograder/worker/")}
    assert beside == {f"code/autograder/{name}" for name in ("__init__.py", "errors.py", "wire.py")}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    (root / "autograder/wire.py").unlink()
    told = r"worker/__main__\.py: expected the module autograder\.wire, found no such"
    with pytest.raises(KitError, match=told):
        image.worker_context(root)
    (root / STARTUP).unlink()
    with pytest.raises(KitError, match=r"expected a file at .*latent_lab\.pth, found none"):
        image.worker_context(root)


def test_the_hash_depends_on_names_contents_and_what_is_below(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("a")
    two.write_text("b")
    hashes = [
        image.inputs_hash({"x": one}, "base"),
        image.inputs_hash({"x": two}, "base"),
        image.inputs_hash({"y": one}, "base"),
        image.inputs_hash({"x": one}, "other base"),
        image.inputs_hash({"x": one, "y": two}, "base"),
    ]
    assert len(set(hashes)) == len(hashes)


def test_the_hash_does_not_depend_on_the_folder(tmp_path: Path) -> None:
    here, there = checkout(tmp_path / "here"), checkout(tmp_path / "there")
    assert image.inputs_hash(image.worker_context(here)) == image.inputs_hash(image.worker_context(there))


def test_the_images_name_depends_on_every_file_that_goes_in(tmp_path: Path) -> None:
    root = checkout(tmp_path)
    names = {image.worker_image(root)}
    for changed in ("autograder/wire.py", f"{CONTEXT}/constraints.txt", f"{CONTEXT}/Dockerfile", STARTUP):
        (root / changed).write_text("# another\n")
        names.add(image.worker_image(root))
    assert len(names) == 5


def test_the_tar_depends_only_on_names_and_contents(tmp_path: Path) -> None:
    tars = []
    for place, date in (("here", 1), ("there", 1_000_000)):
        context = image.worker_context(checkout(tmp_path / place))
        for path in context.values():
            os.utime(path, (date, date))
        tars.append(b"".join(image.tar_of(context)))
    assert tars[0] == tars[1]
    with tarfile.open(fileobj=io.BytesIO(tars[0])) as tar:
        assert tar.getnames() == sorted(context)
        for name, path in context.items():
            file = tar.extractfile(name)
            assert file is not None
            assert file.read() == path.read_bytes()


def test_wheels_are_requested_for_linux_on_every_machine(tmp_path: Path) -> None:
    command = image.download_command(tmp_path, "aarch64", "3.12", torch_index=None)
    assert {"manylinux_2_28_aarch64", "manylinux2014_aarch64", "--only-binary=:all:"} <= set(command)
    assert {"3.12", "cp312"} <= set(command)
    assert not [word for word in command if "x86_64" in word or "index-url" in word]


def test_an_index_for_torch_is_passed_to_pip(tmp_path: Path) -> None:
    command = image.download_command(tmp_path, "x86_64", "3.13", torch_index="file:///wheels")
    assert command[-2:] == ["--extra-index-url", "file:///wheels"]


def test_wheels_are_downloaded_once_and_older_sets_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def pip(command: list[str]) -> None:
        wheels = Path(command[command.index("--dest") + 1])
        wheels.mkdir()
        (wheels / "torch.whl").write_text("")
        calls.append("pip")

    monkeypatch.setattr(image, "_run_pip", pip)
    (tmp_path / "wheels-x86_64-older").mkdir()
    for _ in range(2):
        assert list(image.fetch_wheels("x86_64", "3.13", None, print, cache=tmp_path)) == ["wheels/torch.whl"]
    assert calls == ["pip"]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failed_download_leaves_nothing_and_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = [sys.executable, "-c", "import sys; sys.exit('no such version')"]
    monkeypatch.setattr(image, "download_command", lambda *_: failing)
    with pytest.raises(KitError, match="no such version"):
        image.fetch_wheels("x86_64", "3.13", None, print, cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_missing_engine_is_reported_with_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    message = r"no Docker engine answers at .*none\.sock \(No such file.*\); install one .*--sandbox process"
    with pytest.raises(image.NoEngineError, match=message):
        image.build()


def test_no_docker_command_is_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine_that_says({"/json": (200, {"Id": "sha256:1"})}, tmp_path, monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert image.engine_machine() == "x86_64"
    assert image.resolve_base("mine", print) == ("mine", "sha256:1")


@pytest.mark.docker
def test_the_image_has_the_python_of_its_base(docker: DockerSandbox) -> None:
    python = image.python_of(docker.image)
    assert python in image.PYTHONS
    code = engine.output(docker.image, ("ls", f"/opt/venv/lib/python{python}/site-packages/autograder"))
    assert "worker" in code.split()


@pytest.mark.docker
def test_a_base_without_a_python_that_fits_is_refused(
    docker: DockerSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "VERSION", "print('3.9')")
    told = (
        r"expected a base image with Python 3\.11 to 3\.14, got 3\.9 in latentlab-.*; name another \(--base"
    )
    with pytest.raises(KitError, match=told):
        image.python_of(docker.image)
    monkeypatch.setattr(image, "VERSION", "import sys; sys.exit('no Python here')")
    with pytest.raises(KitError, match=r"got none \(no Python here\) in"):
        image.python_of(docker.image)


def test_an_engine_with_another_processor_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"/version": (200, {"ApiVersion": "1.41", "Arch": "s390x"})}
    engine_that_says(other, tmp_path, monkeypatch)
    with pytest.raises(KitError, match=r"expected an engine on one of .*aarch64.*, got s390x"):
        image.build()


@pytest.mark.parametrize(
    "refusal", [(404, {"message": "denied"}), (200, [{"status": "…"}, {"error": "denied"}])]
)
def test_a_base_that_cannot_be_pulled_is_reported_with_what_to_do(
    refusal: tuple[int, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_that_says({"/images/create": refusal}, tmp_path, monkeypatch)
    with pytest.raises(KitError, match=r"(?s)expected the base image mine.*denied.*--base IMAGE"):
        image.resolve_base("mine", print)


def test_a_failed_build_shows_the_engines_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    progress = [{"stream": "Step 3\n"}, {"error": "step 3 broke"}]
    engine_that_says({"/build": (200, progress)}, tmp_path, monkeypatch)
    with pytest.raises(KitError, match=r"worker image: building tag failed:\nStep 3\nstep 3 broke"):
        image._build_image({"Dockerfile": image.CHECKOUT / CONTEXT / "Dockerfile"}, "tag", "inputs")


def test_a_refused_build_shows_the_engines_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine_that_says({"/build": (400, {"message": "no Dockerfile"})}, tmp_path, monkeypatch)
    with pytest.raises(KitError, match=r"building tag failed:\nno Dockerfile"):
        image._build_image({}, "tag", "inputs")


@pytest.mark.parametrize(("flags", "status"), [([], 2), (["--if-engine"], 0)])
def test_the_command_ends_as_asked_without_an_engine(
    flags: list[str], status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    done = CliRunner().invoke(main, ["image", *flags])
    assert done.exit_code == status
    assert "no Docker engine" in done.stderr


@pytest.fixture(scope="module")
def built() -> str:
    """The worker image; skips without an engine, or fails with LATENTLAB_REQUIRE_DOCKER=1."""
    try:
        return image.build(say=lambda _: None)
    except image.NoEngineError as error:
        (pytest.fail if os.environ.get("LATENTLAB_REQUIRE_DOCKER") == "1" else pytest.skip)(str(error))


def python_inside(built: str, program: str) -> str:
    command = [
        "docker",
        "run",
        "-i",
        "--rm",
        *LOCKED_DOWN,
        "--entrypoint=/opt/venv/bin/python",
        built,
        "-I",
        "-",
    ]
    done = subprocess.run(command, input=program, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.docker
def test_the_image_imports_what_students_may_use(built: str) -> None:
    program = (
        "import torch, torchvision, matplotlib.pyplot, sklearn.manifold, kneed, tqdm, IPython\n"
        "from torchvision import datasets, transforms\n"
        "print(torch.__version__.split('+')[0], torch.get_num_threads())\n"
    )
    assert python_inside(built, program).split() == ["2.13.0", "1"]


@pytest.mark.docker
def test_the_image_has_no_answer_no_root_and_no_setuid_program(built: str) -> None:
    program = (
        "import autograder, json, os, pathlib, importlib.util as u\n"
        "mine = sorted(p.name for p in pathlib.Path(autograder.__file__).parent.iterdir())\n"
        "files = [p for p in pathlib.Path('/usr').rglob('*') if p.is_file() and not p.is_symlink()]\n"
        "setuid = [str(p) for p in files if p.stat().st_mode & 0o6000]\n"
        "print(json.dumps([mine, u.find_spec('reference') is None, os.getuid(), setuid]))\n"
    )
    inside = json.loads(python_inside(built, program))
    assert inside == [["__init__.py", "__pycache__", "errors.py", "wire.py", "worker"], True, 65534, []]


@pytest.mark.docker
def test_an_image_that_is_up_to_date_is_not_built_again(built: str) -> None:
    said: list[str] = []
    image.build(say=said.append)
    assert said[-1].endswith("is up to date")
    assert not [text for text in said if text.startswith(("building", "installing", "downloading"))]
