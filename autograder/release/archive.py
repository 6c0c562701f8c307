"""Makes zips, wheels and lists of hashes that depend only on names and contents, not on dates or owners."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import autograder

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest date that a zip can store
WHEEL = b"Wheel-Version: 1.0\nGenerator: latent-lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
PYTHONS = "Requires-Python: >={}.{},<{}.{}".format(
    *autograder.OLDEST, autograder.NEWEST[0], autograder.NEWEST[1] + 1
)
Files = Mapping[str, bytes]  # path inside, with forward slashes: contents


def zipped(files: Files, executable: Iterable[str] = ()) -> bytes:
    """Return a zip of `files`, sorted by name; those in `executable` get the executable bit."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, DATE)
            info.create_system = 3  # Unix, whatever the system of this machine
            info.external_attr = (0o100755 if name in executable else 0o100644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return out.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the files in a zip, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def wheel(name: str, version: str, files: Files, requires: Iterable[str], command: str) -> tuple[str, bytes]:
    """Return the file name and the contents of a pure Python wheel that installs `files` and one `command`.

    `command` is `NAME = MODULE:FUNCTION`; `requires` are requirements such as `numpy==2.4.6`.
    """
    stem = f"{name.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", PYTHONS]
    metadata = [*head, *(f"Requires-Dist: {requirement}" for requirement in requires), ""]
    whole = {
        **files,
        f"{info}/METADATA": "\n".join(metadata).encode(),
        f"{info}/WHEEL": WHEEL,
        f"{info}/entry_points.txt": f"[console_scripts]\n{command}\n".encode(),
    }
    record = f"{info}/RECORD"
    lines = [f"{path},{_record_hash(whole[path])},{len(whole[path])}" for path in sorted(whole)]
    return f"{stem}-py3-none-any.whl", zipped(
        {**whole, record: "\n".join([*lines, f"{record},,", ""]).encode()}
    )


def _record_hash(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def files_in(folder: Path) -> dict[str, bytes]:
    """Return every file below `folder`, by its path in `folder`; compiled bytecode is left out."""
    paths = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.parent.name != "__pycache__")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def below(folder: str, files: Files) -> dict[str, bytes]:
    """Return those of `files` that are in `folder` (which ends in a slash), by their paths in it."""
    return {name.removeprefix(folder): data for name, data in files.items() if name.startswith(folder)}


def write(files: Files, folder: Path, executable: Iterable[str] = ()) -> None:
    """Write `files` below `folder`; those in `executable` get the executable bit."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        path.chmod(0o755 if name in executable else 0o644)


def sums(files: Files) -> str:
    """Return the SHA-256 of every file, in the format that `sha256sum --check` reads."""
    return "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
