"""The judge: it asks the worker, compares what comes back, and holds every expected value.

What a check's author needs is here: `check`, `expect` and the `student` fixture's type.
"""

from autograder.judge import expect
from autograder.judge.check import check
from autograder.judge.student import RemoteObject, Student

__all__ = ["RemoteObject", "Student", "check", "expect"]
