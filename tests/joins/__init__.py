"""Whose work, whose mark: classes through every source and every export, held against the truth.

`python -m joins 10000` (with `tests` on the path; `make joins`) draws that many classes of confusable people,
then makes one class of 300 from each source, and prints tables; a second number is the first seed.

Real are the names that the LMSs give, intake, ids, rosters, joins, the class's folder, choices, decisions,
grades, exports and feedback pages. Only the judge does not run: each submission's code says which mark is
right, which no part of the kit may believe, and `grading` reads the score from it.
"""
