"""Grades submissions: one (`grade`), or many (batch.py); what a result is traced to is in provenance.py."""

from autograder.grading.one import (
    OFFICIAL,
    PRACTICE,
    grade,
    info_of,
    provenance_of,
    standins_source,
    suite_hash,
    ungraded,
)

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
