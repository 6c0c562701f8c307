"""Only the parts of a helper that public checks use stay."""

from __future__ import annotations

from autograder.release import slices

HELPER = '''"""Helps."""

import math

import numpy as np

SEEN = 1
SECRET = [0.5, 0.25, 0.125]


def used(x):
    """Stay."""
    return _below(x) + SEEN


def _below(x):
    return np.abs(x)


def unused(x):
    return math.pi * x


class Model:
    """A model."""

    def __init__(self):
        self.encode(1)

    def encode(self, x):
        return x

    def train(self, x):
        return SECRET
'''
CHECK = """from suite.helper import used
from suite import helper

def test_it():
    helper.Model()
    used(1)
"""


def test_reached_definitions_stay_and_the_rest_goes() -> None:
    text = slices.cut({"helper": HELPER}, {"test_it.py": CHECK})["helper"]
    assert all(
        word in text for word in ("def used", "def _below", "SEEN = 1", "import numpy", "def encode", "Stay.")
    )
    assert not any(word in text for word in ("unused", "SECRET", "def train", "import math"))
    compile(text, "helper", "exec")


def test_a_string_reaches_a_stand_in() -> None:
    standins = "def loader():\n    return 1\n\n\ndef other():\n    return 2\n"
    text = slices.cut({"standins": standins}, {"t": 'def test_it(student):\n    student.make("loader")\n'})[
        "standins"
    ]
    assert "def loader" in text
    assert "def other" not in text


def test_a_helper_that_nothing_reaches_is_left_out() -> None:
    assert slices.cut({"helper": HELPER}, {"t": "x = 1\n"}) == {}


def test_a_definition_kept_by_name_stays() -> None:
    assert "def unused" in slices.cut({"helper": HELPER}, {}, [("helper", "unused")])["helper"]


def test_classes_derived_from_a_library_stay_whole() -> None:
    helper = (
        "from lib import nn\n\n\nclass Base(nn.Module):\n    def forward(self, x):\n        return x\n\n\n"
        "class Spy(Base):\n    def backward(self, x):\n        return x\n"
    )
    text = slices.cut({"standins": helper}, {"t": 'kind = "Spy"\n'})["standins"]
    assert "def forward" in text
    assert "def backward" in text
