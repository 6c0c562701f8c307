"""Cuts a suite's helper modules down to what its public checks use, by their syntax trees.

Public and hidden checks share helpers. Definitions that only hidden checks use (expected values, known
mistakes) must not be released. So a student gets only the definitions in each helper that the public checks
reach and, of each class, only the methods that kept code may call. A class with a base from a library keeps
all its methods, because the library calls them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Name = tuple[str, str]  # module, definition


@dataclass
class Module:
    """One module's source, its top-level statements by the names that they define, and its imports."""

    source: str
    defines: dict[str, ast.stmt] = field(default_factory=dict)
    imports: dict[str, ast.stmt] = field(default_factory=dict)  # by the name that they bind

    def __post_init__(self) -> None:
        for node in ast.parse(self.source).body:
            into = self.imports if isinstance(node, (ast.Import, ast.ImportFrom)) else self.defines
            into.update(dict.fromkeys(bound(node), node))


def bound(node: ast.stmt) -> list[str]:
    """Return the names that a top-level statement binds."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]


def cut(helpers: Mapping[str, str], roots: Mapping[str, str], kept: Iterable[Name] = ()) -> dict[str, str]:
    """Return the helpers' sources, cut to what `roots` (sources that stay whole) and `kept` reach.

    `helpers` maps a module's name to its source. A string that names a stand-in counts as a use of it:
    `student.make("loader", …)` reaches the stand-in `loader`. A helper that nothing reaches is left out.
    """
    modules = {name: Module(source) for name, source in helpers.items()}
    cutter = _Cutter(modules)
    for source in roots.values():
        cutter.follow(Module(source), ast.parse(source))
    for module, name in kept:
        cutter.reach(module, name)
    cutter.settle()
    return {name: cutter.text(name) for name in modules if any(module == name for module, _ in cutter.kept)}


class _Cutter:
    """Follows uses from definition to definition until nothing new is kept."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        self.kept: set[Name] = set()
        self.attributes: set[str] = set()

    def settle(self) -> None:
        """Follow the methods that kept code may call, until no attribute is new."""
        before = -1
        while before != len(self.attributes):
            before = len(self.attributes)
            for name, definition in sorted(self.kept):
                module = self.modules[name]
                self._follow_definition(module, module.defines[definition])

    def reach(self, module: str, name: str) -> None:
        """Keep a definition and everything that it uses."""
        known = self.modules.get(module)
        if known is None or name not in known.defines or (module, name) in self.kept:
            return
        self.kept.add((module, name))
        self._follow_definition(known, known.defines[name])

    def _follow_definition(self, module: Module, node: ast.stmt) -> None:
        if not isinstance(node, ast.ClassDef):
            self.follow(module, node)
            return
        for part in [*node.bases, *node.keywords, *node.decorator_list, *self._members(module, node)]:
            self.follow(module, part)

    def _members(self, module: Module, node: ast.ClassDef) -> list[ast.stmt]:
        whole = self._of_a_library(module, node)
        return [member for member in node.body if whole or self._stays(member)]

    def _of_a_library(self, module: Module, node: ast.ClassDef) -> bool:
        """Whether a class inherits, directly or not, from a class that no helper defines."""
        return any(self._foreign(module, base) for base in node.bases)

    def _foreign(self, module: Module, base: ast.expr) -> bool:
        if not isinstance(base, ast.Name):
            return True
        source = module.imports.get(base.id)
        if isinstance(source, ast.ImportFrom) and source.module:
            module = self.modules.get(source.module.rsplit(".", 1)[-1], module)
        definition = module.defines.get(base.id)
        return not isinstance(definition, ast.ClassDef) or self._of_a_library(module, definition)

    def _stays(self, member: ast.stmt) -> bool:
        if not isinstance(member, ast.FunctionDef):
            return True
        return member.name in self.attributes or (member.name.startswith("__") and member.name.endswith("__"))

    def follow(self, module: Module, tree: ast.AST) -> None:
        """Reach everything that `tree`, a part of `module`, uses."""
        here = next((name for name, known in self.modules.items() if known is module), "")
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                self.attributes.add(node.attr)
                if isinstance(node.value, ast.Name) and node.value.id in self.modules:
                    self.reach(node.value.id, node.attr)
            elif isinstance(node, ast.Name):
                self._reach_name(module, here, node.id)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                self.attributes.add(node.value)
                self.reach("standins", node.value)

    def _reach_name(self, module: Module, here: str, name: str) -> None:
        self.reach(here, name)
        source = module.imports.get(name)
        if isinstance(source, ast.ImportFrom) and source.module:
            self.reach(source.module.rsplit(".", 1)[-1], name)

    def text(self, name: str) -> str:
        """Return a module's source with only the kept definitions, in their order."""
        module = self.modules[name]
        lines = module.source.splitlines()
        tree = ast.parse(module.source)
        used = self._used(module, name)
        blocks: list[str] = []
        for node in tree.body:
            if isinstance(node, ast.Expr) and node is tree.body[0]:
                blocks.append("\n".join(_lines(lines, node)))
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                blocks += self._import(node, used)
            elif any((name, definition) in self.kept for definition in bound(node)):
                blocks.append("\n".join(self._block(module, lines, node)))
        return "\n\n\n".join(blocks) + "\n"

    def _block(self, module: Module, lines: list[str], node: ast.stmt) -> list[str]:
        if not isinstance(node, ast.ClassDef):
            return _lines(lines, node)
        gone = {
            number
            for member in node.body
            if member not in self._members(module, node)
            for number in range(_first(member), (member.end_lineno or 0) + 1)
        }
        numbers = range(_first(node), (node.end_lineno or 0) + 1)
        return [lines[number - 1] for number in numbers if number not in gone]

    def _used(self, module: Module, name: str) -> set[str]:
        used: set[str] = set()
        for helper, definition in self.kept:
            if helper == name:
                node = module.defines[definition]
                head = [*node.bases, *node.decorator_list] if isinstance(node, ast.ClassDef) else []
                parts = [*head, *self._members(module, node)] if isinstance(node, ast.ClassDef) else [node]
                used |= {n.id for part in parts for n in ast.walk(part) if isinstance(n, ast.Name)}
        return used

    def _import(self, node: ast.Import | ast.ImportFrom, used: set[str]) -> list[str]:
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        names = [a for a in node.names if future or (a.asname or a.name).split(".")[0] in used]
        if not names:
            return []
        node = (
            ast.ImportFrom(node.module, names, 0) if isinstance(node, ast.ImportFrom) else ast.Import(names)
        )
        return [ast.unparse(node)]


def _first(node: ast.stmt) -> int:
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def _lines(lines: list[str], node: ast.stmt) -> list[str]:
    return lines[_first(node) - 1 : node.end_lineno]
