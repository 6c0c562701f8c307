"""Set up what this assignment needs, in a folder .venv next to this file.

python start.py [options for pip]
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)  # the Pythons on which everything here runs
HERE = Path(__file__).resolve().parent


def main() -> None:
    """Make .venv, install the pinned packages, and print what to do next."""
    version = "{}.{}".format(*sys.version_info)
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        run = "py -3.12 start.py" if os.name == "nt" else "python3.12 start.py"
        sys.exit(f"start.py: expected Python 3.11 to 3.14, got {version}; install 3.12, then run: {run}")
    print("Setting up .venv (a few minutes the first time) …", flush=True)
    try:
        venv.create(HERE / ".venv", with_pip=True, symlinks=os.name != "nt")
    except subprocess.CalledProcessError:
        sys.exit(
            "start.py: expected a Python that can make virtual environments, got one without pip; on Debian "
            f"and Ubuntu install python{version}-venv, then remove the folder .venv and run this again"
        )
    programs = HERE / ".venv" / ("Scripts" if os.name == "nt" else "bin")
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"]
    done = subprocess.run([str(programs / "python"), *install, *sys.argv[1:]], cwd=HERE)
    if done.returncode:
        sys.exit("start.py: pip could not install everything; fix the error shown above, then run this again")
    activate = ".venv\\Scripts\\activate" if os.name == "nt" else "source .venv/bin/activate"
    print(f"Ready. In every new terminal, first run: {activate}\nThen run: autograder check")


if __name__ == "__main__":
    main()
