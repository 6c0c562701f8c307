"""The judge: it sends requests to the worker, compares the answers, and knows every expected value.

Exports what the author of a check needs: `check`, `picture`, `shared`, `attempt`, `tried`, `unlike`,
`expect`, `exhibit`, and the types of `student` and of the objects that it keeps.
"""

from autograder.judge import exhibit, expect
from autograder.judge.check import attempt, check, picture, shared, tried, unlike
from autograder.judge.student import RemoteObject, Student

__all__ = [
    "RemoteObject",
    "Student",
    "attempt",
    "check",
    "exhibit",
    "expect",
    "picture",
    "shared",
    "tried",
    "unlike",
]
