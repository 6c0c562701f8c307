"""Says what in a submission does something else in grading than in the kernel where it was written."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from autograder.errors import UNPARSABLE
from autograder.records.submission import PARSED, Cell

COMMANDS = "commands (`!`, `%pip`, `%%bash`) do not run in grading; nothing is installed, and output is empty"
ENDS = "in grading, this ends its cell and not the program"
CALLS = {
    "torch.compile": "`torch.compile` returns the model as it is in grading: compiling takes too long",
    "input": "nobody can type in grading: `input` raises EOFError",
    "exit": ENDS,
    "quit": ENDS,
    "os._exit": ENDS,
    "os.kill": ENDS,
}
SHELL = frozenset(["system", "getoutput"])
INSTALLS = frozenset(["pip", "conda", "mamba", "uv", "system", "sx"])
OTHER_LANGUAGES = frozenset(["bash", "sh", "script", "cmd", "system", "!", "sx", "perl", "ruby", "python"])


def notes(cells: Iterable[Cell]) -> tuple[str, ...]:
    """Return a sentence for each such construct, with the first place where it stands.

    Code of more than PARSED characters is not searched.
    """
    cells = list(cells)
    if sum(len(cell.source) for cell in cells) > PARSED:
        return ()
    places: dict[str, str] = {}
    for cell in cells:
        for why, line in sorted(_found(cell.source), key=lambda one: one[1]):
            places.setdefault(why, f"{cell.name}, line {line + cell.first_line - 1}")
    return tuple(f"{place}: {why}" for why, place in places.items())


def written(cells: Iterable[Cell]) -> frozenset[str]:
    """Return the names of the modules that `%%writefile` writes."""
    calls = (call for cell in cells for call in _calls(cell.source))
    files = (_text(call, 1).split()[-1:] for call in calls if _text(call, 0) in ("writefile", "file"))
    return frozenset(name.removesuffix(".py") for found in files for name in found)


def _found(source: str) -> Iterator[tuple[str, int]]:
    for call in _calls(source):
        name = ast.unparse(call.func)
        if name in CALLS:
            yield CALLS[name], call.lineno
        elif name.startswith("get_ipython()."):
            method, magic = name.rpartition(".")[2], _text(call, 0)
            if method in SHELL or magic in (INSTALLS if method == "run_line_magic" else OTHER_LANGUAGES):
                yield COMMANDS, call.lineno


def _calls(source: str) -> Iterator[ast.Call]:
    """Yield the calls of plain and dotted names in a cell; none if Python cannot read it."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except UNPARSABLE:
        return
    for node in nodes:
        if isinstance(node, ast.Call) and _is_plain(node.func):
            yield node


def _is_plain(function: ast.expr) -> bool:
    """Whether a function is a name, an attribute of one, or a method of `get_ipython()`."""
    if isinstance(function, ast.Attribute):
        function = function.value
    if isinstance(function, ast.Call):
        function = function.func
    return isinstance(function, ast.Name)


def _text(call: ast.Call, at: int) -> str:
    """Return an argument of a call if it is a string, otherwise the empty string."""
    argument = call.args[at] if len(call.args) > at else None
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""
