"""A class, which every staff command works on. See `Cohort` (cohort.py)."""

from autograder.cohort.cohort import Cohort
from autograder.cohort.listener import Listener
from autograder.cohort.records import Graded, How, Overridden, Regraded, Student

__all__ = ["Cohort", "Graded", "How", "Listener", "Overridden", "Regraded", "Student"]
