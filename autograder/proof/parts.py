"""What a question's results depend on, so that a proof grades again only what a change touches.

All results depend on the engine (intake, judge, worker), the assignment's settings, the sandbox and its
image (`common`). Those of a question depend further on its checks, on what these import of the suite, on the
suite's other files, and on the numbers that were drawn for it (`questions`).
"""

from __future__ import annotations

import ast
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.grading import provenance
from autograder.grading.setting import Setting
from autograder.judge import drawn
from autograder.records.files import write_whole

FILE = "parts.json"
ALWAYS = ("__init__", "standins")  # modules of a suite that all its checks run with
IMPORTERS = {"importlib", "import_module", "__import__()", "runpy", "exec()", "eval()", "__path__"}


@dataclass(frozen=True)
class Parts:
    """Hashes of what results depend on: of all questions, and of each question."""

    common: str
    questions: Mapping[str, str]

    def changed(self, other: Parts) -> tuple[str, ...]:
        """Return the questions whose results may differ between these and others."""
        every = self.common != other.common
        return tuple(q for q, own in self.questions.items() if every or other.questions.get(q) != own)


def of(setting: Setting) -> Parts:
    """Return the parts of today's suites."""
    traced = {**setting.provenance(), "suite": provenance.engine_hash(setting.assignment)}
    suite = setting.assignment.suite
    questions = {
        question.id: _hash(_of_question(suite, question.id)) for question in setting.assignment.questions
    }
    return Parts(_hash([json.dumps(traced, sort_keys=True).encode()]), questions)


def note(folder: Path, suite: str, parts: Parts) -> dict[str, Parts]:
    """Note in `folder` the parts of the suites with the hash `suite`; return all that are noted, by hash."""
    path = folder / FILE
    known = _read(path)
    if known.get(suite) != parts:
        known[suite] = parts
        write_whole(path, json.dumps({name: asdict(each) for name, each in known.items()}, indent=1))
    return known


def _read(path: Path) -> dict[str, Parts]:
    """Return the noted parts; none if the file is missing or damaged: then everything is graded again."""
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        return {name: Parts(**each) for name, each in table.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _hash(chunks: Iterator[bytes] | list[bytes]) -> str:
    return hashlib.sha256(b"\0".join(chunks)).hexdigest()


def texts(suite: Path, question: str) -> set[str]:
    """Return every text in a question's checks and what they import, names that they ask for among them."""
    return _files(suite, question)[1]


def _of_question(suite: Path, question: str) -> Iterator[bytes]:
    """Yield names and contents of the files that a question's checks use, then its drawn numbers.

    Left out are other questions' checks, and modules beside them, that no file in use names.
    """
    used, found = _files(suite, question)
    for path in sorted(path for path in suite.rglob("*") if path.is_file()):
        inside = path.relative_to(suite)
        beside = path.parent == suite and path.suffix == ".py" and path.stem not in ALWAYS
        theirs = inside.parts[0] in ("public", "hidden") and path.match("test_*.py")
        stray = "__pycache__" in inside.parts or path.name == drawn.FILE
        if path in used or not (beside or theirs or stray):
            yield from (inside.as_posix().encode(), path.read_bytes())
    if (suite / drawn.FILE).is_file():
        table = json.loads((suite / drawn.FILE).read_text(encoding="utf-8"))
        known = table if drawn.FILE in found else [name for name in table if name in found]
        yield json.dumps([table.get("key"), {name: table[name] for name in known}]).encode()


def _files(suite: Path, question: str) -> tuple[set[Path], set[str]]:
    """Return the files of a question's checks and those of the suite that they name, and all texts in them.

    A module may be named by an import, as an attribute of its package, or as a file. A file that imports
    modules by names it makes may use every file. drawn.FILE is among the texts if all of it may be read.
    """
    every = list(suite.rglob("*.py"))
    waiting = [path for path in every if path.stem == f"test_{question}"]
    used: set[Path] = set()
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path not in used:
            used.add(path)
            names, new = _named(ast.parse(path.read_bytes()))
            found |= new
            waiting += every if names & IMPORTERS else [other for other in every if other.stem in names]
    return used, found


def _named(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return what may name a module in a file, and the file's texts (with names of keyword arguments)."""
    names: set[str] = set()
    found: set[str] = set()
    tables = 0  # mentions of `drawn.of` other than `drawn.of(...)["part"]`
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            whole = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            names |= {word for name in whole for word in name.split(".")}
            tables += sum(alias.name in ("of", "drawn") and alias.asname is not None for alias in node.names)
        elif isinstance(node, (ast.Attribute, ast.Name)):
            names.add(node.attr if isinstance(node, ast.Attribute) else f"{node.id}()")
            tables += _is_table(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
            tables -= _is_table(node.value.func) and isinstance(node.slice, ast.Constant)
    found |= {drawn.FILE} if tables else set()
    return names | {text.removesuffix(".py") for text in found if text.endswith(".py")}, found


def _is_table(node: ast.AST) -> bool:
    """Whether an expression is `drawn.of`, or `of`."""
    if isinstance(node, ast.Name):
        return node.id == "of"
    owner = getattr(node, "value", None)
    return getattr(node, "attr", "") == "of" and "drawn" in (getattr(owner, n, "") for n in ("id", "attr"))
