"""From an assignment's one source to what students and staff get: stubs, renderings, a scaffold."""
