"""The floor: one plain Python process that imports torch and does the student's work of one grading.

    python -m benchmarks.bare RECORDING

No container, no fork, no judge, no wire: it loads the submission and calls its functions as the judge did.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from autograder.worker import loader
from autograder.worker.child import Child
from autograder.worker.parent import build_standins
from autograder.worker.pristine import seed_everything
from autograder.worker.values import to_wire
from benchmarks import recording


def main() -> None:
    """Do everything that the recording asks for."""
    torch.set_num_threads(1)
    child, own = None, {}
    for request in recording.read(Path(sys.argv[1])):
        verb = request["verb"]
        if verb == "prepare":
            job, standins = request["job"], build_standins(request["standins"])
        elif verb == "load":
            module, *_ = loader.load(job["name"], job["cells"])
            own = dict(vars(module))
        elif verb == "begin":
            vars(module).update(own)
            child = Child(module, [], standins)
            seed_everything(request["seed"])
        elif verb != "end":
            to_wire(child.verbs[verb](request), child.registry)  # numbers the objects that stay


if __name__ == "__main__":
    main()
