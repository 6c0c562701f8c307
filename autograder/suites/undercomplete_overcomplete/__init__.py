"""The suites of the assignment undercomplete_overcomplete: public and hidden checks, and shared helpers."""
