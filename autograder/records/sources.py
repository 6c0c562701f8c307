"""Which of the kit's own files a module needs: its imports, followed through the syntax tree.

What goes into an image, a bundle or a hash is worked out here, so that a new file cannot be forgotten and a
renamed one cannot drop out. Imports inside functions count; those under `if TYPE_CHECKING` do not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.errors import KitError
from autograder.records.places import CHECKOUT

OURS = "autograder"


def closure(*modules: str, root: Path = CHECKOUT) -> dict[str, Path]:
    """Return the files of `modules` and of all that they import of ours, by path below `root`, sorted.

    A package's `__init__.py` comes with each of its modules. Raises KitError where one of them is missing.
    """
    files: dict[str, Path] = {}
    waiting = [(module, "the list of what is needed") for module in modules]
    while waiting:
        module, wanted_by = waiting.pop()
        path = _file_of(module, root)
        if path is None:
            raise KitError(
                f"{wanted_by}: expected the module {module}, found no such file; is this copy whole?"
            )
        name = path.relative_to(root).as_posix()
        if name not in files:
            files[name] = path
            parents = _parents(module)
            waiting += [(needed, name) for needed in (*parents, *imports(path, root))]
    return dict(sorted(files.items()))


def imports(path: Path, root: Path = CHECKOUT, typing: bool = False) -> set[str]:
    """Return the modules of ours that a file imports, by dotted name; with `typing`, those for types too."""
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return {
        module
        for statement in _statements(tree.body, typing)
        for name in _imported(statement)
        if name.split(".")[0] == OURS
        for module in [_module(name, root)]
    }


def _statements(body: Iterable[ast.stmt], typing: bool) -> Iterator[ast.stmt]:
    """Yield every statement, however deep; looking into expressions too would take most of the time."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If) and not typing and "TYPE_CHECKING" in ast.dump(statement.test):
            yield from _statements(statement.orelse, typing)
            continue
        for part in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, part, ()), typing)
        for handler in getattr(statement, "handlers", ()):
            yield from _statements(handler.body, typing)


def _imported(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [f"{statement.module}.{alias.name}" for alias in statement.names]
    return []


def _module(name: str, root: Path) -> str:
    """Return the module that `name` is, or that it comes from: a function `a.b.f` comes from `a.b`."""
    return name if _file_of(name, root) else name.rpartition(".")[0] or name


def _file_of(module: str, root: Path) -> Path | None:
    place = root.joinpath(*module.split("."))
    files = (place.with_name(f"{place.name}.py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]
