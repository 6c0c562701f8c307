"""Finds the code of a submission that the checks of one question can run.

That is every statement outside functions and classes, whatever runs when a definition is executed, and each
function or class at the top level that the question or its checks ask for, or whose name occurs in code found
so far. What a stand-in replaces in the question's checks is followed only from code that runs while the file
is loaded, when nothing is replaced yet. If two submissions have this code in common, what else is in them
does not change what the question's checks find. Where the code can look up any name, all code can run; where
it can read code, nothing is said.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence

from autograder.errors import UNPARSABLE
from autograder.records.assignment import Assignment
from autograder.records.submission import Cell


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


READERS = _words(  # of the text or the lines of code
    """inspect linecache traceback tokenize getsource script _getframe currentframe __code__ __file__ __doc__
    In _ih get_ipython"""
)
LOOKUPS = _words(  # of names that may be put together when the code runs
    """globals() locals() vars() eval() exec() getattr() dir() builtins __builtins__ __dict__ __globals__
    __getattribute__ __import__ import_module modules attrgetter methodcaller pickle gc __subclasses__
    __init_subclass__"""
)
PLAIN = _words(  # decorators that neither run what they decorate nor keep it elsewhere
    """torch no_grad inference_mode enable_grad staticmethod classmethod property functools cache lru_cache
    cached_property dataclasses dataclass abstractmethod override"""
)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def reached(
    cells: Sequence[Cell], question: str, assignment: Assignment, asked: Collection[str] = ()
) -> str | None:
    """Return the code that a question's checks can run, in a form that equal code shares.

    `asked` are names that the checks may ask for beside those that the question defines.

    None if it cannot be told: the code does not parse, or looks at the text of code.
    """
    try:
        body = [statement for cell in cells for statement in ast.parse(cell.source).body]
    except UNPARSABLE:
        return None
    defined = [s for s in body if isinstance(s, Definition)]
    edges = {id(s): _edge(s) for s in defined}
    loading = set(_names(s for s in body if not isinstance(s, Definition)))
    loading |= set(_names(edge for edge in edges.values() if _runs(edge)))
    early = _followed(defined, loading)
    replaced = assignment.substitutes(question)
    wanted = {*loading, *_names(early), *assignment.question(question).defines, *asked}
    late = _followed([s for s in defined if s.name not in replaced], wanted)
    names = wanted | set(_names(late))
    if names & READERS:
        return None
    anything = {*names, *_methods(defined)} & {*LOOKUPS, assignment.name}
    inside = {id(s) for s in (defined if anything else [*early, *late])}
    return "\n".join(ast.dump(s if id(s) in inside else edges.get(id(s), s)) for s in body)


def _followed(defined: Sequence[Definition], names: Collection[str]) -> list[Definition]:
    """Return the definitions that these names lead to, directly or not."""
    found: list[Definition] = []
    known = set(names)
    while new := [s for s in defined if s not in found and (s.name in known or s.name.startswith("__"))]:
        found += new
        known |= set(_names(new))
    return found


def _edge(defined: Definition) -> Definition:
    """Return what runs when a definition is executed: decorators, defaults, bases, a class's statements.

    That is all of it if a decorator, or a class's statement or metaclass, may run what is inside.
    """
    edge = type(defined)(**{field: getattr(defined, field) for field in defined._fields})
    if not {name.removesuffix("()") for name in _names(defined.decorator_list)} <= PLAIN:
        return edge
    if not isinstance(defined, ast.ClassDef):
        edge.body = []
        return edge
    methods = {s.name: s for s in defined.body if isinstance(s, Definition)}
    outside = [s for s in defined.body if not isinstance(s, Definition)]
    if not defined.keywords and methods.keys().isdisjoint(_names([*outside, *map(_edge, methods.values())])):
        edge.body = [_edge(s) if isinstance(s, Definition) else s for s in defined.body]
    return edge


def _runs(edge: Definition) -> bool:
    """Whether more happens than a definition when it is executed: a call, or a decorator's."""
    return bool(edge.decorator_list) or any(isinstance(node, ast.Call) for node in ast.walk(edge))


def _methods(defined: Iterable[Definition]) -> Iterator[str]:
    return (s.name for kind in defined for s in kind.body if isinstance(s, Definition))


def _names(code: Iterable[ast.AST]) -> Iterator[str]:
    """Yield every identifier in some code but those that it defines, and every text, which may be a name.

    A variable comes a second time, with (), so that LOOKUPS tells `eval` from `model.eval`.
    """
    for node in (node for part in code for node in ast.walk(part)):
        if isinstance(node, ast.Name):
            yield from (node.id, f"{node.id}()")
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword):
            yield node.arg or ""
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            whole = [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
            yield from (part for name in whole for part in name.split("."))
