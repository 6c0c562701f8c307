"""One submission's result: the fields of a rejected one, and messages that do not depend on set order."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograder import grading
from autograder.records.submission import Submission
from autograder.sandbox.fake import FakeSandbox, answering

ROOT = Path(__file__).parents[2]
SUITE = {
    "public/test_one.py": '@check(points=1)\ndef test_f(student):\n    """It."""\n    student.new("f")\n',
    "hidden/test_one.py": '@check(points=2)\ndef test_g(student):\n    """It."""\n    student.new("g")\n',
}
FAKE = FakeSandbox(answering({}))


def test_a_rejected_submission_scores_zero_and_says_why(scratch: Callable[..., Any]) -> None:
    work = Submission("ada", "Ada", "ada.zip", "0" * 64, rejected="ada.zip: it is empty")
    result = grading.grade(work, scratch(SUITE, {"one": 3}), FAKE)
    assert (result.status, result.score, result.max_score) == ("rejected", 0, 3)
    assert result.reason == "ada.zip: it is empty"
    assert [(q.score, q.max_score) for q in result.questions] == [(0, 3)]


HASHED = """
import sys
from pathlib import Path
from autograder import grading
from autograder.intake import finding
from autograder.grading import setting
from autograder.proof import corpus
from autograder.records import assignment
task = assignment.load(Path("assignments/latent_space/assignment.toml"))
corpus.build([s for s in corpus.load() if s.name == "model_batch_norm"], Path(sys.argv[1]))
(work,) = finding.find([Path(sys.argv[1])], task)
only = ["model.gradients_reach_every_parameter"]
print(grading.grade(work, task, setting.sandbox_of("process"), only=only).checks[0].fault)
"""


def test_messages_do_not_depend_on_the_order_of_sets(tmp_path: Path) -> None:
    """Several gradients of this model are NaN; the message names the first in the model's order."""
    messages = []
    for seed in ("1", "2"):
        command = [sys.executable, "-", str(tmp_path / seed)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            command, input=HASHED, env=environment, cwd=ROOT, capture_output=True, text=True, check=True
        )
        messages.append(done.stdout)
    assert "NaN or infinity in" in messages[0]
    assert messages[0] == messages[1]
