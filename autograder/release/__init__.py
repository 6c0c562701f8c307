"""Builds releases from an assignment's one source; gate.py refuses a release that breaks a rule."""
