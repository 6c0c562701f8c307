"""Finds the submissions in files, folders and zips, without trusting a name or a size in them.

A plain folder of folders, files or zips is a batch: each entry's name is its submission's id and student.
What is wrong with one submission is kept in it as `rejected`; the others are not touched.
"""

from __future__ import annotations

import difflib
import io
import json
import re
import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from autograder.assignment import Assignment
from autograder.errors import RejectedError, UsageError
from autograder.notebook import cells_of_notebook, cells_of_script, decode
from autograder.submission import Submission, digest

SOURCES = (".ipynb", ".py")
HANDED_IN = (*SOURCES, ".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".pdf", ".docx", ".html")
NOISE = ("__MACOSX", "__pycache__", ".ipynb_checkpoints", ".git")
MAX_FILE = 50 << 20  # bytes of one notebook, outputs included
MAX_MEMBERS = 1000
MAX_ARCHIVE = 200 << 20  # bytes of an archive, packed, and of all source files in it, unpacked
MAX_CELLS = 10_000
MAX_SENT = 4_000_000  # bytes of all code as JSON: what one frame to the worker holds
MAX_ID = 100  # bytes, so that an id in any script fits in a file name


def find(paths: Iterable[Path], assignment: Assignment, besides: Path | None = None) -> list[Submission]:
    """Return the submissions at `paths`, but for the folder `besides`, sorted by id.

    Raises UsageError when a path is not there, or when there are none.
    """
    found: dict[str, Submission] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(_not_there(path))
        for entry in _entries(path, assignment):
            if besides is not None and entry.resolve() == besides.resolve():
                continue
            submission = read(entry, assignment, _free_id(entry, found))
            found[submission.id] = submission
    if not found:
        raise UsageError(
            f"no submissions in {', '.join(map(str, paths))}: expected .py, .ipynb, .zip or folders of them"
        )
    return [found[name] for name in sorted(found)]


def _not_there(path: Path) -> str:
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, siblings, 1)
    hint = f"; did you mean {path.parent / near[0]}?" if near else ""
    return f"{path}: no such file or folder{hint}"


def _entries(path: Path, assignment: Assignment) -> list[Path]:
    """Return what each submission is made of: the path itself, or what lies in a folder of submissions."""
    if path.is_file() or any((path / name).is_file() for name in assignment.files):
        return [path]
    inside = [p for p in sorted(path.iterdir()) if not p.name.startswith((".", "__")) and not p.is_symlink()]
    return [p for p in inside if p.is_dir() or p.suffix.lower() in HANDED_IN]


def _free_id(entry: Path, taken: dict[str, Submission]) -> str:
    name = safe_id(_student(entry))
    folded = {other.casefold() for other in taken}  # some file systems do not tell ada from Ada
    numbers = (f"{name}-{n}" for n in range(2, len(taken) + 3))
    return name if name.casefold() not in folded else next(n for n in numbers if n.casefold() not in folded)


def _student(entry: Path) -> str:
    """Return what the student is called by the name of what was handed in."""
    return _writable(entry.absolute().name if entry.is_dir() else entry.stem)


def _writable(text: str) -> str:
    """Return a path's text without the half characters that stand for bytes in no encoding."""
    return text.encode("utf-8", "backslashreplace").decode()


def safe_id(name: str) -> str:
    """Return `name` as a file name that is safe everywhere: letters of any script, digits, `.`, `-`, `_`."""
    kept = re.sub(r"[^\w.\-]+", "_", name).strip("._ ").encode("utf-8", "ignore")[:MAX_ID]
    return kept.decode("utf-8", "ignore") or "submission"


def read(path: Path, assignment: Assignment, name: str) -> Submission:
    """Return the submission at `path` under the id `name`; what is wrong with it is `rejected`."""
    sha256 = digest(b"")
    try:
        if path.is_file() and path.stat().st_size > MAX_ARCHIVE:
            raise RejectedError(f"the file is over {MAX_ARCHIVE >> 20} MB; hand in the code only")
        files = _files(path)
        chosen, notes = _choose(files, assignment)
        data = files[chosen]
        sha256 = digest(data)
        text = decode(chosen, data)
        take = cells_of_notebook if chosen.lower().endswith(".ipynb") else cells_of_script
        cells, more = take(PurePosixPath(chosen).name, text)
        size = sum(len(cell.source.encode()) for cell in cells)
        if size > assignment.limits.source_kb << 10:
            limit = assignment.limits.source_kb
            raise RejectedError(f"{chosen}: {size >> 10} kB of code, over {limit} kB; take data out of it")
        if len(cells) > MAX_CELLS or len(json.dumps([cell.source for cell in cells])) > MAX_SENT:
            raise RejectedError(
                f"{chosen}: over {MAX_CELLS} cells or full of odd characters; hand in plain code"
            )
        if not any(cell.source.strip() for cell in cells):
            raise RejectedError(f"{chosen}: there is no code in it; hand in the file that you worked in")
    except RejectedError as error:
        return Submission(name, _student(path), _writable(str(path)), sha256, rejected=_writable(str(error)))
    return Submission(name, _student(path), _writable(str(path)), sha256, cells, (*notes, *more))


def reopen(submission: Submission, assignment: Assignment) -> tuple[str, str]:
    """Return name and text of the very file that was graded.

    Raises OSError or RejectedError where it cannot be read any more, UsageError where it has changed.
    """
    files = _files(Path(submission.source))
    chosen, _ = _choose(files, assignment)
    if digest(files[chosen]) != submission.sha256:
        raise UsageError(f"{submission.source}: expected the file that was graded, got another; grade again")
    return PurePosixPath(chosen).name, decode(chosen, files[chosen])


def _files(path: Path) -> dict[str, bytes]:
    if path.is_dir():
        return _files_of_folder(path)
    data = path.read_bytes()
    if path.suffix.lower() == ".zip" or data.startswith(b"PK\x03\x04"):
        return _files_of_zip(path.name, data)
    return {path.name: data}


def _files_of_folder(folder: Path) -> dict[str, bytes]:
    found = {}
    for count, path in enumerate(sorted(folder.rglob("*"))):
        if count > MAX_MEMBERS:
            raise RejectedError(f"more than {MAX_MEMBERS} files; hand in the notebook or the script only")
        inside = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or set(inside.parts) & set(NOISE):
            continue
        if path.suffix.lower() == ".zip":
            found.update(_files_of_zip(path.name, path.read_bytes()))
        if path.suffix.lower() in SOURCES and path.stat().st_size <= MAX_FILE:
            found[inside.as_posix()] = path.read_bytes()
    return found


def _files_of_zip(name: str, data: bytes) -> dict[str, bytes]:
    """Return the source files in a zip. Raises RejectedError for whatever a handed-in zip must not hold."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise RejectedError(f"{name}: more than {MAX_MEMBERS} files; hand in the notebook or script")
            for member in members:
                _refuse(name, member)
            if len({m.filename.casefold() for m in members}) < len(members):
                raise RejectedError(f"{name}: two files in it have the same name; zip it again")
            wanted = [m for m in members if _is_source(m)]
            return _extract_all(name, archive, wanted)
    except RejectedError:
        raise
    except Exception as error:  # zipfile raises whatever it runs into in damaged data
        locked = type(error) is RuntimeError
        hint = "zip it without a password" if locked else "zip it again"
        raise RejectedError(f"{name}: not a zip that can be read ({error}); {hint}") from error


def _extract_all(name: str, archive: zipfile.ZipFile, members: Iterable[zipfile.ZipInfo]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    total = 0
    for member in members:
        found[member.filename] = _extract(name, archive, member)
        total += len(found[member.filename])
        if total > MAX_ARCHIVE:
            raise RejectedError(f"{name}: over {MAX_ARCHIVE >> 20} MB when unpacked; hand in the code only")
    return found


def _is_source(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return not member.is_dir() and member.filename.lower().endswith(SOURCES) and not set(parts) & set(NOISE)


def _refuse(name: str, member: zipfile.ZipInfo) -> None:
    inside = PurePosixPath(member.filename.replace("\\", "/"))
    if inside.is_absolute() or ".." in inside.parts or re.match(r"^[A-Za-z]:", member.filename):
        raise RejectedError(f"{name}: a path in it leads out of the archive; zip the folder again")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise RejectedError(f"{name}: it holds a link or a special file; put the file itself in it")
    if member.filename.lower().endswith(".zip"):
        raise RejectedError(f"{name}: it holds another zip; hand in one zip with the files in it")


def _extract(name: str, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise RejectedError(f"{name}: a file in it is over {MAX_FILE >> 20} MB; clear the notebook's outputs")
    return data


def _choose(files: dict[str, bytes], assignment: Assignment) -> tuple[str, tuple[str, ...]]:
    """Return the file to grade, and a note when that was not plain."""
    asked = " or ".join(assignment.files)
    candidates = sorted(name for name in files if name.lower().endswith(SOURCES))
    for wanted in assignment.files:
        named = [c for c in candidates if PurePosixPath(c).name.lower() == wanted.lower()]
        if named:
            both = len(candidates) > 1
            return named[0], ((f"several files were handed in; {named[0]} was graded",) if both else ())
    if len(candidates) == 1:
        return candidates[0], (f"the file is called {candidates[0]}; {asked} was asked for",)
    if not candidates:
        raise RejectedError(f"there is no notebook and no script in it; hand in {asked}")
    raise RejectedError(
        f"there are {len(candidates)} source files in it and none is called {asked}; rename yours"
    )
