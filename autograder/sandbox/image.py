"""The worker image: its contents, whether it is up to date, and how it is built.

Theory of operation. Two images, one on top of the other, so that rebuilding the worker's code takes seconds:

    base  ──▶  latentlab-libs:<hash>    the pinned libraries, installed offline from wheels downloaded here
          ──▶  latentlab-worker:<hash>  and the worker's own files

The tag is the hash of this checkout's files in the image, so two checkouts never grade with each other's
worker, and a stale image is never used because its tag differs. A label contains the hash of all inputs,
including the image below; an image with the right label is up to date. Both build contexts are streamed to
the engine as tar files made from an allowlist: anything not named here (a suite, the reference, a secret of
the machine) cannot get in.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import autograder
from autograder.errors import KitError, SandboxError
from autograder.records import sources
from autograder.records.places import CHECKOUT
from autograder.sandbox import engine

REPOSITORY = "latentlab-worker"
LIBS_REPOSITORY = "latentlab-libs"
LABEL = "latentlab.inputs"
PYTHONS = tuple(f"3.{minor}" for minor in range(autograder.OLDEST[1], autograder.NEWEST[1] + 1))
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"
DEFAULT_BASE = f"python:{autograder.GRADING}-slim-trixie"
LOCAL_BASE = "latentlab-base:bookworm"  # made by .ci/base-image on machines that cannot pull images

WORKER = "autograder.worker.__main__"  # it and its imports are the only kit code in the image
MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}
NEWEST_GLIBC = 36  # the minor version of glibc 2.x in the oldest base, Debian 12
STAGE = "latentlab.stage=install"  # the label of the intermediate image that a build of the libraries leaves
MOST_AT_ONCE = 1 << 20  # bytes

Context = Mapping[str, Path]  # name in the build context: file on this machine
Say = Callable[[str], None]


class NoEngineError(SandboxError):
    """No Docker engine answers on this machine, or none through which workers can be reached."""


# --- the contents: pure functions, no engine needed -----------------------------------------------------


def worker_context(root: Path = CHECKOUT) -> dict[str, Path]:
    """The worker image's build context: its Dockerfile, and the worker with what it imports, under code/."""
    startup = root / "autograder/worker/latent_lab.pth"
    if not startup.is_file() and (root / startup.name).is_file():
        startup = root / startup.name  # an installed kit has it beside the package
    rest = _existing({"Dockerfile": _context(root) / "Dockerfile", f"code/{startup.name}": startup})
    return {**rest, **{f"code/{name}": path for name, path in sources.closure(WORKER, root=root).items()}}


def libs_context(root: Path = CHECKOUT) -> dict[str, Path]:
    """The library image's build context without the wheels, which constraints.txt determines."""
    folder = _context(root)
    return _existing(
        {
            "Dockerfile": folder / "libs.Dockerfile",
            "requirements.txt": folder / "requirements.txt",
            "constraints.txt": folder / "constraints.txt",
        }
    )


def _context(root: Path) -> Path:
    return root / "autograder/sandbox/context"


def inputs_hash(context: Context, *below: str) -> str:
    """The SHA-256 of the names and contents in a context, and of the identifiers of what is `below` it."""
    total = hashlib.sha256()
    for word in [*below, *sorted(context)]:
        total.update(f"{len(word)}:{word}".encode())
        if word in context:
            total.update(hashlib.sha256(context[word].read_bytes()).digest())
    return total.hexdigest()


def worker_image(root: Path = CHECKOUT) -> str:
    """The name of this checkout's worker image, independent of the base it was built on."""
    libs = {f"libs/{name}": path for name, path in libs_context(root).items()}
    return f"{REPOSITORY}:{inputs_hash({**worker_context(root), **libs})[:12]}"


def tar_of(context: Context) -> Iterator[bytes]:
    """Yield the parts of a context as a tar file, which depends only on names and contents."""
    for name in sorted(context):
        info = tarfile.TarInfo(name)
        info.size = context[name].stat().st_size
        yield info.tobuf()
        with context[name].open("rb") as file:
            while part := file.read(MOST_AT_ONCE):
                yield part
        yield bytes(-info.size % tarfile.BLOCKSIZE)
    yield bytes(2 * tarfile.BLOCKSIZE)


def download_command(
    wheels: Path, machine: str, python: str, torch_index: str | None, root: Path = CHECKOUT
) -> list[str]:
    """The pip command that downloads the image's wheels, for CPython `python` on Linux, from any machine."""
    glibcs = [f"manylinux_2_{minor}_{machine}" for minor in range(NEWEST_GLIBC, 4, -1)]
    platforms = [*glibcs, f"manylinux2014_{machine}", f"linux_{machine}"]
    return [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--quiet", "--disable-pip-version-check"),
        *("--dest", str(wheels), "--only-binary=:all:", "--implementation", "cp", "--python-version", python),
        *(word for abi in ("cp" + python.replace(".", ""), "abi3", "none") for word in ("--abi", abi)),
        *(word for platform in platforms for word in ("--platform", platform)),
        *(
            "--constraint",
            str(_context(root) / "constraints.txt"),
            "--requirement",
            str(_context(root) / "requirements.txt"),
        ),
        *(("--extra-index-url", torch_index) if torch_index else ()),
    ]


def _existing(context: dict[str, Path]) -> dict[str, Path]:
    for path in context.values():
        if not path.is_file():
            raise KitError(f"worker image: expected a file at {path}, found none; restore the file")
    return context


# --- the wheels -----------------------------------------------------------------------------------------


def cache_folder() -> Path:
    """The folder for downloads shared by all clones: under XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "latentlab"


def fetch_wheels(
    machine: str, python: str, torch_index: str | None, say: Say, cache: Path | None = None
) -> dict[str, Path]:
    """Download the wheels once per set of pins and remove older sets; return them as part of a context."""
    cache = cache or cache_folder()
    pins = {name: path for name, path in libs_context().items() if name.endswith(".txt")}
    wheels = cache / f"wheels-{machine}-{inputs_hash(pins, python, torch_index or '')[:12]}"
    if not wheels.is_dir():
        say("downloading the pinned wheels")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            _run_pip(download_command(Path(scratch) / "wheels", machine, python, torch_index))
            for older in cache.glob(f"wheels-{machine}-*"):
                shutil.rmtree(older, ignore_errors=True)
            (Path(scratch) / "wheels").rename(wheels)
    return {f"wheels/{path.name}": path for path in wheels.iterdir()}


def _run_pip(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if done.returncode:
        raise KitError(f"worker image: pip could not download the pinned wheels:\n{_tail(done.stderr)}")


# --- the engine -----------------------------------------------------------------------------------------


def engine_machine() -> str:
    """The processor of the Docker engine's containers (x86_64, aarch64). Raises NoEngineError, KitError."""
    try:
        processor = engine.processor()
    except SandboxError as error:
        raise NoEngineError(str(error)) from error
    if processor not in MACHINES:
        raise KitError(f"worker image: expected an engine on one of {sorted(MACHINES)}, got {processor}")
    return MACHINES[processor]


def is_built(tag: str, inputs: str) -> bool:
    """Whether the image exists and its label says that it was built from these inputs."""
    return engine.image_label(tag, LABEL) == inputs


def resolve_base(base: str | None, say: Say) -> tuple[str, str]:
    """Name and id of the base image: the requested one, else a local one, else the default, pulled."""
    names = [base] if base else [LOCAL_BASE, DEFAULT_BASE]
    for name in names:
        if image_id := engine.image_id(name):
            return name, image_id
    say(f"pulling {names[-1]}")
    why = "it was pulled, but is still missing"
    try:
        engine.pull(names[-1])
    except SandboxError as error:
        why = _tail(str(error))
    if image_id := engine.image_id(names[-1]):
        return names[-1], image_id
    raise KitError(
        f"worker image: expected the base image {names[-1]}; it is missing and cannot be pulled:\n{why}\n"
        f"Name a local image (--base IMAGE, or BASE= with make); .ci/base-image makes {LOCAL_BASE}."
    )


def python_of(base: str) -> str:
    """The version of Python in a base image, such as 3.13. Raises KitError if the kit does not run on it."""
    try:
        found = engine.output(base, ("python3", "-c", VERSION)).strip()
    except SandboxError as error:
        found = f"none ({_tail(str(error))})"
    if found not in PYTHONS:
        raise KitError(
            f"worker image: expected a base image with Python {PYTHONS[0]} to {PYTHONS[-1]}, got {found} in "
            f"{base}; name another (--base IMAGE, or BASE= with make)"
        )
    return found


def _build_image(context: Context, tag: str, inputs: str, **arguments: str) -> None:
    """Stream a context to the engine's builder, which has no network and no files outside the context."""
    try:
        engine.build(tar_of(context), tag, {LABEL: inputs}, arguments)
    except SandboxError as error:
        raise KitError(f"worker image: building {tag} failed:\n{_tail(str(error))}") from error


def _tail(text: str, lines: int = 25) -> str:
    return "\n".join(text.strip().splitlines()[-lines:])


# --- building -------------------------------------------------------------------------------------------


def build(base: str | None = None, torch_index: str | None = None, say: Say = print) -> str:
    """Build the images that are out of date and return the worker image's id.

    Reads this checkout, downloads wheels into the user's cache, and stores images in the engine.
    Raises NoEngineError if no engine answers and KitError if a step fails.
    """
    machine = engine_machine()
    base, base_id = resolve_base(base, say)
    python = python_of(base)
    if python != autograder.GRADING:
        say(f"{base} has Python {python}; releases tell students that grading has {autograder.GRADING}")
    libs = _build_libs(machine, base, base_id, python, torch_index, say)
    return _build_worker(libs, python, say)


def _build_libs(machine: str, base: str, base_id: str, python: str, torch_index: str | None, say: Say) -> str:
    context = libs_context()
    inputs = inputs_hash(context, base_id)
    tag = f"{LIBS_REPOSITORY}:{inputs[:12]}"
    if not is_built(tag, inputs):
        wheels = fetch_wheels(machine, python, torch_index, say)
        say(f"installing {len(wheels)} wheels over {base} (a minute or two)")
        _build_image({**context, **wheels}, tag, inputs, BASE=base)
        engine.prune_images(STAGE)
    return tag


def _build_worker(libs: str, python: str, say: Say) -> str:
    context = worker_context()
    inputs = inputs_hash(context, libs)
    tag = worker_image()
    if is_built(tag, inputs):
        say(f"{tag} is up to date")
    else:
        say(f"building {tag}")
        _build_image(context, tag, inputs, LIBS=libs, PYTHON=python)
    return engine.image_id(tag) or ""
