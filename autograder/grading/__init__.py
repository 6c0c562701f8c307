"""Grades submissions: one (`grade`) or many (batch.py); provenance.py says what produced a result."""

from autograder.grading.one import grade, info_of, ungraded
from autograder.grading.provenance import OFFICIAL, PRACTICE, provenance_of, standins_source, suite_hash

__all__ = [
    "OFFICIAL",
    "PRACTICE",
    "grade",
    "info_of",
    "provenance_of",
    "standins_source",
    "suite_hash",
    "ungraded",
]
