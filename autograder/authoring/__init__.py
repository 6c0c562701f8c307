"""Renders an assignment's one source for students and staff: stubs, notebooks, scripts; and a scaffold."""
