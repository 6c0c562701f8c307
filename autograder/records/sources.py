"""Finds which of the kit's files a module needs by following its imports through the syntax tree.

The contents of images, bundles and hashes are computed here, so no new or renamed file can be forgotten.
Imports inside functions count; imports under `if TYPE_CHECKING` do not.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.errors import KitError
from autograder.records.places import CHECKOUT

KIT = "autograder"
BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")  # of a statement


def closure(*modules: str, root: Path = CHECKOUT) -> dict[str, Path]:
    """Return the files of `modules` and of every kit module that they import, by path below `root`, sorted.

    Each module brings its packages' `__init__.py` files. Raises KitError if a file is missing.
    """
    files: dict[str, Path] = {}
    waiting = [(module, "the list of what is needed") for module in modules]
    while waiting:
        module, wanted_by = waiting.pop()
        path = _file_of(module, root)
        if path is None:
            raise KitError(
                f"{wanted_by}: expected the module {module}, found no such file; reinstall the kit"
            )
        name = path.relative_to(root).as_posix()
        if name not in files:
            files[name] = path
            parents = _parents(module)
            waiting += [(needed, name) for needed in (*parents, *imports(path, root))]
    return dict(sorted(files.items()))


def imports(path: Path, root: Path = CHECKOUT, typing: bool = False) -> set[str]:
    """Return the kit modules that a file imports, by dotted name; with `typing`, also those for types."""
    return {
        module
        for statement in _statements(_tree(path).body, typing)
        for module in _imported(statement, root)
        if module.split(".")[0] == KIT
    }


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _statements(body: Iterable[ast.stmt], typing: bool) -> Iterator[ast.AST]:
    """Yield every statement at any depth; visiting expressions as well would take most of the time."""
    waiting: list[ast.AST] = list(body)
    while waiting:
        statement = waiting.pop()
        yield statement
        for_types = isinstance(statement, ast.If) and not typing and _is_type_checking(statement.test)
        for part in ("orelse",) if for_types else BLOCKS:
            waiting += getattr(statement, part, ())


def _is_type_checking(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _imported(statement: ast.AST, root: Path) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [_module(statement.module, alias.name, root) for alias in statement.names]
    return []


def _module(source: str, name: str, root: Path) -> str:
    """Return the module that `from source import name` needs: `source.name`, or `source` if it defines that.

    If neither is there, it is `source.name`, a missing file.
    """
    whole, path = f"{source}.{name}", _file_of(source, root)
    if path is None:
        return source
    if _file_of(whole, root):
        return whole
    return source if path.name != "__init__.py" or name in _names(path) else whole


def _names(path: Path) -> set[str]:
    """Return the names that a file binds at its top level."""
    names: set[str] = set()
    for node in _tree(path).body:
        names |= {alias.asname or alias.name.split(".")[0] for alias in getattr(node, "names", [])}
        names |= {target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)}
        names |= {node.name} if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else set()
    return names


def _file_of(module: str, root: Path) -> Path | None:
    place = os.path.join(root, *module.split("."))  # pathlib takes four times as long, a thousand times
    files = (f"{place}.py", os.path.join(place, "__init__.py"))
    return next((Path(file) for file in files if os.path.isfile(file)), None)


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]
