"""Stand-ins that the worker builds in the student's process; this assignment needs none yet."""
