"""Latent Lab's autograder: it runs student code in a sandbox and judges the values that come out."""

__version__ = "0.1.0"
OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons on which the kit runs; official grading has its own:
GRADING = "3.13"
SELDOM = (20_000, 20, 20)  # for gc.set_threshold: results and syntax trees are many objects without cycles
