"""Turns code into symbols that survive a disguise: no names, comments, types or prints.

A statement becomes one line of symbols. Names that the author chose become `V`; names of Python, of libraries
and of the assignment stay. A variable that is used once, in a later line of its block, is put where it is
used.
"""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pygments.lexers import PythonLexer
from pygments.token import Comment, Literal, Name, Text

from autograder.errors import UNPARSABLE

CHOSEN = (Name, Name.Variable, Name.Attribute, Name.Function, Name.Class)
Arguments = Mapping[str, frozenset[str]]  # name of a definition → the arguments that the task gives it
FLIPPED: dict[type, str] = {ast.Gt: "Lt", ast.GtE: "LtE"}


@dataclass(frozen=True)
class Line:
    """The symbols of one statement, or of the head of a loop or branch, and its lines in the source."""

    symbols: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Piece:
    """One statement at the top level: what it defines ("" if nothing), whom it calls, its lines, its form.

    Equal `form`s have equal syntax, whatever their layout, comments and docstrings.
    """

    name: str
    uses: frozenset[str]
    lines: tuple[Line, ...]
    form: str


def pieces(
    sources: Sequence[str],
    kept: Collection[str],
    arguments: Arguments = MappingProxyType({}),
    given: Collection[str] = (),
) -> list[list[Piece]]:
    """Return the statements at the top level of each source, without those whose form is in `given`.

    The names in `kept` stay as they are, and in each definition those that `arguments` lists for it.
    A name that one of the sources binds is the author's own in all of them. Code that Python cannot parse
    becomes one piece for each of its lines, by its tokens.
    """
    trees = [_parsed(source) for source in sources]
    reader = _Reader([tree for tree in trees if tree is not None], kept)
    facts = (arguments, frozenset(given))
    return [_pieces(reader, tree, source, *facts) for tree, source in zip(trees, sources, strict=True)]


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except UNPARSABLE:
        return None


def _pieces(
    reader: _Reader, tree: ast.Module | None, source: str, arguments: Arguments, given: frozenset[str]
) -> list[Piece]:
    if tree is not None:
        try:
            found = ((node, _form(node)) for node in tree.body if not _is_text(node))
            return [_piece(reader, node, form, arguments) for node, form in found if form not in given]
        except RecursionError:
            pass
    lines = _by_tokens(source)
    return [Piece("", frozenset(), (line,), f"tokens {' '.join(line.symbols)}") for line in lines]


def _form(statement: ast.stmt) -> str:
    return ast.dump(_without_docs(statement))


def _piece(reader: _Reader, statement: ast.stmt, form: str, arguments: Arguments) -> Piece:
    name = getattr(statement, "name", "")
    uses = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    own = reader.within(arguments.get(name, frozenset()))
    return Piece(name, frozenset(uses), tuple(own.block([statement])), form)


def _without_docs(statement: ast.stmt) -> ast.stmt:
    """Remove the docstrings of a statement and everything in it, in place."""
    for node in ast.walk(statement):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _is_text(node.body[0]):
            node.body = node.body[1:] or [ast.Pass()]
    return statement


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _by_tokens(source: str) -> Iterator[Line]:
    """Yield the lines of code that is no valid Python, with a sign for each chosen name and each text."""
    for number, text in enumerate(source.split("\n"), start=1):
        tokens = [(kind, token) for kind, token in PythonLexer().get_tokens(text[:2000]) if token.strip()]
        symbols = [_sign(kind, token) for kind, token in tokens if kind not in Comment and kind not in Text]
        if symbols:
            yield Line(tuple(symbols), number, number)


def _sign(kind: object, token: str) -> str:
    if kind in CHOSEN:
        return "V"
    return "S" if kind in Literal.String else token


class _Reader:
    """Reads the statements of one author, whose names it knows."""

    def __init__(self, trees: Iterable[ast.Module], kept: Collection[str]) -> None:
        self.kept = kept
        self.chosen: set[str] = set()
        self.fields: set[str] = set()
        self.modules: dict[str, str] = {}
        for node in (node for tree in trees for node in ast.walk(tree)):
            self._learn(node)

    def within(self, arguments: frozenset[str]) -> _Reader:
        """Return a reader that also keeps the names in `arguments`."""
        if not arguments:
            return self
        other = copy.copy(self)
        other.kept = {*self.kept, *arguments}
        return other

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                self.chosen.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                self.chosen.add(name)
                self.fields.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                self.fields.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                self.modules |= {n.asname: n.name.split(".")[-1] for n in names if n.asname}

    def block(self, body: Iterable[ast.stmt]) -> Iterator[Line]:
        """Yield the lines of a block, the inner ones included."""
        for statement in _joined(list(body)):
            symbols, inner = self._statement(statement)
            last = getattr(statement, "end_lineno", None) or 1
            if inner:
                head = symbols[:1] == ["def"]  # below it may stand a docstring, which is not compared
                last = statement.lineno if head else max(statement.lineno, min(n.first for n in inner) - 1)
            if symbols:
                yield Line(tuple(symbols), statement.lineno, last)
            yield from inner

    def _statement(self, node: ast.stmt) -> tuple[list[str], list[Line]]:
        """Return the symbols of a statement itself, and the lines of the blocks in it."""
        inner = [line for body in _blocks(node) for line in self.block(body)]
        match node:
            case (
                ast.Expr(value=ast.Constant() | ast.Call(func=ast.Name(id="print")))
                | ast.Assert()
                | ast.Pass()
            ):
                return [], inner
            case ast.Assign(targets=targets, value=value):
                return [*self._all(targets), "=", *self.symbols(value)], inner
            case ast.AugAssign(target=target, op=op, value=value):
                whole = ast.BinOp(target, op, value)
                return [*self.symbols(target), "=", *self.symbols(whole)], inner
            case ast.AnnAssign(target=target, value=value):
                return ([*self.symbols(target), "=", *self.symbols(value)] if value else []), inner
            case ast.For(iter=source) | ast.AsyncFor(iter=source):
                return ["loop", *self.symbols(source)], inner
            case ast.While(test=test):
                return ["loop", *self.symbols(test)], inner
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                return ["def", self._name(name)], inner
            case ast.Expr(value=value):
                return self.symbols(value), inner
        return [type(node).__name__, *self._all(_expressions(node))], inner

    def symbols(self, node: ast.AST) -> list[str]:
        """Return the symbols of an expression."""
        match node:
            case ast.Name(id=name):
                return [self._name(name)]
            case ast.Constant(value=value):
                return ["S" if isinstance(value, str | bytes) else repr(value)[:40]]
            case ast.Attribute(value=value, attr=name):
                own = name in self.fields and name not in self.kept
                return [*self.symbols(value), ".A" if own else f".{name}"]
            case ast.BinOp(left=left, op=op, right=right):
                return self._pair(left, type(op).__name__, right, isinstance(op, ast.Add | ast.Mult))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if type(op) in FLIPPED:
                    left, right = right, left
                name = FLIPPED.get(type(op), type(op).__name__)
                return self._pair(left, name, right, isinstance(op, ast.Eq | ast.NotEq))
            case ast.Call(func=func, args=args, keywords=keywords):
                return self._call(func, args, keywords)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._loops(node)
        return [type(node).__name__, *self._all(_expressions(node))]

    def _pair(self, left: ast.expr, name: str, right: ast.expr, either_way: bool) -> list[str]:
        if name == "Mult" and (product := _product(left, right)) is not None:
            return [str(product)]
        one, two = self.symbols(left), self.symbols(right)
        first, second = sorted((one, two)) if either_way else (one, two)
        return [*first, name, *second]

    def _call(self, func: ast.expr, args: list[ast.expr], keywords: list[ast.keyword]) -> list[str]:
        given = [symbol for arg in args for symbol in (*self.symbols(arg), ",")]
        for word in keywords:
            given += [f"{word.arg}=", *self.symbols(word.value), ","]
        return [*self.symbols(func), "(", *given, ")"]

    def _loops(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> list[str]:
        made: list[str] = []
        for loop in node.generators:
            made += ["loop", *self.symbols(loop.iter)]
            for test in loop.ifs:
                made += ["If", *self.symbols(test)]
        each = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return [*made, *self._all(each)]

    def _all(self, nodes: Iterable[ast.AST]) -> list[str]:
        return [symbol for node in nodes for symbol in self.symbols(node)]

    def _name(self, name: str) -> str:
        if name in self.kept:
            return name
        return self.modules.get(name) or ("V" if name in self.chosen else name)


def _product(left: ast.expr, right: ast.expr) -> int | None:
    """The product of two small whole numbers, or None for anything else."""
    match left, right:
        case ast.Constant(value=int(a)), ast.Constant(value=int(b)) if abs(a) < 10**6 and abs(b) < 10**6:
            return a * b
    return None


def _expressions(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node that are expressions or contain some, without blocks and types."""
    kinds = (ast.expr, ast.comprehension, ast.keyword, ast.withitem, ast.arguments)
    return [child for child in ast.iter_child_nodes(node) if isinstance(child, kinds)]


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    yield from (getattr(node, field, []) for field in ("body", "orelse", "finalbody"))
    yield from (part.body for field in ("handlers", "cases") for part in getattr(node, field, []))


def _joined(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield a block's statements with variables that are used once put where they are used.

    Leaves out assignments that nothing in the block uses.
    """
    loads, stores = _counts(body)
    waiting: dict[str, ast.Assign] = {}
    for statement in body:
        if waiting:
            statement = _Put(waiting).visit(statement)
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)]) if stores[name] == 1 and loads[name] < 2:
                if loads[name]:
                    waiting[name] = statement
                elif len(body) == 1:
                    yield statement
            case _:
                yield statement
    yield from waiting.values()


def _counts(body: list[ast.stmt]) -> tuple[Counter[str], Counter[str]]:
    loads: Counter[str] = Counter()
    stores: Counter[str] = Counter()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name):
                (stores if isinstance(node.ctx, ast.Store) else loads)[node.id] += 1
    return loads, stores


class _Put(ast.NodeTransformer):
    """Puts the value of each waiting variable where it is used, and then forgets it."""

    def __init__(self, waiting: dict[str, ast.Assign]) -> None:
        self.waiting = waiting

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """Return the value that waits under this name, or the name itself."""
        if isinstance(node.ctx, ast.Load) and node.id in self.waiting:
            return self.waiting.pop(node.id).value
        return node
