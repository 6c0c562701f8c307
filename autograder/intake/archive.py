"""Lists the files in a folder or a zip without trusting any name, type or size in it."""

from __future__ import annotations

import io
import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.errors import RejectedError, UsageError
from autograder.intake import naming
from autograder.records.origin import Refused

NOISE = ("__MACOSX", "__pycache__", ".ipynb_checkpoints", ".git", ".DS_Store", "Thumbs.db", "desktop.ini")
MAX_FILE = 50 << 20  # bytes in one notebook, including outputs
MAX_MEMBERS = 1000  # files in one submission
MAX_ARCHIVE = 200 << 20  # bytes of a packed archive, and of all source files in it when unpacked
ENTRY = b"PK\x01\x02"  # how each member's entry in a zip's directory begins
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others can unpack gigabytes before they are stopped
OTHER_KINDS = {  # how archives and files begin that are no zips, whatever they are called
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"%PDF": "a PDF",
    b"<": "a web page",
}
TOO_MANY = "{name}: more than {most} files; hand in only the notebook or script"


@dataclass(frozen=True)
class File:
    """One file that was handed in. `name` is its path in the folder or zip, `source` is where it is stored.

    `modified` (seconds) is comparable within one folder or zip, and with the same zip unpacked here. `read`
    raises RejectedError when the file is too large.
    """

    name: str
    source: str
    modified: float
    read: Callable[[], bytes]

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of its path."""
        return PurePosixPath(self.name).parts

    @property
    def noise(self) -> bool:
        """Whether a tool on the student's machine made the file, not the student."""
        return bool(set(self.parts) & set(NOISE)) or self.parts[-1].startswith("._")


def writable(text: str) -> str:
    """Return a path's text with the surrogates that stand for undecodable bytes escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def composed(text: str) -> str:
    """Return a name with its accents composed (NFC): some systems store them as separate characters."""
    return unicodedata.normalize("NFC", writable(text))


def most_of(name: str) -> int:
    """Return the most bytes that a file with this name may have."""
    return MAX_ARCHIVE if name.lower().endswith(".zip") else MAX_FILE


def in_folder(folder: Path) -> list[File]:
    """Return every file below `folder`, sorted by name; links are neither followed nor listed."""
    files = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        name = composed(path.relative_to(folder).as_posix())
        files.append(File(name, writable(str(path)), path.stat().st_mtime, partial(_read, path)))
    return files


def single(path: Path) -> File:
    """Return the file at `path` under its own name, without a folder."""
    return File(composed(path.name), writable(str(path)), path.stat().st_mtime, partial(_read, path))


def _read(path: Path) -> bytes:
    if path.stat().st_size > (most := most_of(path.name)):
        raise RejectedError(f"{writable(path.name)}: the file is over {most >> 20} MB; hand in only the code")
    return path.read_bytes()


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[File], list[Refused]]]:
    """Open a download (a folder or a zip): yield its files and its refused members; inner zips stay packed.

    The files can be read while it is open. Raises UsageError when a file is not a zip.
    """
    if path.is_dir():
        yield in_folder(path), []
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UsageError(f"{path}: expected a folder or a zip, got {error}; download it again") from error
    with archive:
        files, refused = [], []
        for member in sorted(archive.infolist(), key=lambda m: m.filename):
            try:
                refuse(path.name, member)
                if not member.is_dir():
                    files.append(_member(path, archive, member))
            except RejectedError as error:
                refused.append(Refused(writable(member.filename), str(error)))
        yield files, refused


@contextmanager
def found_at(source: str) -> Iterator[list[File]]:
    """Open the files at a submission's `source`: a file, a folder, or part of a zip.

    Raises OSError when they no longer exist.
    """
    path = Path(source)
    place = next((p for p in path.parents if p.is_file()), None)
    if place is None and path.is_dir():
        yield in_folder(path)
    elif place is None:
        yield [single(path)]
    else:
        inside = path.relative_to(place).as_posix()
        with opened(place) as (files, _):
            below = [replace(f, name=f.name.removeprefix(f"{inside}/")) for f in files if _within(f, inside)]
            yield [replace(f, name=f.parts[-1]) if f.name == inside else f for f in below]


def _within(file: File, inside: str) -> bool:
    return file.name == inside or file.name.startswith(f"{inside}/")


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> File:
    name = composed(_decoded(member))
    seconds = _seconds(member)
    read = partial(_extract_safely, name, archive, member)
    return File(name, f"{writable(str(path))}/{name}", seconds, read)


def _seconds(member: zipfile.ZipInfo) -> float:
    """Return a member's time as its file has it once unpacked here; 0 where the zip has an impossible one."""
    try:
        return datetime(*member.date_time).timestamp()
    except (ValueError, OverflowError):
        return 0.0


def _decoded(member: zipfile.ZipInfo) -> str:
    """Return a member's name; it may be UTF-8 even if the zip does not mark it as UTF-8."""
    try:
        return member.filename if member.flag_bits & 0x800 else member.filename.encode("cp437").decode()
    except UnicodeError:
        return member.filename


def _extract_safely(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        return extract(name, archive, member)
    except RejectedError:
        raise
    except Exception as error:  # zipfile raises exceptions of many types on damaged data
        raise RejectedError(
            f"{name}: the file in the download is damaged ({error}); hand it in again"
        ) from error


def files_of_zip(name: str, data: bytes) -> dict[str, bytes]:
    """Return the source files in a handed-in zip. Raises RejectedError for what it must not contain."""
    if data.count(ENTRY) > 2 * MAX_MEMBERS:  # before zipfile builds an object for every entry
        raise RejectedError(TOO_MANY.format(name=name, most=MAX_MEMBERS))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise RejectedError(TOO_MANY.format(name=name, most=MAX_MEMBERS))
            for member in members:
                refuse(name, member)
                if member.filename.lower().endswith(".zip"):
                    raise RejectedError(
                        f"{name}: it contains another zip, {member.filename}; hand in one zip of the files"
                    )
            if len({m.filename.casefold() for m in members}) < len(members):
                raise RejectedError(
                    f"{name}: two files in it have the same name; rename one of them and zip the folder again"
                )
            return _extract_all(name, archive, [m for m in members if _is_source(m)])
    except RejectedError:
        raise
    except Exception as error:  # zipfile raises exceptions of many types on damaged data
        if type(error) is RuntimeError:
            raise RejectedError(f"{name}: it has a password; zip the files without one") from error
        raise RejectedError(
            f"{name}: the zip cannot be read ({_broken(data, error)}); zip the files again"
        ) from error


def _broken(data: bytes, error: Exception) -> str:
    """Return why bytes cannot be read as a zip, in words for the student."""
    kind = next((kind for start, kind in OTHER_KINDS.items() if data.startswith(start)), "")
    if kind or not data:
        return f"it is {kind or 'empty'}"
    cut = data.startswith(b"PK\x03\x04") and not zipfile.is_zipfile(io.BytesIO(data))
    return "its end is missing" if cut else str(error)


def names_in_zip(data: bytes) -> list[str]:
    """Return the names of the files in a zip that `files_of_zip` has read."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [member.filename for member in archive.infolist() if not member.is_dir()]


def _extract_all(name: str, archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> dict[str, bytes]:
    sources: dict[str, bytes] = {}
    total = 0
    for member in members:
        sources[member.filename] = extract(name, archive, member)
        total += len(sources[member.filename])
        if total > MAX_ARCHIVE:
            raise RejectedError(f"{name}: over {MAX_ARCHIVE >> 20} MB when unpacked; hand in only the code")
    return sources


def _is_source(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    noise = bool(set(parts) & set(NOISE)) or parts[-1].startswith("._")
    return not member.is_dir() and naming.is_source(member.filename) and not noise


def refuse(name: str, member: zipfile.ZipInfo) -> None:
    """Raise RejectedError for a member whose path leaves the zip `name`, or that is not a plain file."""
    inside = PurePosixPath(member.filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or re.match(r"^[A-Za-z]:", member.filename):
        raise RejectedError(
            f"{name}: a path in it points outside the zip, {member.filename!r}; zip the folder again"
        )
    if not inside.parts:
        raise RejectedError(f"{name}: a file in it has no name; zip the folder again")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise RejectedError(
            f"{name}: it contains a link or a special file, {member.filename}; zip the file itself instead"
        )


def extract(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Return a member's bytes. Raises RejectedError when they exceed the limit for a file of its name."""
    most = most_of(member.filename)
    if member.compress_type not in PACKED:
        raise RejectedError(
            f"{name}: a file in it uses an unsupported compression method; zip the files with another program"
        )
    with archive.open(member) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise RejectedError(
            f"{name}: a file in it is over {most >> 20} MB; clear the notebook's outputs and hand it in again"
        )
    return data
