#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the container. It ends by grading the known-good solution:
# unless that scores full marks, the build fails, so that a broken grader never grades a student.
set -euo pipefail

source=${LATENTLAB_SOURCE:-/autograder/source}
venv=/opt/latentlab

if ! command -v python3.11 >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3.11 python3.11-venv || {
        echo "setup.sh: expected a base image that has or can install Python 3.11, got neither; choose another base image in the autograder's settings" >&2
        exit 1
    }
fi
[ -x "$venv/bin/python" ] || python3.11 -m venv "$venv"
cd "$source"
pip=("$venv/bin/python" -m pip)
"${pip[@]}" --version >/dev/null 2>&1 || pip=(python3.11 -m pip --python "$venv/bin/python")
"${pip[@]}" install --quiet --disable-pip-version-check -r requirements.txt
chmod -R go= "$source"
"$venv/bin/python" -I -m autograder.doors.gradescope --canary "$source/solution"
