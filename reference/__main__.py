"""Runs `python -m reference report --data digits --out DIR`; see `reference.report.command`."""

import sys

from reference.report.command import main

if __name__ == "__main__":
    sys.exit(main())
