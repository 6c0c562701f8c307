"""Grades as other programs read them: plain CSV and JSON, Canvas, Moodle, Gradescope. Blank is not zero."""
