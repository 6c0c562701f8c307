"""Mistakes of somebody who writes or changes an assignment, each with the refusal that is due to it.

The list was written from docs/writing-an-assignment.md before any of it was run. `made` writes a sound
assignment of two questions, and `Mistake.make` puts one mistake into it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from autograder.authoring import render, scaffold
from autograder.records import assignment as assignments
from autograder.records.assignment import Assignment
from autograder.records.places import Paths

NAME = "faulty"
TOML = f"assignments/{NAME}/assignment.toml"
HANDOUT = f"assignments/{NAME}/handout.md"
NOTEBOOK = f"assignments/{NAME}/notebook.py"
EXAMPLES = f"assignments/{NAME}/examples.toml"
REFERENCE = f"reference/{NAME}.py"
SUITE = f"autograder/suites/{NAME}"
PUBLIC, HIDDEN = f"{SUITE}/public/test_first.py", f"{SUITE}/hidden/test_first.py"
SECOND = f"{SUITE}/hidden/test_second.py"
SAMPLES = f"solutions/{NAME}/submissions"
SIGN = f"{SAMPLES}/mistaken/no_absolute_value/expect.toml"
LAST = f"{SAMPLES}/mistaken/last_of_a_row/expect.toml"
CHEAT = f"{SAMPLES}/cheating/table/expect.toml"
CHECK = '''"""Second, {where}: numbers small enough to check by hand."""

import numpy as np

from autograder.judge import check, expect

X, X_HAT = np.array([0.5, 1.0], np.float32), np.array([0.5, 0.5], np.float32)
LOOSE = 1e-3


@check(points={points}, kept="{where}")
def test_{where}_ratio(student):
    """`error_ratio` is the largest error over the mean error."""
    got = student.call("error_ratio", X_HAT, X)
    expect.close("error_ratio(x_hat, x)", got, 2.0, 1e-4, 1e-6)
    expect.below("the ratio over the number of pixels", abs(float(got)) / 2, 1.5)
'''
MORE = {  # what the second question adds to the files of the scaffold: (file, before what, text)
    TOML: (
        "[[written]]",
        '[[question]]\nid = "second"\ntitle = "The second question"\npoints = 3\n'
        'defines = ["error_ratio"]\nread = "handout, section Second"\n\n',
    ),
    HANDOUT: ("| Written", "| Second | 3 | `error_ratio` |\n"),
    NOTEBOOK: (
        "# %% [markdown]\n# ## Experiments",
        f"# %%\n#: stub error_ratio from {REFERENCE}\n\n\n",
    ),
}
NEW = {
    f"{SUITE}/public/test_second.py": CHECK.format(where="public", points=1),
    SECOND: CHECK.format(where="hidden", points=2),
    f"{SUITE}/standins.py": '"""Stand-ins for the first question."""\n\n\n'
    "def largest_error(x_hat, x):\n    return (x_hat - x).abs().max()\n",
    f"{SAMPLES}/mistaken/upside_down/expect.toml": 'description = "Upside down."\nstatus = "graded"\n'
    'loses = ["second"]\n\n[[edit]]\n'
    'find = "largest_error(x_hat, x) / (x_hat - x).abs().mean()"\n'
    'replace = "(x_hat - x).abs().mean() / largest_error(x_hat, x)"\n',
    CHEAT: 'description = "A table of one answer."\nstatus = "graded"\nmost = { second = 3 }\n\n[[edit]]\n'
    'find = "largest_error(x_hat, x) / (x_hat - x).abs().mean()"\nreplace = "torch.tensor(2.0)"\n',
}
RATIO = '''

def error_ratio(x_hat: Tensor, x: Tensor) -> Tensor:
    """The largest absolute difference between x_hat and x over their mean absolute difference."""
    return largest_error(x_hat, x) / (x_hat - x).abs().mean()
'''


def made(root: Path) -> Assignment:
    """Write a sound assignment of two questions below `root`, rendered, and return it."""
    scaffold.write(root, NAME)
    for file, (before, text) in MORE.items():
        change(root / file, before, text + before)
    for file, text in NEW.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")
    change(root / TOML, 'section First"', 'section First"\nstandins = { largest_error = "largest_error" }')
    (root / HANDOUT).write_text(f"{(root / HANDOUT).read_text()}\n## Second\n\nA ratio of two errors.\n")
    (root / REFERENCE).write_text((root / REFERENCE).read_text() + RATIO)
    change(root / REFERENCE, '["largest_error"]', '["largest_error", "error_ratio"]')
    render.write(Paths(root, NAME), executed=False)
    return loaded(root)


def loaded(root: Path) -> Assignment:
    """Return the assignment below `root`, with its own suites."""
    return replace(assignments.load(root / TOML), suites=root / SUITE)


def change(path: Path, find: str, put: str) -> None:
    """Replace the first `find` in a file, which must have it; an empty one writes a whole file."""
    if find:
        text = path.read_text(encoding="utf-8")
        assert find in text, f"{path} has no {find!r}"
        put = text.replace(find, put, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(put, encoding="utf-8")


@dataclass(frozen=True)
class Mistake:
    """A mistake: what is edited where, the place that the refusal names, and what it says.

    `at` is a file and a text in the line to be named; without the text, the file alone is, and without the
    file, nothing. A mistake without `says` is none: it must not be refused.
    """

    name: str
    edits: tuple[tuple[str, str, str], ...]
    at: tuple[str, str] = ("", "")
    says: tuple[str, ...] = ()

    def make(self, root: Path) -> None:
        """Put the mistake into the assignment below `root`."""
        for file, find, put in self.edits:
            change(root / file, find, put)

    def place(self, root: Path) -> str:
        """Return the place that the refusal must name: file and line."""
        file, text = self.at
        if not text:
            return str(root / file) if file else ""
        lines = (root / file).read_text(encoding="utf-8").splitlines()
        return f"{root / file}:{next(n for n, line in enumerate(lines, 1) if text in line)}"


def _close(tolerances: str, file: str = SECOND) -> tuple[tuple[str, str, str], ...]:
    return ((file, "2.0, 1e-4, 1e-6)", f"2.0{tolerances})"),)


STANDINS = 'standins = { largest_error = "largest_error" }'
SECOND_LINE = 'defines = ["error_ratio"]'
RETURN = "return (x_hat - x).abs().max()"
LEFT_BEHIND = CHECK.format(where="left", points=1)
MISTAKES = (
    # a stand-in
    Mistake(
        "a stand-in at a question that does not define its name",
        ((TOML, f"{STANDINS}\n", ""), (TOML, SECOND_LINE, f"{SECOND_LINE}\n{STANDINS}")),
        (TOML, STANDINS),
        ("second", "stand-in for 'largest_error'", "first", "move"),
    ),
    Mistake(
        "a stand-in for a name that is misspelt",
        ((TOML, "{ largest_error", "{ largest_eror"),),
        (TOML, "largest_eror"),
        ("'largest_eror'", "largest_error"),
    ),
    Mistake(
        "a stand-in that standins.py lacks",
        ((TOML, '= "largest_error" }', '= "largest" }'),),
        (TOML, STANDINS.replace('"largest_error"', '"largest"')),
        ("'largest'", "standins.py", "largest_error"),
    ),
    Mistake(
        "a name with a stand-in that two questions define",
        ((TOML, SECOND_LINE, 'defines = ["error_ratio", "largest_error"]'),),
        (TOML, 'defines = ["error_ratio", "largest_error"]'),
        ("'largest_error'", "first", "second"),
    ),
    # what samples declare
    Mistake(
        "a sample that loses in a misspelt question",
        ((SIGN, '["first"]', '["frist"]'),),
        (SIGN, "frist"),
        ("'frist'", "first"),
    ),
    Mistake(
        "a sample that loses in a check",
        ((SIGN, '["first"]', '["first.largest_of_three"]'),),
        (SIGN, "first.largest_of_three"),
        ("'first.largest_of_three'", "first", "question"),
    ),
    Mistake(
        "a rejected sample that loses in an unknown question",
        ((SIGN, '"graded"', '"rejected"'), (SIGN, '["first"]', '["third"]')),
        (SIGN, "third"),
        ("'third'", "first, second"),
    ),
    Mistake(
        "a sample whose loses is no list",
        ((SIGN, 'loses = ["first"]', 'loses = "first"'),),
        (SIGN, ""),
        ("loses", "list", "'first'"),
    ),
    Mistake(
        "a cheating sample with the most of an unknown question",
        ((CHEAT, "{ second", "{ secnd"),),
        (CHEAT, "secnd"),
        ("'secnd'", "second"),
    ),
    Mistake(
        "a cheating sample that may earn more than there is",
        ((CHEAT, "second = 3", "second = 9"),),
        (CHEAT, "second = 9"),
        ("at most 3", "got 9"),
    ),
    Mistake(
        "a sample with a score that nobody can have",
        ((SIGN, 'loses = ["first"]', "score = 60"),),
        (SIGN, "score = 60"),
        ("at most 6", "got 60"),
    ),
    Mistake(
        "a sample with a misspelt base",
        ((SIGN, 'cause = "the', 'base = "tempalte"\ncause = "the'),),
        (SIGN, ""),
        ("base", "template", "'tempalte'"),
    ),
    Mistake(
        "a sample with an entry that there is not",
        ((SIGN, "loses", "defines"),),
        (SIGN, ""),
        ("defines", "remove it"),
    ),
    Mistake(
        "an example of an unknown question",
        (
            (
                EXAMPLES,
                "",
                '[[frist]]\ncause = "c"\nsample = "s"\ncode = "print(1)"\nright = "1"\nwrong = "2"\n',
            ),
        ),
        (EXAMPLES, "[[frist]]"),
        ("'frist'", "first"),
    ),
    # a tolerance of 0
    Mistake("a relative tolerance of 0", _close(", 0"), (SECOND, "2.0, 0)"), ("rtol", "above 0", "got 0")),
    Mistake(
        "both tolerances 0", _close(", rtol=0, atol=0.0"), (SECOND, "rtol=0, atol=0.0"), ("above 0", "got 0")
    ),
    Mistake("an absolute tolerance of 0", _close(", atol=0"), (SECOND, "atol=0)"), ("atol", "got 0")),
    Mistake("a tolerance below 0", _close(", rtol=-1e-4"), (SECOND, "rtol=-1e-4"), ("rtol", "above 0")),
    Mistake(
        "a tolerance of 0 by name",
        ((SECOND, "LOOSE = 1e-3", "LOOSE = 0"), *_close(", LOOSE")),
        (SECOND, "2.0, LOOSE)"),
        ("rtol", "got 0"),
    ),
    Mistake("a bound of 0", ((SECOND, "/ 2, 1.5)", "/ 2, 0)"),), (SECOND, "/ 2, 0)"), ("bound", "above 0")),
    Mistake("only an absolute tolerance", _close(", rtol=0, atol=1e-3")),
    Mistake("a tolerance by name", _close(", LOOSE")),
    # a syntax error
    Mistake(
        "a syntax error in a public check",
        ((PUBLIC, "def test_largest_of_three(student):", "def test_largest_of_three(student)"),),
        (PUBLIC, "def test_largest_of_three"),
        ("expected ':'",),
    ),
    Mistake(
        "a syntax error in a hidden check",
        ((SECOND, "X_HAT, X)", "X_HAT, X"),),
        (SECOND, "student.call"),
        ("never closed",),
    ),
    Mistake(
        "a syntax error in the oracle",
        ((f"{SUITE}/oracle.py", "    d = x_hat", "    d == = x_hat"),),
        (f"{SUITE}/oracle.py", "d == = x_hat"),
        ("invalid syntax",),
    ),
    Mistake(
        "a syntax error in the stand-ins",
        ((f"{SUITE}/standins.py", "return (", "return (("),),
        (f"{SUITE}/standins.py", "return (("),
        ("never closed",),
    ),
    Mistake(
        "a syntax error in the reference", ((REFERENCE, "max()", "max("),), (REFERENCE, "max("), ("closed",)
    ),
    # a name that is not there
    Mistake(
        "a question that defines a name that the solution lacks",
        ((TOML, SECOND_LINE, 'defines = ["eror_ratio"]'),),
        (TOML, "eror_ratio"),
        ("'eror_ratio'", "error_ratio", "second"),
    ),
    Mistake(
        "a function of the reference with another name",
        ((REFERENCE, "def error_ratio", "def ratio"),),
        (NOTEBOOK, "#: stub error_ratio"),
        ("error_ratio", REFERENCE),
    ),
    Mistake(
        "a check of a function that no solution has",
        ((SECOND, '"error_ratio", X_HAT', '"eror_ratio", X_HAT'),),
        (SECOND, '"eror_ratio"'),
        ("'eror_ratio'", "error_ratio"),
    ),
    Mistake(
        "a check that makes a stand-in that there is not",
        ((SECOND, "    got =", '    student.make("loader")\n    got ='),),
        (SECOND, "loader"),
        ("'loader'", "standins.py"),
    ),
    # a question that is gone
    Mistake(
        "checks of a question that is gone",
        ((f"{SUITE}/public/test_third.py", "", LEFT_BEHIND),),
        (f"{SUITE}/public/test_third.py", ""),
        ("'third'", "first, second", "remove"),
    ),
    Mistake(
        "samples of a question that is gone",
        ((SIGN, '["first"]', '["third"]'), (LAST, '["first"]', '["first", "third"]')),
        (LAST, "third"),
        ("'third'", "no_absolute_value", "last_of_a_row"),
    ),
    Mistake(
        "a question that lacks its checks",
        ((SECOND, "points=2", "points=1"),),
        ("", ""),
        ("second", "checks worth 3", "got 2"),
    ),
    # samples, boxes, handout
    Mistake(
        "samples that no longer fit the solution",
        (
            (REFERENCE, RETURN, "return (x_hat - x).abs().amax()"),
            (f"solutions/{NAME}/{NAME}.py", RETURN, "return (x_hat - x).abs().amax()"),
        ),
        (SIGN, RETURN),
        ("no_absolute_value", "last_of_a_row", "first_image_only", "found 0", "solution"),
    ),
    Mistake(
        "a written question without a box",
        ((NOTEBOOK, "# %% [markdown]\n#: answer first\n", ""),),
        (TOML, 'id = "written_first"'),
        ("written_first", "#: answer", "notebook.py"),
    ),
    Mistake(
        "a box without a written question",
        (
            (NOTEBOOK, "#: answer first\n", "#: answer first\n\n# %% [markdown]\n#: answer second\n"),
            (f"solutions/{NAME}/answers.md", "## first", "## second\nYes.\n\n## first"),
        ),
        (NOTEBOOK, "#: answer second"),
        ("second", "[[written]]"),
    ),
    Mistake(
        "a handout with other points of a question",
        ((HANDOUT, "| First | 3 |", "| First | 4 |"),),
        (HANDOUT, "| First | 4 |"),
        ("first", "3 points", "got 4"),
    ),
    Mistake(
        "a handout with other points of the written answers",
        ((HANDOUT, "by hand | 2 |", "by hand | 5 |"),),
        (HANDOUT, "by hand | 5 |"),
        ("written_first", "2 points", "got 5"),
    ),
    Mistake(
        "a handout with a question that is gone",
        ((HANDOUT, "| Written", "| Third | 7 | `third` |\n| Written"),),
        (HANDOUT, "| Third"),
        ("Third", "assignment.toml"),
    ),
    Mistake("a handout with a sum", ((HANDOUT, "a text |\n", "a text |\n| Total | 8 | |\n"),)),
)
