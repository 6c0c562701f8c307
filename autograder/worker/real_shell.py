"""IPython's own shell on a submission's names, with everything that would reach the system left out.

Only shell.py imports this module, and only when it is needed: it imports IPython.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic_arguments import parse_argstring
from IPython.core.magics.execution import ExecutionMagics
from IPython.utils.capture import capture_output

from autograder.worker.endings import CellEnd

if TYPE_CHECKING:
    from autograder.worker.shell import Loading, Shell

TIMEIT = "n:r:tcp:qov:"  # the options of %timeit


class RealShell(InteractiveShell):
    """IPython's shell; what notebooks call on it goes through the kit's own shell first."""

    def attach(self, ours: Shell, loading: Loading) -> None:
        """Send the calls of translated cells to `ours`, and errors that IPython shows to `loading`."""
        self.ours = ours
        self.loading = loading

    def begin_cell(self, magic: str, line: str) -> None:
        """Run the rest of the cell as `%%magic line` says."""
        self.ours.begin_cell(magic, line)

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """Run a line magic, as the kit's shell decides."""
        return self.ours.run_line_magic(magic_name, line, _stack_depth + 1)

    def plain_line_magic(self, magic: str, line: str, stack_depth: int) -> Any:
        """Run a line magic of IPython's own; note one that it does not have, or uses it does not know."""
        try:
            return super().run_line_magic(magic, line, stack_depth)
        except UsageError as error:
            self.loading.note(f"{error}; this was left out")

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """Run a cell magic: those that write files by IPython, others as the kit's shell decides."""
        if magic_name in ("writefile", "file"):
            return super().run_cell_magic(magic_name, line, cell)
        return self.ours.run_cell_magic(magic_name, line, cell)

    def parse_options_of_timeit(self, line: str) -> tuple[Any, str]:
        """Return the options and the statement of a `%timeit` line."""
        magics = ExecutionMagics(shell=self)
        return magics.parse_options(line, TIMEIT, posix=False, strict=False, preserve_non_opts=True)

    def system(self, cmd: str) -> None:
        """Skip a shell command."""
        self.ours.system(cmd)

    system_raw = system_piped = system

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """Skip a shell command, and return no output."""
        return self.ours.getoutput(cmd) if split else ""

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no window."""

    def enable_matplotlib(self, gui: Any = None) -> tuple[str, str]:
        """Change nothing: figures are drawn into memory."""
        return "agg", "agg"

    def ask_exit(self) -> None:
        """End the cell, as the end of a kernel would."""
        raise CellEnd("exit() was called")

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Note an error that IPython would show and swallow."""
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if error is not None:
            self.loading.note(f"{type(error).__name__}: {error}")

    def init_virtualenv(self) -> None:
        """Leave the path for imports as it is."""


def create(ours: Shell, loading: Loading) -> RealShell:
    """Return IPython's one shell in this process, on the names of the loaded module."""
    from traitlets.config import Config  # IPython's own requirement

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    main, path, hook = sys.modules.get("__main__"), list(sys.path), sys.displayhook
    InteractiveShell.clear_instance()
    RealShell.clear_instance()
    shell = RealShell.instance(config=config, user_module=loading.module, user_ns=vars(loading.module))
    shell.attach(ours, loading)
    if main is not None:
        sys.modules["__main__"] = main
    sys.path[:], sys.displayhook = path, hook
    return shell


@contextlib.contextmanager
def capture(line: str, names: dict[str, Any]) -> Iterator[None]:
    """Within the block, collect what is printed and shown, as `%%capture line` does; keep it as it says."""
    options = parse_argstring(ExecutionMagics.capture, line)
    shown = (not options.no_stdout, not options.no_stderr, not options.no_display)
    with capture_output(*shown) as captured:
        yield
    if options.output:
        names[options.output] = captured
