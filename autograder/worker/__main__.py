"""`python -m autograder.worker`: serves the judge on standard input and output until input ends."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys

from autograder.worker import scratch, torchvision


def main() -> None:
    """Move the wire away from descriptors 0 and 1, so that imported code cannot write to it, and serve.

    Removes the folder given by --own-folder at the end, because a killed judge cannot remove it.
    """
    torchvision.install()
    confined = "--confined" in sys.argv
    if confined:
        from autograder.worker.confine import confine

        confine(int(sys.argv[sys.argv.index("--confined") + 1]))
    with_shortcuts = "--no-shortcuts" not in sys.argv
    gc.disable()  # until everything is imported: imports leave nothing to collect, and looking takes 0.3 s
    requests, replies = os.dup(0), os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    if hasattr(os, "fork") and "--no-fork" not in sys.argv:
        from autograder.worker.parent import Parent

        own = sys.argv[sys.argv.index("--own-folder") + 1] if "--own-folder" in sys.argv else None
        alone = confined or os.getpid() == 1
        try:
            Parent(requests, replies, alone, with_shortcuts, scratch.folders(own, alone)).run()
        finally:
            if own is not None:
                with contextlib.suppress(RecursionError):  # a thousand nested folders
                    shutil.rmtree(own, ignore_errors=True)
        os._exit(0)  # skip torch's slow shutdown
    else:
        from autograder.worker.inline import serve

        serve(requests, replies, with_shortcuts)


if __name__ == "__main__":
    main()
