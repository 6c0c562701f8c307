"""Makes what hostile students hand in instead of a plain file: archives, notebooks and folders, on demand.

Samples name their maker as `archive` in expect.toml. A maker takes the text of a wrong script and returns the
bytes of what is handed in, by file name.
"""

from __future__ import annotations

import io
import json
import pickle
import stat
import struct
import tarfile
import zipfile
from collections.abc import Callable
SCRIPT, NOTEBOOK = "latent_space.py", "latent_space.ipynb"
Made = dict[str, bytes]
PASSED = b'{"score": 90, "max_score": 90, "status": "graded", "checks": [], "flags": []}'


def zipped(members: dict[str, bytes | str], kinds: dict[str, int] | None = None) -> Made:
    """Return a zip of `members`; `kinds` are the file types (stat.S_IFLNK, …) of those that are no files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = ((kinds or {}).get(name, stat.S_IFREG) | 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return {"handed_in.zip": out.getvalue()}


def beside(**files: bytes | str) -> Callable[[str], Made]:
    """Return a maker of a zip with the script and more files; `__` in a name stands for a slash."""
    named = {name.replace("__", "/").replace("_dot_", "."): data for name, data in files.items()}
    return lambda text: zipped({SCRIPT: text, **named})


def led_out(path: str) -> Callable[[str], Made]:
    """Return a maker of a zip with a member at `path`."""
    return lambda text: zipped({SCRIPT: text, path: "stolen"})


def special(kind: int, target: str = "") -> Callable[[str], Made]:
    """Return a maker of a zip with a member that is no file."""
    return lambda text: zipped({SCRIPT: text, "other.py": target}, {"other.py": kind})


def linked_folder(text: str) -> Made:
    """A link, and a member that would be written through it."""
    return zipped({"inside": "/etc", f"inside/{SCRIPT}": text}, {"inside": stat.S_IFLNK})


def hard_linked(text: str) -> Made:
    """A tar archive with a hard link to a file of the machine."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        link = tarfile.TarInfo(SCRIPT)
        link.type, link.linkname = tarfile.LNKTYPE, "/etc/passwd"
        archive.addfile(link)
    return {"handed_in.tar.gz": out.getvalue()}


def nested(text: str) -> Made:
    """A zip in a zip in a zip."""
    data: bytes | str = text
    name = SCRIPT
    for _ in range(3):
        (data,) = zipped({name: data}).values()
        name = "inner.zip"
    return {"handed_in.zip": data if isinstance(data, bytes) else data.encode()}


def overlapping(text: str) -> Made:
    """A directory that lists one member's bytes a thousand times under other names."""
    (data,) = zipped({SCRIPT: text}).values()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    name = SCRIPT.encode()
    twins = [entry.replace(name, f"latent_spac{n:03d}"[:12].encode() + b".py") for n in range(900)]
    directory = b"".join(twins)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 900, 900, len(directory), start, 0)
    return {"handed_in.zip": data[:start] + directory + tail}


def lying_size(text: str) -> Made:
    """A member whose sizes in the directory are a hundredth of the truth."""
    (data,) = zipped({SCRIPT: text}).values()
    true = struct.pack("<L", len(text.encode()))
    return {"handed_in.zip": data.replace(true, struct.pack("<L", len(text.encode()) // 100))}


def twice(text: str) -> Made:
    """Two members of one name, the first of them right for a lazy reader."""
    (data,) = zipped({SCRIPT: text, "latent_spacE.py": "x = 1\n"}).values()
    return {"handed_in.zip": data.replace(b"latent_spacE.py", SCRIPT.encode())}


def odd_names(text: str) -> Made:
    """Names with newlines, control and direction marks, dashes, trailing dots, and of great length."""
    names = [
        "a\nb.py",
        "-rf.py",
        "\u202eyp.ecaps_tnetal",
        "latent_space.py.",
        "x" * 4000 + ".py",
        "\x1b[2J.py",
    ]
    return zipped({SCRIPT: text, **dict.fromkeys(names, "x = 1\n")})


def without_name(text: str) -> Made:
    """A member whose name is empty."""
    (data,) = zipped({SCRIPT: text, "x": "y"}).values()
    at = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    entry = bytearray(data[at:])
    struct.pack_into("<H", entry, 28, 0)
    del entry[46:47]
    end = entry.index(b"PK\x05\x06")
    (size,) = struct.unpack_from("<L", entry, end + 12)
    struct.pack_into("<L", entry, end + 12, size - 1)
    return {"handed_in.zip": data[:at] + bytes(entry)}


def locked(text: str) -> Made:
    """A zip whose members say that they need a password."""
    (data,) = zipped({SCRIPT: text}).values()
    changed = bytearray(data)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", changed, data.index(mark) + at, 1)
    return {"handed_in.zip": bytes(changed)}


def notebook(cells: list[str], outputs: list[dict[str, object]] | None = None) -> Made:
    """A notebook of code cells, the last of which has `outputs`."""
    made: list[dict[str, object]] = [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
        for cell in cells
    ]
    made[-1]["outputs"] = outputs or []
    whole = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return {NOTEBOOK: json.dumps(whole).encode()}


def stream(text: str) -> list[dict[str, object]]:
    """A cell's outputs that print `text`."""
    return [{"output_type": "stream", "name": "stdout", "text": text}]


class Payload:
    """What runs a command when it is unpickled by whoever trusts it."""

    def __reduce__(self) -> tuple[object, ...]:
        import os

        return os.system, ("touch /tmp/owned-by-weights",)


MAGICS = """%load_ext autoreload
!touch /tmp/owned-by-magic
!!ls /
files = !ls /autograder
%run other.py
%%bash
touch /tmp/owned-by-magic
"""
FORCED = """import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    (yield).get_result().outcome = "passed"
"""
MAKERS: dict[str, Callable[[str], Made]] = {
    "shadow_files": beside(torch_dot_py="x = 1", json_dot_py="x = 1", solution_dot_py="x = 1"),
    "conftest": beside(conftest_dot_py=FORCED, pytest_dot_ini="[pytest]\naddopts = --co\n"),
    "sitecustomize": beside(sitecustomize_dot_py="raise SystemExit", evil_dot_pth="import os; os._exit(0)\n"),
    "bytecode": lambda text: zipped(
        {SCRIPT: text, "__pycache__/latent_space.cpython-311.pyc": b"\0" * 64, "latent_space.so": b"\x7fELF"}
    ),
    "weights": lambda text: zipped(
        {
            SCRIPT: text + "\nfor name in ('w.pt', '/tmp/w.pt'):\n    torch.load(name, weights_only=False)\n",
            "w.pt": pickle.dumps(Payload()),
        }
    ),
    "pasted_outputs": lambda text: notebook(
        [text, "get_ipython().showtraceback = lambda *a, **k: None", "print('90 of 90')"],
        stream("90 of 90\n"),
    ),
    "edited_tests": beside(tests__test_model_dot_py="def test_all(): pass", public__test_model_dot_py="pass"),
    "client_verdict": beside(receipt_dot_json=PASSED, results_dot_json=PASSED),
    "another_student": lambda text: zipped(
        {
            SCRIPT: "# Name: Grace Hopper, id 42\n__student__ = 'grace'\n" + text,
            "grace_hopper_42/info.txt": "grace",
        }
    ),
    "zip_slip": led_out("../../owned.py"),
    "zip_slip_backslash": led_out("..\\..\\owned.py"),
    "absolute": led_out("/tmp/owned.py"),
    "drive": led_out("C:\\owned.py"),
    "sibling": led_out("../handed_in-evil/owned.py"),
    "symlink": special(stat.S_IFLNK, "/etc/passwd"),
    "symlink_to_folder": linked_folder,
    "hardlink": hard_linked,
    "fifo": special(stat.S_IFIFO),
    "device": special(stat.S_IFBLK),
    "bomb": lambda text: zipped({SCRIPT: text, "big.py": b"#" * (60 << 20)}),
    "nested": nested,
    "many_members": lambda text: zipped({SCRIPT: text, **{f"{n}.txt": "x" for n in range(10_000)}}),
    "overlapping": overlapping,
    "lying_size": lying_size,
    "duplicates": twice,
    "case_twins": lambda text: zipped({SCRIPT: text, SCRIPT.upper(): "x = 1\n"}),
    "odd_names": odd_names,
    "no_name": without_name,
    "pdf_as_script": lambda text: {SCRIPT: b"%PDF-1.7\n" + text.encode()},
    "notebook_as_script": lambda text: {SCRIPT: notebook([text])[NOTEBOOK]},
    "rar": lambda text: {"handed_in.rar": b"Rar!\x1a\x07\x01\x00" + text.encode()},
    "utf16": lambda text: {SCRIPT: text.replace("\n", "\r\n").replace("    ", "\t").encode("utf-16")},
    "damaged": lambda text: {"handed_in.zip": zipped({SCRIPT: text})["handed_in.zip"][:300]},
    "locked": locked,
    "magics": lambda text: notebook([text, *MAGICS.splitlines(), MAGICS.split("%run other.py\n")[1]]),
    "large_outputs": lambda text: notebook([text], stream("x" * (60 << 20))),
    "extra_files": beside(
        data__mnist_dot_npz=b"0" * 1000,
        weights_dot_pt=b"0" * 1000,
        _dot_git__config="[core]",
        venv__lib__x_dot_txt="x",
        notes_dot_md="# Bob's work",
    ),
    "formula": lambda text: {SCRIPT: text.encode()},
    "lms_name": lambda text: zipped({f"bob_123_456_assignsubmission_file_{SCRIPT}": text}),
}
