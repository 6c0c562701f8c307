"""The other ways in: a notebook's cell, Gradescope's container, the zip that a student hands in."""
