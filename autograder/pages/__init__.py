"""The pages that people read, made only from results: feedback for students, the report for staff."""
