"""Loads a submission's cells into a module, statement by statement, as tolerantly as a notebook.

A statement that raises (a missing data set, a plot, a forgotten cell) is noted and skipped, so that whatever
the rest of the file defines can still be graded.
"""

from __future__ import annotations

import ast
import builtins
import linecache
import sys
import traceback
import types
from typing import Any

import autograder.wire as wire
from autograder.worker.substitution.definitions import Definitions
from autograder.worker.substitution.objects import is_stand_in

MAX_NOTES = 20


class Notebook:
    """Replaces IPython's shell: timing magics run their code; other magics and `!command`s are skipped."""

    TRANSPARENT = ("time", "timeit", "capture", "prun")

    def __init__(self, module: types.ModuleType, definitions: Definitions) -> None:
        self._module = module
        self._definitions = definitions

    def _run(self, source: str, file: str) -> None:
        exec(self._definitions.compile(ast.parse(source, file), file), self._module.__dict__)

    def run_cell_magic(self, magic: str, _line: str, body: str) -> None:
        """Run the body of a `%%time` cell; skip `%%bash` and similar magics."""
        if magic in self.TRANSPARENT:
            self._run(body, f"<%%{magic}>")

    def run_line_magic(self, magic: str, line: str, _stack_depth: int = 1) -> None:
        """Run the code after `%time`; skip `%matplotlib` and similar magics."""
        if magic in self.TRANSPARENT:
            self._run(line, f"<%{magic}>")

    def system(self, _command: str) -> None:
        """Skip a shell command."""

    def getoutput(self, _command: str) -> list[str]:
        """Skip a shell command and return no output."""
        return []


class PlainBars(types.ModuleType):
    """Replaces `tqdm.notebook`, which raises outside a notebook page, with text progress bars."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        import tqdm

        return getattr(tqdm, name)


def load(
    name: str, cells: list[list[Any]], definitions: Definitions | None = None
) -> tuple[types.ModuleType, list[str], int]:
    """Return the module `name` made of `cells` (name, source, first line), notes on errors, and the number
    of cells that Python could parse.

    `definitions` notes which objects were answers to questions.
    """
    definitions = definitions or Definitions()
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    sys.modules["tqdm.notebook"] = PlainBars("tqdm.notebook")
    notebook = Notebook(module, definitions)
    for extra, value in (("get_ipython", lambda: notebook), ("display", lambda *_, **__: None)):
        setattr(builtins, extra, value)
    notes: list[str] = []
    readable = sum(_run_cell(module, cell, notes, definitions) for cell in cells)
    return module, notes[:MAX_NOTES], readable


def _run_cell(module: types.ModuleType, cell: list[Any], notes: list[str], definitions: Definitions) -> bool:
    """Run one cell; return False if it is not valid Python."""
    name, source, first_line = cell
    lines = [""] * (first_line - 1) + source.splitlines()
    linecache.cache[name] = (len(source), None, [line + "\n" for line in lines], name)
    try:
        tree = ast.parse(source, name)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        notes.append(_syntax_note(name, first_line, error))
        return False
    ast.increment_lineno(tree, first_line - 1)
    flags = 0
    for statement in tree.body:
        flags |= _future(statement)
        try:
            exec(definitions.compile(ast.Module([statement], []), name, flags), module.__dict__)
        except BaseException as error:  # student code may raise anything, SystemExit included
            place = f"{name}, line {statement.lineno}"
            notes.append(f"{place}: {describe(error)}; skipped: fix this statement if your answers need it")
        definitions.look(module.__dict__)
    return True


def _future(statement: ast.stmt) -> int:
    if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
        return 0
    import __future__

    known = (getattr(__future__, alias.name, None) for alias in statement.names)
    return sum(feature.compiler_flag for feature in known if feature is not None)


def _syntax_note(name: str, first_line: int, error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    where = f"{name}, line {line + first_line - 1}" if line else name
    text = getattr(error, "msg", None) or describe(error)
    return f"{where}: {wire.printable(str(text), 200)}; none of this code was loaded: fix its syntax"


def describe(error: BaseException) -> str:
    """Return `Type: message` of an exception on one short line, even if its `__str__` raises."""
    try:
        message = str(error)
    except BaseException:
        message = "(its message cannot be shown)"
    return wire.printable(f"{type(error).__name__}: {message}" if message else type(error).__name__, 300)


def where(error: BaseException, names: list[str]) -> list[Any] | None:
    """Return [cell, line] of the innermost frame of `error` in one of the cells `names`, or None."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_filename in names and not is_stand_in(frame.f_code):
            return [frame.f_code.co_filename, line]
    return None
