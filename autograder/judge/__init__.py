"""The judge: it asks the worker, compares what comes back, and holds every expected value.

What a check's author needs is here: `check`, `expect`, `exhibit`, `picture` and the `student` fixture's type.
"""

from autograder.judge import exhibit, expect
from autograder.judge.check import check, picture
from autograder.judge.student import RemoteObject, Student

__all__ = ["RemoteObject", "Student", "check", "exhibit", "expect", "picture"]
