"""Stand-ins that the worker builds in the student's process: none is needed yet."""
