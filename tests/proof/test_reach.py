"""The code that a question's checks can run: changes elsewhere do not matter, changes there do."""

from __future__ import annotations

import pytest

from autograder.proof.reach import reached
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.submission import Cell

QUESTIONS = (
    Question("loss", "Loss", 1, ("loss", "compare"), standins={"loss": "loss"}),
    Question("sweep", "Sweep", 1, ("sweep",)),
)
ASSIGNMENT = Assignment("small", "Small", ("small.py",), QUESTIONS, (), Limits())
CODE = """
import numpy
RATE = 0.1
TABLE = {"usual": "helper"}  # a text that may be a name
def loss(a, b=RATE):
    return a - b
def compare():
    return loss(1)
def helper(x):
    return x
def other(x):
    return x
def sweep(k):
    return loss(k) + TABLE["usual"] * k
class Box:
    size = 1
    def hold(self):
        return self.size
"""


def same(code: str, question: str = "sweep") -> bool:
    ours = reached([Cell("c", CODE)], question, ASSIGNMENT)
    assert ours is not None
    return reached([Cell("c", code)], question, ASSIGNMENT) == ours


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a - b", "a + b"),  # its stand-in runs instead
        ("return loss(1)", "return loss(2)"),  # nothing that the sweep runs names it
        ("def other(x):\n    return x", "def other(x):\n    return 2"),
        ("return self.size", "return 2"),  # nothing names the class
        ("# no", "# a comment"),
    ],
)
def test_code_that_a_questions_checks_cannot_run_does_not_matter(old: str, new: str) -> None:
    assert same(CODE.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss(k) +", "loss(k) -"),
        ("def helper(x):\n    return x", "def helper(x):\n    return 2"),  # named by a text
        ("RATE = 0.1", "RATE = 0.2"),
        ("b=RATE", "b=2"),  # defaults are worked out when the definition is executed
        ("def compare", "@print\ndef compare"),
        ("size = 1", "size = 2"),
        ("import numpy", "import numpy, torch"),
        ("def other(x)", "def another(x)"),
    ],
)
def test_code_that_they_can_run_does(old: str, new: str) -> None:
    assert old in CODE
    assert not same(CODE.replace(old, new))


def test_each_question_reaches_its_own_code() -> None:
    assert not same(CODE.replace("a - b", "a + b"), "loss")
    assert same(CODE.replace("loss(k) +", "loss(k) -"), "loss")


def test_what_the_checks_ask_for_by_name_is_reached_too() -> None:
    cells = [
        [Cell("c", text)] for text in (CODE, CODE.replace("def other(x):\n    return x", "def other(x): 2"))
    ]
    plain = [reached(each, "sweep", ASSIGNMENT) for each in cells]
    asked = [reached(each, "sweep", ASSIGNMENT, {"other"}) for each in cells]
    assert plain[0] == plain[1]
    assert asked[0] != asked[1]


@pytest.mark.parametrize("code", ["def sweep(:", "import inspect\n", "x = (lambda: 1).__code__\n"])
def test_nothing_is_said_of_code_that_is_no_python_or_reads_code(code: str) -> None:
    assert reached([Cell("c", CODE + code)], "sweep", ASSIGNMENT) is None


@pytest.mark.parametrize(
    ("start", "old", "new"),
    [
        ("sweep = globals()[f'{1}er']\n", "x * 2", "x * 3"),  # a name that is made when the code runs
        ("import latent\nfrom small import *\n", "x * 2", "x * 3"),  # the submission imports itself
        ("FIRST = loss(2)\n", "a - b", "a + b"),  # stand-ins are not there while the file is loaded
        ("def first(f=loss):\n    return f(1)\nFIRST = first()\n", "a - b", "a + b"),
        ("HELD = []\n@HELD.append\ndef kept(x):\n    return x * 2\n", "x * 2", "x * 3"),
        ("@register\nclass Kept:\n    def run(self):\n        return 2\n", "return 2", "return 3"),
        ("class Early:\n    def run():\n        return 2\n    two = run()\n", "return 2", "return 3"),
        ("class Early(metaclass=Meta):\n    def run():\n        return 2\n", "return 2", "return 3"),
        ("def last(x=print()):\n    return x\nLAST = 1\n", "LAST = 1\n", ""),
        ("def __getattr__(name):\n    return 2\n", "return 2", "return 3"),
        ("HELPERS = dict(other=1)\n", "x * 2", "x * 3"),
    ],
)
def test_ways_from_code_to_code_that_name_nothing(start: str, old: str, new: str) -> None:
    code = start + CODE.replace("def other(x):\n    return x", "def other(x):\n    return x * 2")
    assert old in code
    assert changed(code, code.replace(old, new))


def test_the_order_of_what_runs_matters() -> None:
    one, two = "def last(x=print(1)):\n    return x\n", "print(2)\n"
    assert changed(CODE + one + two, CODE + two + one)


def test_harmless_decorators_do_not_reach_what_they_decorate() -> None:
    code = CODE + "@torch.no_grad()\ndef drawn(x):\n    return x * 2\n"
    assert not changed(code, code.replace("x * 2", "x * 3"))


@pytest.mark.parametrize("code", ["from inspect import signature as s\n", "from linecache import getline\n"])
def test_modules_that_read_code_are_known_by_their_own_names(code: str) -> None:
    assert reached([Cell("c", code + CODE)], "sweep", ASSIGNMENT) is None


def changed(old: str, new: str) -> bool:
    """Whether the code that the checks of `sweep` can run differs; it must be known."""
    forms = [reached([Cell("c", code)], "sweep", ASSIGNMENT) for code in (old, new)]
    assert None not in forms
    return forms[0] != forms[1]
