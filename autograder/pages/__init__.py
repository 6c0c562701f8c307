"""The pages that people read, made from results alone: feedback for a student, the report for staff."""
