"""A local web application on the folder that `grade` writes: it looks and changes as the commands do.

Theory of operation. One process, bound to this machine only. Each request makes a `Cohort` and calls what the
commands call; nothing is kept anywhere else, but for the last previews of `handback`, in memory. `guard` lets
in only those who know the address with its token, and changes only from the desk's own pages. `app` has the
views, and `handback` those of what goes back to an LMS.
"""
