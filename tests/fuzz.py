"""Fuzzes the readers of untrusted bytes: `python tests/fuzz.py wire --runs 100000` (`make fuzz` runs all).

libFuzzer, through atheris, mutates valid inputs by coverage. An error other than the kit's own refusal ends
the run and prints its input; add that input to tests/test_fuzz.py.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

SLOW_SECONDS = 5  # a slower input counts as an error
MAX_BYTES = 4096


def read_wire(data: bytes) -> None:
    """Read `data` as a stream of frames, and as one header and body."""
    from autograder import wire
    from autograder.errors import WireError

    with contextlib.suppress(WireError):
        wire.read(io.BytesIO(data).read)
    header, _, body = data.partition(b"\0")
    with contextlib.suppress(WireError):
        wire.decode(header, body)


def read_notebook(data: bytes) -> None:
    """Read `data` as a submitted notebook and as a script."""
    from autograder.errors import RejectedError
    from autograder.intake.notebook import cells_of_notebook, cells_of_script, decode

    for take, name in ((cells_of_notebook, "a.ipynb"), (cells_of_script, "a.py")):
        with contextlib.suppress(RejectedError):
            take(name, decode(name, data))


def read_archive(data: bytes) -> None:
    """Read `data` as a submitted zip, with all its members."""
    from autograder.errors import RejectedError
    from autograder.intake import archive

    with contextlib.suppress(RejectedError):
        archive.files_of_zip("a.zip", data)


def frames() -> list[bytes]:
    """Return valid frames of every kind of value."""
    from autograder import wire

    values: list[object] = [1, 2.5, "x", None, True, [1, (2, 3)], {"a": {1: 2}}, wire.Handle(3, "M")]
    values += [np.zeros((2, 3), d) for d in ("uint8", "int64", "float32", "bool")]
    encoded = [wire.encode(wire.REPLY, {"id": 1, "value": value}) for value in values]
    return encoded + [frame[9:].replace(b"}", b"}\0", 1) for frame in encoded]


def notebooks() -> list[bytes]:
    """Return valid notebooks and scripts."""
    code = {"cell_type": "code", "metadata": {"tags": ["exploration"]}, "source": ["%magic\n", "!ls\n"]}
    plain = {"cell_type": "code", "metadata": {}, "source": "x = 1", "outputs": []}
    nb = json.dumps({"cells": [code, plain], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    scripts = ["# coding: latin-1\nx = 1\n", "# %% [markdown]\n# a\n# %% tags=['exploration']\nx\n"]
    return [nb.encode(), nb.encode("utf-16"), *(s.encode() for s in scripts)]


def archives() -> list[bytes]:
    """Return valid zips, one per compression method."""
    zips = []
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w", packing) as archive:
            archive.writestr("work/latent_space.py", "x = 1\n" * 20)
            archive.writestr("work/notes.txt", "y")
        zips.append(data.getvalue())
    return zips


TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "wire": (read_wire, frames),
    "notebook": (read_notebook, notebooks),
    "archive": (read_archive, archives),
}


def fuzz(target: str, runs: int) -> None:
    """Fuzz one target in this process, which libFuzzer ends."""
    import atheris

    read, seeds = TARGETS[target]
    with atheris.instrument_imports(include=["autograder"]):
        read(b"")
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds()):
            (Path(folder) / str(number)).write_bytes(seed)
        options = [f"-runs={runs}", f"-max_len={MAX_BYTES}", f"-timeout={SLOW_SECONDS}", "-seed=1"]
        atheris.Setup([target, *options, "-rss_limit_mb=2048", "-print_final_stats=1", folder], read)
        atheris.Fuzz()


def main() -> int:
    """Fuzz the named target, or each target in its own process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--runs", type=int, default=400_000, help="inputs per target (default %(default)s)")
    options = parser.parse_args()
    if options.target:
        fuzz(options.target, options.runs)
        return 0
    for target in TARGETS:
        began = time.monotonic()
        command = [sys.executable, __file__, target, "--runs", str(options.runs)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stderr[-3000:], file=sys.stderr)
            print(
                f"{target}: an input raised an unexpected error; see above, and add it to test_fuzz.py",
                file=sys.stderr,
            )
            return 1
        print(f"{target}: {options.runs} inputs in {time.monotonic() - began:.0f} s, all read or refused")
    return 0


if __name__ == "__main__":
    sys.exit(main())
