"""The judge: it asks the worker, compares what comes back, and holds every expected value.

What a check's author needs is here: `check`, `picture`, `shared`, `attempt`, `expect`, `exhibit`, and the
types of `student` and of what it keeps.
"""

from autograder.judge import exhibit, expect
from autograder.judge.check import attempt, check, picture, shared
from autograder.judge.student import RemoteObject, Student

__all__ = ["RemoteObject", "Student", "attempt", "check", "exhibit", "expect", "picture", "shared"]
