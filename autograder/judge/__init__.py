"""The judge: it asks the worker, compares what comes back, and holds every expected value.

What a check's author needs is here: `check`, `expect`, `exhibit`, `picture`, `shared`, the type of `student`,
and what a fault of the student's is raised as.
"""

from autograder.errors import StudentFault
from autograder.judge import exhibit, expect
from autograder.judge.check import check, picture, shared
from autograder.judge.student import RemoteObject, Student

__all__ = ["RemoteObject", "Student", "StudentFault", "check", "exhibit", "expect", "picture", "shared"]
