"""The store that staff work in: nbgrader's own gradebook, filled from results, and a course directory around it.

Theory of operation. The result files are the facts. `fill` copies their points into nbgrader's database, in
one transaction, beside whatever people typed there; what people typed is never written over. `pages` renders
each submission as a notebook with the cells that nbgrader's formgrader shows a box for, `course` lays these
notebooks out as nbgrader wants them. `history` keeps, in the same database, where each score came from and
every change of one, with who, when and why. `formgrader` is what of ours runs inside nbgrader's own server.
"""

from autograder.gradebook.table import to_csv

__all__ = ["to_csv"]
