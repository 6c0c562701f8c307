"""What `get_ipython()` returns while a submission is loaded and checked: IPython's shell, made harmless.

Theory of operation. Most magics in students' notebooks set up the page that they look at, and importing
IPython takes a third of a second. So `Shell` answers those itself, and creates IPython's own shell
(real_shell.py) only when something else is asked: `%time`, `%env`, `%%writefile`, `x = !ls`. That shell works
on the submission's own names. Neither reaches the system: no command is run and nothing is installed.
"""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any, Protocol

from autograder.errors import UNPARSABLE

PAGE = frozenset(  # line magics that concern the page, its program or the system: there is nothing to do
    [
        *("alias", "autoreload", "autosave", "bash", "bigquery", "colors", "conda", "config", "debug"),
        *("doctest_mode", "edit", "gui", "history", "load", "load_ext", "lsmagic", "magic", "mamba", "man"),
        *(
            "matplotlib",
            "mkdir",
            "more",
            "notebook",
            "page",
            "pdb",
            "pdef",
            "pdoc",
            "pfile",
            "pinfo",
            "pinfo2",
        ),
        *(
            "pip",
            "pprint",
            "precision",
            "psearch",
            "psource",
            "quickref",
            "recall",
            "reload_ext",
            "rm",
            "rmdir",
        ),
        *("sc", "sx", "system", "tb", "tensorboard", "uv", "wandb", "watermark", "xmode"),
    ]
)
ELSEWHERE = frozenset(  # cell magics whose body is not Python of this process
    [
        *("!", "HTML", "R", "SVG", "bash", "bigquery", "cmd", "cython", "html", "javascript", "js", "julia"),
        *("latex", "markdown", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "sql"),
        *("svg", "sx", "system"),
    ]
)
PYTHON = (
    "capture",
    "prun",
    "time",
    "timeit",
)  # cell magics whose body is Python, as in intake/translation.py


class Loading(Protocol):
    """What a shell needs of the loader."""

    module: types.ModuleType

    def begin_cell(self, magic: str, line: str) -> None:
        """Run the rest of the current cell as the cell magic says."""

    def run_body(self, magic: str, body: str) -> None:
        """Run the body of a cell magic like a cell."""

    def note(self, text: str) -> None:
        """Tell the student about the current statement."""


class Shell:
    """Answers the calls that notebooks are translated into; everything else goes to IPython's own shell."""

    def __init__(self, loading: Loading) -> None:
        self._loading = loading
        self._real: Any = None

    def begin_cell(self, magic: str, line: str) -> None:
        """Run the rest of the cell as `%%magic line` says."""
        self._loading.begin_cell(magic, line)

    def run_cell_magic(self, magic: str, line: str, body: str) -> Any:
        """Run the body of a cell magic if it is Python; skip what belongs to another program."""
        if magic in ELSEWHERE:
            return None
        if magic in PYTHON or (magic not in ("writefile", "file") and _is_python(body)):
            return self._loading.run_body(magic, f"get_ipython().begin_cell({magic!r}, {line!r})\n{body}")
        if magic in ("writefile", "file"):
            return self.real().run_cell_magic(magic, line, body)
        self._loading.note(f"`%%{magic}` is not known here, and its cell is not Python; it was left out")
        return None

    def run_line_magic(self, magic: str, line: str, _stack_depth: int = 1) -> Any:
        """Run a line magic with the names of its caller, unless it concerns only the page or the system."""
        if magic in PAGE:
            return None
        if magic == "timeit":
            line = self._once(line)
        return self.real().plain_line_magic(magic, line, _stack_depth + 2)

    def magic(self, text: str) -> Any:
        """Run a line magic that is given as one string, as old exports do."""
        name, _, line = text.lstrip("%").partition(" ")
        return self.run_line_magic(name, line.strip(), 2)

    def system(self, _command: str) -> None:
        """Skip a shell command."""
        vars(self._loading.module)["_exit_code"] = 0

    def getoutput(self, _command: str, *_args: Any, **_kwargs: Any) -> Any:
        """Skip a shell command, and return the output of one that prints nothing."""
        from IPython.utils.text import SList

        return SList()

    def statement_of_timeit(self, line: str) -> str:
        """Return what follows the options of `%%timeit`: the statement that prepares its body."""
        return self.real().parse_options_of_timeit(line)[1] if line else ""

    def _once(self, line: str) -> str:
        """Return the arguments of `%timeit` with one run instead of the thousands that measure."""
        real = self.real()
        options, statement = real.parse_options_of_timeit(line)
        return f"-n1 -r1 {'-o ' if 'o' in options else ''}{'-q ' if 'q' in options else ''}{statement}"

    def real(self) -> Any:
        """Return IPython's own shell on the submission's names; create it the first time."""
        if self._real is None:
            sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Later)]
            from autograder.worker.real_shell import create

            self._real = create(self, self._loading)
        return self._real

    def capture(self, line: str) -> contextlib.AbstractContextManager[None]:
        """Return a block within which output is collected, as `%%capture line` says."""
        self.real()  # first: whatever imports IPython creates it
        from autograder.worker.real_shell import capture

        return capture(line, vars(self._loading.module))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.real(), name)


def _is_python(body: str) -> bool:
    try:
        return bool(ast.parse(body).body)
    except UNPARSABLE:
        return False


class DisplayHandle:
    """What `display(…, display_id=True)` returns: nobody looks at the page, so updates do nothing."""

    def __init__(self, display_id: str) -> None:
        self.display_id = display_id

    def display(self, obj: Any, **_kwargs: Any) -> None:
        """Show nothing."""

    def update(self, obj: Any, **_kwargs: Any) -> None:
        """Show nothing."""


def display(*_objects: Any, display_id: Any = None, **_kwargs: Any) -> DisplayHandle | None:
    """Show nothing; return a handle if one is asked for, as IPython's `display` does."""
    if display_id is None:
        return None
    return DisplayHandle(display_id if isinstance(display_id, str) else "1")


class Later(importlib.abc.MetaPathFinder):
    """Creates IPython's shell when student code imports IPython, which finds it by itself then."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return IPython's spec with a loader that creates the shell; None for every other module."""
        if fullname != "IPython":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Then(spec.loader, self._shell)
        return spec


class _Then(importlib.abc.Loader):
    """Runs a module with its original loader, then creates the shell."""

    def __init__(self, original: importlib.abc.Loader, shell: Shell) -> None:
        self._original = original
        self._shell = shell

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType | None:
        """Leave this to the module's original loader."""
        return self._original.create_module(spec)

    def exec_module(self, module: types.ModuleType) -> None:
        """Run the module, and create the shell."""
        module.__loader__ = self._original
        if module.__spec__ is not None:
            module.__spec__.loader = self._original
        self._original.exec_module(module)
        self._shell.real()
