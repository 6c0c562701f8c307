"""Zips and wheels depend only on names and contents."""

from __future__ import annotations

import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

from autograder.release import archive

FILES = {"b/two.txt": b"two", "a.sh": b"one"}


def test_two_zips_are_the_same_bytes_whatever_the_order() -> None:
    assert archive.zipped(FILES) == archive.zipped(dict(reversed(FILES.items())))


def test_a_zip_has_its_files_and_their_executable_bits() -> None:
    data = archive.zipped(FILES, executable=["a.sh"])
    assert archive.unzipped(data) == FILES
    modes = {i.filename: i.external_attr >> 16 & 0o777 for i in zipfile.ZipFile(BytesIO(data)).infolist()}
    assert modes == {"a.sh": 0o755, "b/two.txt": 0o644}


def test_a_wheel_records_the_hash_of_every_file() -> None:
    name, data = archive.wheel("some-thing", "1.0", {"m.py": b"x = 1\n"}, ["click==8.0"], "run = m:main")
    inside = archive.unzipped(data)
    assert name == "some_thing-1.0-py3-none-any.whl"
    record = inside["some_thing-1.0.dist-info/RECORD"].decode()
    assert {line.split(",")[0] for line in record.splitlines()} == set(inside)
    assert b"Requires-Dist: click==8.0" in inside["some_thing-1.0.dist-info/METADATA"]


def test_written_files_are_read_back_and_hashed(tmp_path: Path) -> None:
    archive.write(FILES, tmp_path)
    assert archive.files_in(tmp_path) == FILES
    assert archive.sums(FILES).splitlines()[0] == f"{hashlib.sha256(b'one').hexdigest()}  a.sh"


def test_below_takes_one_folder() -> None:
    assert archive.below("b/", FILES) == {"two.txt": b"two"}
