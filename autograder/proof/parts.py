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


def _files(suite: Path, question: str) -> tuple[set[Path], set[str]]:
    """Return the files of a question's checks and of what they import of the suite, and all texts in them."""
    helpers = {path.stem: path for path in suite.glob("*.py")}
    tests = [path for path in suite.glob(f"*/test_{question}.py") if path.parent.name in ("public", "hidden")]
    return _with_imports(tests, helpers)


def _of_question(suite: Path, question: str) -> Iterator[bytes]:
    """Yield names and contents of the files that a question's checks use, then its drawn numbers."""
    used, found = _files(suite, question)
    for path in sorted(suite.rglob("*")):
        inside = path.relative_to(suite)
        alone = path.parent == suite and path.suffix == ".py" and path.name != "standins.py"
        stray = "__pycache__" in inside.parts or path.name == drawn.FILE or not path.is_file()
        if path in used or not (alone or stray or inside.parts[0] in ("public", "hidden")):
            yield from (inside.as_posix().encode(), path.read_bytes())
    if (suite / drawn.FILE).is_file():
        table = json.loads((suite / drawn.FILE).read_text(encoding="utf-8"))
        yield json.dumps([table.get("key"), {name: table[name] for name in table if name in found}]).encode()


def _with_imports(waiting: list[Path], helpers: Mapping[str, Path]) -> tuple[set[Path], set[str]]:
    """Return these files and the helpers that they import, directly or not, and all texts in them."""
    used: set[Path] = set()
    found: set[str] = set()
    while waiting:
        path = waiting.pop()
        if path in used:
            continue
        used.add(path)
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                whole = [f"{getattr(node, 'module', None) or ''}.{alias.name}" for alias in node.names]
                waiting += [helpers[word] for name in whole for word in name.split(".") if word in helpers]
    return used, found
