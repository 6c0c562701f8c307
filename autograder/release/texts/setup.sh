#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the container. It ends by grading the known-good solution:
# unless that scores full marks, the build fails, so that a broken grader never grades a student.
set -euo pipefail

source=${LATENTLAB_SOURCE:-/autograder/source}
venv=/opt/latentlab

pythons="python3.13 python3.12 python3.14 python3.11"   # official grading's first
python=$(for one in $pythons; do command -v "$one" && break; done || true)
if [ -z "$python" ]; then
    apt-get update -qq
    for one in $pythons; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$one" "$one-venv" && python=$one && break
    done
fi
if [ -z "$python" ]; then
    echo "setup.sh: expected a base image that has or can install Python 3.11 to 3.14, got neither; choose another base image in the autograder's settings" >&2
    exit 1
fi
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
cd "$source"
pip=("$venv/bin/python" -m pip)
"${pip[@]}" --version >/dev/null 2>&1 || pip=("$python" -m pip --python "$venv/bin/python")
"${pip[@]}" install --quiet --disable-pip-version-check -r requirements.txt
chmod -R go= "$source"
"$venv/bin/python" -I -m autograder.doors.gradescope --canary "$source/solution"
