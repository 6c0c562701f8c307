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

MAX_NOTES = 20
FUTURE_FLAGS = 0x1FFF000  # the compiler flags of `from __future__ import …`


class Notebook:
    """Replaces IPython's shell: timing magics run their code; other magics and `!command`s are skipped."""

    TRANSPARENT = ("time", "timeit", "capture", "prun")

    def __init__(self, module: types.ModuleType) -> None:
        self._module = module

    def run_cell_magic(self, magic: str, _line: str, body: str) -> None:
        """Run the body of a `%%time` cell; skip `%%bash` and similar magics."""
        if magic in self.TRANSPARENT:
            exec(compile(body, f"<%%{magic}>", "exec"), self._module.__dict__)

    def run_line_magic(self, magic: str, line: str, _stack_depth: int = 1) -> None:
        """Run the code after `%time`; skip `%matplotlib` and similar magics."""
        if magic in self.TRANSPARENT:
            exec(compile(line, f"<%{magic}>", "exec"), self._module.__dict__)

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


def load(name: str, cells: list[list[Any]]) -> tuple[types.ModuleType, list[str], int]:
    """Return the module `name` made of `cells` (name, source, first line), notes on errors, and the number
    of cells that Python could parse."""
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    sys.modules["tqdm.notebook"] = PlainBars("tqdm.notebook")
    notebook = Notebook(module)
    for extra, value in (("get_ipython", lambda: notebook), ("display", lambda *_, **__: None)):
        setattr(builtins, extra, value)
    notes: list[str] = []
    readable = sum(_run_cell(module, text, source, line, notes) for text, source, line in cells)
    return module, notes[:MAX_NOTES], readable


def _run_cell(module: types.ModuleType, name: str, source: str, first_line: int, notes: list[str]) -> bool:
    """Run one cell; return False if it is not valid Python."""
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
            code = compile(ast.Module([statement], []), name, "exec", flags, dont_inherit=True)
            exec(code, module.__dict__)
        except BaseException as error:  # student code may raise anything, SystemExit included
            place = f"{name}, line {statement.lineno}"
            notes.append(f"{place}: {describe(error)}; skipped: fix this statement if your answers need it")
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
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename in names:
            return [frame.filename, frame.lineno]
    return None
