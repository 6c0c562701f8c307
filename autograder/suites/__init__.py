"""The suites: one folder per assignment, public and hidden checks apart."""
