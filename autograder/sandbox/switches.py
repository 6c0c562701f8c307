"""Switches that a judge's environment variable sets in every worker, in any sandbox."""

from __future__ import annotations

import os

from autograder.errors import SandboxError

SHORTCUTS = "LATENTLAB_SHORTCUTS"


def worker_flags() -> list[str]:
    """Return a worker's command line options for the switches. Raises SandboxError for an unknown value."""
    value = os.environ.get(SHORTCUTS, "on")
    if value not in ("on", "off"):
        raise SandboxError(f"{SHORTCUTS}: expected on or off, got {value!r}; set one of them, or unset it")
    return ["--no-shortcuts"] if value == "off" else []
