"""Loads a submission's cells into a module, statement by statement, as tolerantly as a notebook.

A statement that raises (a missing data set, a plot, a forgotten cell) is noted and skipped, so that whatever
the rest of the file defines can still be graded. So is one that takes too long, and one at which an earlier
attempt to load the same file lost its process.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import inspect
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import autograder.wire as wire
from autograder.errors import UNPARSABLE
from autograder.worker import bindings, compiling, endings, recovery, settings, shell
from autograder.worker.bars import plain_bars
from autograder.worker.displayed import Displayed
from autograder.worker.notes import Notes, describe
from autograder.worker.patience import Alarm, TooSlow
from autograder.worker.substitution.definitions import Definitions
from autograder.worker.substitution.objects import is_stand_in

MAX_NOTES = 20
MAIN = "__main__"  # the name of a notebook's module, as in a kernel
NOT_READ = "this statement was not loaded: fix its syntax"
TAG = (
    "what comes before it is graded. If it only trains or plots, tag its cell `exploration` and it will not "
    'run in grading (in Colab and in a script, begin the cell with `# %% tags=["exploration"]`; for other '
    "programs see the handout's rules)"
)


@dataclass(frozen=True)
class Plan:
    """How long loading may take, which statements to leave out, and whom to tell before each of them.

    `left_out` has the statements, by number, that ended an earlier attempt, and how.
    """

    seconds: float | None = None
    left_out: Mapping[int, str] = field(default_factory=dict)
    began: Callable[[int], object] = lambda number: None


@dataclass
class Current:
    """The cell that is being loaded."""

    name: str = ""
    at_end: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    timed: list[ast.stmt] | None = None  # of a `%%timeit` cell: the statements before those that it times


class Loaded(NamedTuple):
    """A submission as a module, notes on errors, how many cells Python could parse, and if time ran out."""

    module: types.ModuleType
    notes: list[str]
    readable: int
    late: bool = False


def load(
    name: str, cells: list[list[Any]], definitions: Definitions | None = None, plan: Plan | None = None
) -> Loaded:
    """Return the module `name` made of `cells` (name, source, first line), and what happened.

    `definitions` notes which objects were answers to questions.
    """
    loader = Loader(name, definitions or Definitions(), plan or Plan())
    before, hook = settings.read(), sys.displayhook
    try:
        with endings.only_cells():
            readable = sum(loader.run_cell(cell) for cell in cells)
    finally:
        loader.alarm.stop()
        sys.displayhook = hook
        with contextlib.suppress(Exception):  # student code may have replaced any function
            settings.apply(before)
    return Loaded(loader.module, loader.all_notes()[:MAX_NOTES], readable, loader.alarm.rings > 0)


class Loader:
    """Runs the cells of one submission in its module, and notes what goes wrong."""

    def __init__(self, name: str, definitions: Definitions, plan: Plan) -> None:
        self.module = types.ModuleType(name)
        if name != MAIN:
            self.module.__file__ = f"{name}.py"
        self.alarm = Alarm(plan.seconds)
        self._plan = plan
        self._names = vars(self.module)
        self._definitions = definitions
        self._displayed = Displayed(self._names, history=name == MAIN)
        self._taken = bindings.Taken(self._names)
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._number = 0
        self._current = Current()
        self._notes = Notes(self._names)
        self._runner: Any = None
        self._shell = shell.Shell(self)
        self._set_up()

    def _set_up(self) -> None:
        sys.modules[self.module.__name__] = self.module
        sys.displayhook = self._displayed
        if "" not in sys.path:
            sys.path.insert(0, "")  # for what `%%writefile` wrote
        plain_bars()
        compiling.leave_out()
        if "IPython" not in sys.modules:
            sys.meta_path.insert(0, shell.Later(self._shell))
        for extra, value in (("get_ipython", lambda: self._shell), ("display", shell.display)):
            setattr(builtins, extra, value)

    # -- notes --------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """Tell the student about the current statement."""
        self._notes.add(text)

    def all_notes(self) -> list[str]:
        """Return what the student is told, in the order of the file, names that were taken last."""
        return self._notes.all() + self._taken.sentences()

    # -- cells --------------------------------------------------------------------------------

    def run_cell(self, cell: list[Any]) -> bool:
        """Run one cell; return False if it is not valid Python."""
        name, source, first_line = cell
        lines = [""] * (first_line - 1) + source.splitlines()
        linecache.cache[name] = (len(source), None, [line + "\n" for line in lines], name)
        try:
            tree = ast.parse(source, name)
        except UNPARSABLE as error:
            tree = self._recovered(cell, error)
            if not tree.body:
                return False
        ast.increment_lineno(tree, first_line - 1)
        self._displayed.begin_cell(source)
        self._run(name, tree.body)
        return True

    def _recovered(self, cell: list[Any], error: BaseException) -> ast.Module:
        """Note why Python cannot read a cell; return the other statements of a script, none of a notebook."""
        name, source, first_line = cell
        if name.endswith(".py") and isinstance(error, SyntaxError):
            with contextlib.suppress(SyntaxError):
                tree, unread = recovery.readable(source)
                for line, why, text in unread if tree.body else ():
                    self._notes.unread(f"{name}, line {line + first_line - 1}: {why}; {NOT_READ}", text)
                if tree.body:
                    return tree
        self._notes.unread(_syntax_note(name, first_line, error), source)
        return ast.Module([], [])

    def run_body(self, magic: str, body: str) -> None:
        """Run the body of a cell magic like a cell of its own."""
        outer, place, name = self._current, self._notes.place, f"<%%{magic}>"
        try:
            self.run_cell([name, body, 1])
        finally:
            self._current, self._notes.place = outer, place

    def _run(self, name: str, body: list[ast.stmt]) -> None:
        statements = list(bindings.split(body))
        self._current = current = Current(name)
        with current.at_end:
            for at, statement in enumerate(statements, start=1):
                if not self._step(statement, partial(self._execute, statement, at == len(statements))):
                    return
                if current.timed is not None and statements[at:]:
                    self._step(statements[at], partial(self._time, [*current.timed, *statements[at:]]))
                    return

    def begin_cell(self, magic: str, line: str) -> None:
        """Run the rest of the cell as `%%magic line` says: output is captured, `%%timeit` keeps its names."""
        if magic == "timeit":
            self._current.timed = ast.parse(self._shell.statement_of_timeit(line)).body
        elif magic == "capture" and line:
            self._current.at_end.enter_context(self._shell.capture(line))
        elif magic not in shell.PYTHON:
            self.note(f"`%%{magic}` is not known here; the Python in its cell was run")

    # -- statements ---------------------------------------------------------------------------

    def _step(self, statement: ast.stmt, run: Callable[[], object]) -> bool:
        """Run one statement, with what to note if that fails; return False if it ended its cell."""
        self._number += 1
        self._notes.place = f"{self._current.name}, line {statement.lineno}"
        if self._left_out(statement):
            return True
        self._plan.began(self._number)
        try:
            with self.alarm.armed():
                run()
        except endings.CellEnd as end:
            self.note(f"{end}; the rest of this cell was not run")
            return False
        except TooSlow:
            self.note(f"loading your file took {self._plan.seconds:g} s, and this was stopped; {TAG}")
        except BaseException as error:  # student code may raise anything, SystemExit included
            self._notes.failed(error, statement)
        self._definitions.look(self._names)
        self._taken.look(statement, self._current.name, self._notes.place)
        self._notes.look()
        return True

    def _left_out(self, statement: ast.stmt) -> bool:
        """Whether a statement is not run: it ended an earlier attempt, or there is no time left."""
        how = self._plan.left_out.get(self._number)
        if how is not None:
            self.note(f"{how}; it was left out: {TAG}")
        late = self.alarm.rings > 1 and not isinstance(
            statement, (*bindings.DEFINES, ast.Import, ast.ImportFrom)
        )
        return how is not None or late

    def _execute(self, statement: ast.stmt, last: bool) -> None:
        self._flags |= _future(statement)
        shown = last and isinstance(statement, ast.Expr)
        tree = ast.Interactive([statement]) if shown else ast.Module([statement], [])
        code = self._definitions.compile(tree, self._current.name, self._flags)
        if code.co_flags & inspect.CO_COROUTINE:
            self._loop().run_until_complete(eval(code, self._names))
        else:
            exec(code, self._names)

    def _time(self, statements: list[ast.stmt]) -> None:
        """Run the body of a `%%timeit` cell, once: names that it binds stay its own."""
        tree = ast.parse("def timed(): pass")
        tree.body[0].body = statements  # type: ignore[attr-defined]
        scratch: dict[str, Any] = {}
        exec(
            compile(ast.fix_missing_locations(tree), self._current.name, "exec", self._flags),
            self._names,
            scratch,
        )
        scratch["timed"]()

    def _loop(self) -> Any:
        """Return the one event loop of the submission, in which top-level `await` runs."""
        import asyncio

        if self._runner is None:
            self._runner = asyncio.new_event_loop()
        return self._runner


def _future(statement: ast.stmt) -> int:
    if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
        return 0
    known = (getattr(__future__, alias.name, None) for alias in statement.names)
    return sum(feature.compiler_flag for feature in known if feature is not None)


def _syntax_note(name: str, first_line: int, error: BaseException) -> str:
    line = getattr(error, "lineno", None)
    where = f"{name}, line {line + first_line - 1}" if line else name
    text = getattr(error, "msg", None) or describe(error)
    return f"{where}: {wire.printable(str(text), 200)}; none of this code was loaded: fix its syntax"


def where(error: BaseException, names: list[str]) -> list[Any] | None:
    """Return [cell, line] of the innermost frame of `error` in one of the cells `names`, or None."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        name = frame.f_code.co_filename.removeprefix(f"{os.getcwd()}{os.sep}")  # of a helper: its path
        if name in names and not is_stand_in(frame.f_code):
            return [name, line]
    return None
