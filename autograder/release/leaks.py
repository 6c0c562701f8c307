"""Searches student files for secrets: lines of solutions and hidden checks, expected values, staff paths.

The secrets are computed: the lines that only the solution has and not the template, the lines of hidden
checks and of helpers that public checks do not use, long rows of numbers in them, and their paths. The search
opens whatever is packed in a file: zips, wheels, the strings of JSON, compressed git objects, bytecode,
base64.
"""

from __future__ import annotations

import ast
import base64
import binascii
import contextlib
import io
import json
import re
import tokenize
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.authoring import drawing, render
from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import archive, student

SHORTEST = 21  # characters, without spaces, of a line worth searching for
NUMBERS = 4  # entries of a row of numbers worth searching for
FORBIDDEN = (
    *(".git", "__pycache__", ".ipynb_checkpoints", ".pytest_cache", ".DS_Store"),
    *(drawing.FILE, drawing.SECRET, "draw.py"),
)
FORBIDDEN_ENDS = (".pyc", ".pyo", ".orig", ".rej", ".swp")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{60,}={0,2}")
MAX_DEPTH = 6


@dataclass(frozen=True)
class Leak:
    """One secret found: the file that has it (and the path inside), the secret, and its origin."""

    place: str
    secret: str
    origin: str

    def __str__(self) -> str:
        if self.secret == self.place:
            return f"{self.place} is {self.origin}"
        return f"{self.place} contains {self.secret!r}, which is {self.origin}"


def secrets(paths: Paths, assignment: Assignment, drawn_from: str = "") -> dict[str, str]:
    """Return each text that no student may get, without its spaces, and what it is.

    `drawn_from` is the secret of the numbers that the hidden checks use.
    """
    public = _public_texts(paths, assignment)
    shared = {line for text in public for line in lines(text)}
    known = _squeezed("\n".join(public))
    secret: dict[str, str] = {}
    for origin, text in _secret_texts(paths, assignment):
        secret |= {
            line: f"a line of {origin}" for line in lines(text) if line not in shared and line not in known
        }
        rows = dict.fromkeys(rows_of_numbers(text), f"numbers of {origin}")
        secret |= {row: origin for row, origin in rows.items() if row not in known}
    secret |= dict.fromkeys(drawn_numbers(assignment), "drawn for the hidden checks")
    secret |= {drawn_from: "the secret of the hidden checks"} if drawn_from else {}
    for place in places(paths, assignment):
        secret[_squeezed(place)] = "a staff path"
    return secret


def drawn_numbers(assignment: Assignment) -> Iterator[str]:
    """Yield the key and the rows of numbers in the suite's drawn.json, each without its spaces."""
    path = assignment.suite / drawing.FILE
    table = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    yield from filter(None, [table.pop("key", "")])
    for row in _rows(table):
        if len(text := _squeezed(json.dumps(row)).strip("[]")) >= SHORTEST:
            yield text


def _rows(value: Any) -> Iterator[list[Any]]:
    """Yield the lists of at least NUMBERS numbers in a value of JSON."""
    if isinstance(value, list) and len(value) >= NUMBERS and not any(isinstance(v, list) for v in value):
        yield value
    elif isinstance(value, (list, dict)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _rows(inner)


def places(paths: Paths, assignment: Assignment) -> list[str]:
    """Return the paths that must stay secret: of solutions, hidden suites, samples and this checkout."""
    solution = paths.solution.relative_to(paths.root).as_posix()
    return [f"{solution}/", f"{assignment.name}/hidden/", "hidden/test_", f"{paths.root}/"]


def _public_texts(paths: Paths, assignment: Assignment) -> list[str]:
    """Return the texts declared public: the template, the handout, and the public part of the suites."""
    template = render.as_script(assignment.name, render.cells(paths, solution=False))
    handout = [(paths.assignment / name).read_text() for name in ("handout.md", "data.md")]
    suite = student.suite(paths, assignment)
    return [template, *handout, *(data.decode() for name, data in suite.items() if name.endswith(".py"))]


def _secret_texts(paths: Paths, assignment: Assignment) -> Iterator[tuple[str, str]]:
    yield "the solution", render.as_script(assignment.name, render.cells(paths, solution=True))
    for path in sorted((assignment.suite / "hidden").glob("*.py")):
        yield f"the hidden checks in {path.name}", path.read_text()
    for path in sorted(assignment.suite.glob("*.py")):
        if path.stem not in ("__init__", "standins"):
            yield f"the part of {path.name} that only hidden checks use", path.read_text()


def lines(text: str) -> set[str]:
    """Return the lines of a text that are long enough, without trailing comments and without spaces."""
    comments = _comments(text)
    bare_lines = set()
    for number, line in enumerate(text.splitlines(), 1):
        bare = _squeezed(line[: comments.get(number, len(line))].lstrip("# "))
        says_nothing = re.match(r"\s*(import|from \S+ import|@dataclass)\b", line)
        if len(bare) >= SHORTEST and len(set(bare)) > 5 and not says_nothing:
            bare_lines.add(bare)
    return bare_lines


def _comments(text: str) -> dict[int, int]:
    """Return, by line number of a Python source, the column of a comment that follows code."""
    columns: dict[int, int] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT and token.line[: token.start[1]].strip():
                columns[token.start[0]] = token.start[1]
    except (tokenize.TokenError, SyntaxError, IndentationError):
        return {}
    return columns


def rows_of_numbers(text: str) -> set[str]:
    """Return the lists and tuples of numbers in a Python source, each without its spaces and brackets."""
    rows = set()
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, (ast.List, ast.Tuple))
            and len(node.elts) >= NUMBERS
            and all(map(_number, node.elts))
        ):
            row = _squeezed(ast.get_source_segment(text, node) or "").strip("[](),")
            rows |= {row} if len(row) >= SHORTEST else set()
    return rows


def _number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float))


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def search(files: Mapping[str, bytes], secret: Mapping[str, str]) -> list[Leak]:
    """Return every secret in `files`, at any depth, and every file that students must not get."""
    leaks = [Leak(name, name, "not a file for students") for name in _inside(files) if _forbidden(name)]
    for place, text in texts(files):
        squeezed = _squeezed(text)
        leaks += [Leak(place, line, origin) for line, origin in secret.items() if line in squeezed]
    return leaks


def _inside(files: Mapping[str, bytes]) -> Iterator[str]:
    for name, data in files.items():
        yield name
        if data.startswith(b"PK\x03\x04"):
            yield from (f"{name}!{inner}" for inner in _inside(archive.unzipped(data)))


def _forbidden(name: str) -> bool:
    parts = PurePosixPath(name.replace("!", "/")).parts
    return bool(set(parts) & set(FORBIDDEN)) or name.endswith(FORBIDDEN_ENDS)


def texts(files: Mapping[str, bytes], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield the place and the text of everything in `files`."""
    for name, data in files.items():
        yield name, _text(data)
        if depth < MAX_DEPTH:
            for inner, more in _deeper(name, data):
                yield from texts({f"{name}!{inner}": more}, depth + 1)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace") + (
        "\n" + data.decode("utf-16", "replace") if b"\0" in data[:64] else ""
    )


def _deeper(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what is packed in a file, by name: members, decompressed bytes, JSON strings, base64."""
    if data.startswith(b"PK\x03\x04") and zipfile.is_zipfile(io.BytesIO(data)):
        yield from archive.unzipped(data).items()
        return
    if data[:1] == b"\x78" or data[:2] == b"\x1f\x8b":
        with contextlib.suppress(zlib.error):
            yield "decompressed", zlib.decompressobj(wbits=47).decompress(data, 50 << 20)
    if data.lstrip()[:1] in (b"{", b"["):
        with contextlib.suppress(ValueError):
            yield "strings", "\n".join(_strings(json.loads(data))).encode("utf-8", "replace")
    for number, match in enumerate(BASE64.finditer(data)):
        with contextlib.suppress(binascii.Error):
            yield f"base64-{number}", base64.b64decode(match.group(), validate=True)


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _strings(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        if value and all(isinstance(inner, str) for inner in value):
            yield "".join(value)
        for inner in value:
            yield from _strings(inner)


def in_folder(folder: Path, secret: Mapping[str, str]) -> list[Leak]:
    """Search every file below a folder."""
    return search(archive.files_in(folder), secret)
