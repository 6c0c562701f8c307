"""The suites: one folder per assignment, with public and hidden checks in separate folders."""
