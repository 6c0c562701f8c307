"""Builds what is handed out from the one source, and refuses to where something does not hold (gate.py)."""
