"""Where student code runs: one seam (`Sandbox`, `Connection`), a container, a plain process, and a fake.

A sandbox starts workers and returns a connection that carries whole frames; nothing above this package
knows what is at its other end.
"""

from autograder.sandbox.seam import (
    Connection,
    ConnectionEndedError,
    NoAnswerError,
    Sandbox,
    WorkerJob,
)

__all__ = ["Connection", "ConnectionEndedError", "NoAnswerError", "Sandbox", "WorkerJob"]
