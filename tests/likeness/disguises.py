"""Disguises of a copy: what somebody does to another's code so that it looks like their own."""

# ruff: noqa: E501 - rewritten code is easier to read in one line
from __future__ import annotations

import ast
import builtins
import random
from collections.abc import Callable

from likeness.authors import DEFINED, Author

Parts = dict[str, str]
LOSSES = ("mse_loss", "bce_loss", "mae_loss", "compare_loss_functions")
KEPT = {*DEFINED, *dir(builtins), "torch", "nn", "np", "Tensor", "F", "self", "plt", "Any", "DataLoader"}


def verbatim(parts: Parts, _: random.Random) -> Parts:
    """The same text."""
    return dict(parts)


def renamed(parts: Parts, chance: random.Random) -> Parts:
    """Every local name and helper is called otherwise."""
    return _through(parts, lambda tree: _Rename(chance).visit(tree))


def commented(parts: Parts, chance: random.Random) -> Parts:
    """Own comments between the lines, blank lines, other quotes and breaks: the syntax is the same."""
    made = {}
    for name, source in parts.items():
        rows = []
        for row in ast.unparse(ast.parse(source)).split("\n"):
            own = chance.random() < 0.3 and not row.lstrip().startswith(("def", "class", "@"))
            rows += (
                [" " * (len(row) - len(row.lstrip())) + f"# here I take care of step {len(rows)}"]
                if own
                else []
            )
            rows += [row, *[""] * (chance.random() < 0.15)]
        made[name] = "\n".join(rows) + "\n"
    return made


def reordered(parts: Parts, chance: random.Random) -> Parts:
    """Independent neighbours change places, and so do the methods of the class."""
    return _through(parts, lambda tree: _Shuffle(chance).visit(tree))


def padded(parts: Parts, chance: random.Random) -> Parts:
    """Prints, asserts and unused variables between the statements."""
    return _through(parts, lambda tree: _Pad(chance).visit(tree))


def extracted(parts: Parts, chance: random.Random) -> Parts:
    """Inner blocks become helper functions."""
    made = {}
    for name, source in parts.items():
        tree = ast.parse(source)
        mover = _Extract(chance, name)
        tree = ast.fix_missing_locations(mover.visit(tree))
        made[name] = (
            "\n\n".join([*(ast.unparse(helper) for helper in mover.helpers), ast.unparse(tree)]) + "\n"
        )
    return made


def looped(parts: Parts, _: random.Random) -> Parts:
    """`for` becomes `while` over an iterator, and a comprehension that is assigned becomes a loop."""
    return _through(parts, lambda tree: _Loops().visit(tree))


def rephrased(parts: Parts, chance: random.Random) -> Parts:
    """Operands change sides, `+=` and comparisons are written out, squares become products."""
    return _through(parts, lambda tree: _Phrases(chance).visit(tree))


def in_steps(parts: Parts, chance: random.Random) -> Parts:
    """Arguments and operands are computed in lines of their own first."""
    return _through(parts, lambda tree: _Steps(chance).visit(tree))


def one_question(parts: Parts, chance: random.Random) -> Parts:
    """Only the losses are copied, with other names; the rest is somebody's own work."""
    own = Author(chance.randrange(1 << 30) + (1 << 31)).parts()
    return own | {name: text for name, text in renamed(parts, chance).items() if name in LOSSES}


def everything(parts: Parts, chance: random.Random) -> Parts:
    """Renamed, reordered, padded, rephrased and in other lines."""
    for disguise in (reordered, rephrased, padded, renamed, commented):
        parts = disguise(parts, chance)
    return parts


def translated(parts: Parts, chance: random.Random) -> Parts:
    """The same ideas, retold by somebody else in other idioms; no tool that compares syntax can see it."""
    return Author(chance.randrange(1 << 30) + (1 << 32)).parts()


DISGUISES: dict[str, Callable[[Parts, random.Random], Parts]] = {
    f.__name__: f
    for f in (
        *(verbatim, renamed, commented, reordered, padded, extracted, looped, rephrased, in_steps),
        *(one_question, everything, translated),
    )
}
VISIBLE = tuple(name for name in DISGUISES if name != "translated")


def _through(parts: Parts, change: Callable[[ast.Module], ast.AST]) -> Parts:
    trees = {name: ast.fix_missing_locations(change(ast.parse(text))) for name, text in parts.items()}
    return {name: ast.unparse(tree) + "\n" for name, tree in trees.items()}


def _bound(tree: ast.AST) -> set[str]:
    """The names that a definition binds by itself: variables, arguments of lambdas, helpers."""
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    helpers = {
        n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and not n.name.startswith("__")
    }
    return stored | (helpers - {"encode", "decode", "forward", "extra_repr"})


class _Rename(ast.NodeTransformer):
    def __init__(self, chance: random.Random) -> None:
        self.chance, self.names = chance, {}

    def visit_Module(self, node: ast.Module) -> ast.AST:
        for name in sorted(_bound(node) - KEPT):
            self.names[name] = f"{self.chance.choice(('my', 'cur', 'the', 'new', 'tmp'))}_{len(self.names)}"
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.name = self.names.get(node.name, node.name)
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in self.names:
            node.attr = self.names[node.attr]
        return self.generic_visit(node)


class _Blocks(ast.NodeTransformer):
    """Changes every list of statements by `of`, the inner ones first."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("body", "orelse"):
            body = getattr(node, field, None)
            if isinstance(body, list) and body and not isinstance(node, ast.Module):
                setattr(node, field, self.of(node, body))
        return node

    def of(self, node: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
        raise NotImplementedError


class _Shuffle(_Blocks):
    def of(self, node: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
        if isinstance(node, ast.ClassDef):
            return [*body[:1], *self.chance.sample(body[1:], len(body) - 1)]
        for i in range(len(body) - 1):
            if _independent(body[i], body[i + 1]) and self.chance.random() < 0.7:
                body[i], body[i + 1] = body[i + 1], body[i]
        return body


def _independent(one: ast.stmt, two: ast.stmt) -> bool:
    """Whether two simple assignments touch no common name."""
    if not (isinstance(one, ast.Assign) and isinstance(two, ast.Assign)):
        return False
    names = [{n.id for n in ast.walk(s) if isinstance(n, ast.Name)} - KEPT for s in (one, two)]
    return not names[0] & names[1]


class _Pad(_Blocks):
    def of(self, node: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
        if isinstance(node, ast.ClassDef):
            return body
        made: list[ast.stmt] = []
        for statement in body:
            if self.chance.random() < 0.4:
                k = self.chance.randrange(1000)
                text = self.chance.choice(
                    (
                        f"check_{k} = {k}",
                        f"print('so far', {k})",
                        f"assert {k} >= 0",
                        f"unused_{k} = [{k}, {k + 1}]",
                        f"if {k} < 0:\n    pass",
                    )
                )
                made += ast.parse(text).body
            made.append(statement)
        return made


class _Extract(_Blocks):
    def __init__(self, chance: random.Random, name: str) -> None:
        super().__init__(chance)
        self.name, self.helpers = name, []

    def of(self, node: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
        if not isinstance(node, ast.For | ast.With) or len(body) < 2 or self.chance.random() < 0.3:
            return body
        if any(isinstance(n, ast.Break | ast.Continue | ast.Return) for s in body for n in ast.walk(s)):
            return body
        used = sorted({n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)} - KEPT)
        bound = sorted(
            {
                n.id
                for s in body
                for n in ast.walk(s)
                if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            }
        )
        helper = f"{self.name}_part{len(self.helpers)}"
        answer = f"return {', '.join(bound)}" if bound else "return None"
        made = ast.parse(f"def {helper}({', '.join(used)}):\n    {answer}").body[0]
        assert isinstance(made, ast.FunctionDef)
        made.body = [*body, *made.body]
        self.helpers.append(made)
        target = f"{', '.join(bound)} = " if bound else ""
        return ast.parse(f"{target}{helper}({', '.join(used)})").body


class _Loops(ast.NodeTransformer):
    def __init__(self) -> None:
        self.count = 0

    def visit_For(self, node: ast.For) -> ast.AST | list[ast.stmt]:
        self.generic_visit(node)
        if any(isinstance(n, ast.Continue) for n in ast.walk(node)):
            return node
        self.count += 1
        it = f"it_{self.count}"
        text = f"{it} = iter({ast.unparse(node.iter)})\nwhile True:\n    try:\n        {ast.unparse(node.target)} = next({it})\n    except StopIteration:\n        break"
        made = ast.parse(text).body
        made[1].body += node.body  # type: ignore[attr-defined]
        return made

    def visit_Assign(self, node: ast.Assign) -> ast.AST | list[ast.stmt]:
        value = node.value
        if (
            not isinstance(value, ast.ListComp)
            or len(value.generators) != 1
            or not isinstance(node.targets[0], ast.Name)
        ):
            return self.generic_visit(node)
        name, loop = node.targets[0].id, value.generators[0]
        inner = f"{name}.append({ast.unparse(value.elt)})"
        for test in reversed(loop.ifs):
            inner = f"if {ast.unparse(test)}:\n        {inner}"
        text = f"{name} = []\nfor {ast.unparse(loop.target)} in {ast.unparse(loop.iter)}:\n    {inner}"
        return ast.parse(text).body


class _Phrases(ast.NodeTransformer):
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Add | ast.Mult) and self.chance.random() < 0.6:
            node.left, node.right = node.right, node.left
        if isinstance(node.op, ast.Pow) and isinstance(node.right, ast.Constant) and node.right.value == 2:
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        read = ast.parse(ast.unparse(node.target), mode="eval").body
        return ast.Assign([node.target], ast.BinOp(read, node.op, node.value))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        turned = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE, ast.Eq: ast.Eq}
        if len(node.ops) == 1 and type(node.ops[0]) in turned:
            return ast.Compare(node.comparators[0], [turned[type(node.ops[0])]()], [node.left])
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if type(node.value) is int and node.value in (128, 256) and self.chance.random() < 0.7:
            return ast.BinOp(ast.Constant(node.value // 2), ast.Mult(), ast.Constant(2))
        return node


class _Steps(_Blocks):
    def of(self, node: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
        made: list[ast.stmt] = []
        for statement in body:
            if (
                isinstance(statement, ast.Assign | ast.Return | ast.Expr | ast.AugAssign)
                and statement.value is not None
            ):
                statement.value, before = self._split(statement.value)
                made += before
            made.append(statement)
        return made

    def _split(self, value: ast.expr) -> tuple[ast.expr, list[ast.stmt]]:
        """`value` with some of its calls and operands replaced by new variables; their assignments."""
        before: list[ast.stmt] = []

        def put(inner: ast.expr) -> ast.expr:
            if isinstance(inner, ast.Call | ast.BinOp | ast.Subscript) and self.chance.random() < 0.6:
                name = f"part_{self.chance.randrange(10**6)}"
                before.append(ast.Assign([ast.Name(name, ast.Store())], inner))
                return ast.Name(name, ast.Load())
            return inner

        if isinstance(value, ast.BinOp):
            value.left, value.right = put(value.left), put(value.right)
        elif isinstance(value, ast.Call):
            value.args = [put(arg) for arg in value.args]
        return value, before
