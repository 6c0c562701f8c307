"""How many bits the hidden checks of a submission can send to its feedback page, from the code of the suites.

Every sentence that a hidden check can say stands in the code of its suite or of the judge. An f-string counts
once for each value of what stands in its braces. Only what VALUES and FIXED list may stand there: its values
are those that the suite's author fixed. What a submission could choose belongs in `detail` or `case`, which
students do not read.
"""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.judge import closed, replies
from autograder.records.assignment import load

ROOT = Path(__file__).parent.parent.parent
JUDGE = ROOT / "autograder/judge"
MOST_BITS = 200  # of one submission
# What f-strings may hold, and how many values it has at most among the hidden checks of one question.
VALUES = {
    **{"name": 3, "function": 3, "what": 12, "loss": 3, "other": 3, "one": 3, "w": 4, "method": 2, "half": 2},
    **{"kind.__name__": 2, "label": 2, "n": 5, "d": 2, "p": 2, "x": 2, "k": 2, "epochs": 2, "cause": 60},
    **{"wanted": 1, "length": 1, "list(keys)": 1, "names[0]": 1, "names[1]": 1},  # follow from `what`
    **{"seen.what(key)": 11, "self.what(key)": 11, "self.cases[key].words": 11, "self.name": 1},
    **{"fault.what": 50, "name if usual else 'an exception'": 16, "near": 1, "hint": 2, "limit": 1},
}
FIXED = {
    *("D", "K", "N", "WIDE", "CALLS", "EPOCHS", "SIDE", "LEFT", "SHARED", "CENTROID", "SWEEP", "MAX_ENTRIES"),
    *("len(MANY)", "len(LONG.batches())", "rows.SWEEP", "run.epochs", "error", "_plainly(error)"),
    *("len(large[2])", "large[2].shape[1]", "part['n']", "part['k']", "NEEDS_SHAPES", "BRINGS_SHAPES"),
}
HIDDEN_FROM_STUDENTS = frozenset(("detail", "case", "apart", "bad", "missing", "place", "seen", "why"))
JUDGED = ("expect.py", "replies.py", "session.py", "student.py")


class Texts(ast.NodeVisitor):
    """Counts the sentences in a module that a student may read, and collects what else its f-strings hold."""

    def __init__(self, calls: Counter[str] | None = None) -> None:
        self.count = 0
        self.unknown: list[str] = []
        self.calls = calls  # of the functions of expect.py, by name, if this is that module
        self.what = VALUES["what"]

    def visit_Call(self, node: ast.Call) -> None:
        """Visit the arguments of a call, without those that only staff read and those of our own errors."""
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in ("ValueError", "SandboxError", "SuiteError", "_flag", "_detail", "make"):
            return
        staff = {"true": 2, "fail": 1, "Mismatch": 1, "Raised": 1}.get(name)
        kept = [a for n, a in enumerate(node.args) if n != staff]
        kept += [k.value for k in node.keywords if k.arg not in HIDDEN_FROM_STUDENTS]
        for each in [node.func, *kept]:
            self.visit(each)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Visit a value that is assigned, unless its name says that only staff read it."""
        names = {ast.unparse(target) for target in node.targets}
        pairs = ast.unparse(node.targets[0]).strip("()").split(", ")
        if isinstance(node.value, ast.Tuple) and len(pairs) == len(node.value.elts):
            for name, value in zip(pairs, node.value.elts, strict=True):
                if name not in HIDDEN_FROM_STUDENTS:
                    self.visit(value)
        elif not names & HIDDEN_FROM_STUDENTS:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Visit a function's body, without its docstring."""
        body = node.body[1:] if ast.get_docstring(node) else node.body
        if self.calls is not None:
            self.what = self.calls[node.name]
        for each in body if node.name not in ("kind_of", "_detail", "__init__") else []:
            self.visit(each)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Count a sentence."""
        self.count += isinstance(node.value, str) and " " in node.value.strip()

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Count the sentences that an f-string can become."""
        found = [ast.unparse(v.value) for v in node.values if isinstance(v, ast.FormattedValue)]
        self.unknown += [f"line {node.lineno}: {name}" for name in found if name not in {*VALUES, *FIXED}]
        self.count += math.prod(self.what if name == "what" else VALUES.get(name, 1) for name in found)


def texts(path: Path, calls: Counter[str] | None = None) -> Texts:
    """Return the sentences of one module."""
    seen = Texts(calls)
    tree = ast.parse(path.read_text())
    for node in tree.body[1:]:
        seen.visit(node)
    return seen


def helpers(suite: Path, text: str) -> list[Path]:
    """Return the modules of a suite that a text names, without those that run beside the student."""
    beside = ("__init__", "standins", "digits")
    found = (path for path in sorted(suite.glob("*.py")) if path.stem not in beside)
    return [path for path in found if re.search(rf"\b{path.stem}\b", text)]


def closure(suite: Path, question: str) -> list[Path]:
    """Return the modules of which a question's hidden checks may say sentences."""
    paths = [suite / "hidden" / f"test_{question}.py"]
    for path in paths:
        imports = "\n".join(re.findall(r"^from autograder\.suites.*$", path.read_text(), re.MULTILINE))
        paths += [each for each in helpers(suite, imports) if each not in paths]
    return paths


def calls_in(paths: Sequence[Path]) -> Counter[str]:
    """Return with how many different first arguments, at most, each function of expect.py is called."""
    calls: Counter[str] = Counter()
    for node in (node for path in paths for node in ast.walk(ast.parse(path.read_text()))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("expect.") and node.args:
            words = Texts()
            words.visit(node.args[0])
            fixed = isinstance(node.args[0], (ast.Constant, ast.JoinedStr))
            calls[ast.unparse(node.func).removeprefix("expect.")] += words.count if fixed else VALUES["what"]
    calls["array"] += calls["close"] + calls["scalar"]
    return calls


SUITES = [ROOT / "autograder/suites" / name for name in ("latent_space", "undercomplete_overcomplete")]
HIDDEN = [
    closure(suite, path.stem.removeprefix("test_")) for suite in SUITES for path in suite.glob("hidden/*.py")
]
SPOKEN = [JUDGE / name for name in JUDGED] + sorted({path for paths in HIDDEN for path in paths})


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_sentence_holds_what_a_submission_could_choose(path: Path) -> None:
    assert texts(path).unknown == [], "say it in `detail` or `case`, or give in VALUES how many values it has"


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_page_carries_at_most_200_bits_of_hidden_inputs(suite: Path) -> None:
    assignment = load(ROOT / "assignments" / suite.name / "assignment.toml")
    exceptions = len(replies.EXCEPTIONS) + 1
    judge = sum(texts(JUDGE / name).count for name in JUDGED if name != "expect.py") + exceptions
    bits = closed.PLACES * math.log2(exceptions * closed.LINES)
    for question in assignment.questions:
        own, *shared = closure(suite, question.id)
        paths = (own, *shared)
        said = judge + sum(texts(path).count for path in paths)
        said += texts(JUDGE / "expect.py", calls_in(paths)).count
        checks = own.read_text().count("\n@check(")
        states = 2 + closed.MESSAGES  # passed, lost too, or one of the messages
        bits += math.log2(math.comb(said, closed.MESSAGES)) + checks * math.log2(states)
    assert bits <= MOST_BITS, f"{bits:.0f} bits"
