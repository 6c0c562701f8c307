"""Hand-made results for tests of code that reads results: one student's result, and those of a class."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.records import assignment as assignments
from autograder.records.results import (
    CheckResult,
    Exhibit,
    Fault,
    Outcome,
    Picture,
    QuestionResult,
    Result,
    Status,
    Visibility,
)
from autograder.records.submission import Cell, SubmissionInfo

ROOT = Path(__file__).parent.parent
ASSIGNMENT = assignments.load(ROOT / "assignments/latent_space/assignment.toml")
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
CODE = Cell(
    "cell 3", "import torch\n\n\ndef mse_loss(x_hat, x):\n    return ((x_hat - x) ** 2).sum()\n\n\nx = 1\n"
)
IMAGES = Exhibit("images", "Two digits", 2, (Picture("digits", "00ff00ff"), Picture("yours", "10203040")))
STRIP = Exhibit("strip", "A sum", 2, (Picture("z_3", "00ff00ff"), Picture("z_8", "ff00ff00", "+")))
CURVE = replace(
    Exhibit("curve", "Errors", x=(1, 2, 4), y=(0.3, 0.2, 0.1), low=(0.2, 0.1, 0.05), high=(0.4, 0.3, 0.2)),
    x_name="latent dimension",
    y_name="error",
    mark_name="elbow",
)
CHECKS = {  # check id: points, visibility
    "model.shapes": (20, "public"),
    "losses.mse": (10, "public"),
    "losses.bce": (15, "hidden"),
    "sweep.errors": (25, "hidden"),
    "arithmetic.sums": (20, "hidden"),
}


FAULT = Fault(
    "not what was expected", "the sum is taken, not the mean", None, "expected 0.25, got SECRET 1.5"
)


def check(name: str, lost: bool = False, fault: Fault = FAULT, outcome: Outcome = "failed") -> CheckResult:
    """Return the result of one of CHECKS, passed unless `lost`."""
    points, visibility = CHECKS[name]
    kind: Visibility = "public" if visibility == "public" else "hidden"
    result = CheckResult(name, name.split(".")[0], kind, f"`{name}` is right.", "passed", points, points)
    if not lost:
        return result
    return replace(result, outcome=outcome, points=0, fault=fault)


def paper(
    name: str = "ada",
    student: str | None = None,
    lost: Collection[str] = (),
    status: Status = "graded",
    cells: Sequence[Cell] = (CODE,),
    seconds: float = 2.0,
) -> Result:
    """Return a result that lost the checks named in `lost`."""
    checks = tuple(check(i, i in lost) for i in CHECKS) if status == "graded" else ()
    questions = []
    for question in ASSIGNMENT.questions:
        asked = [c for c in checks if c.question == question.id]
        questions.append(
            QuestionResult(question.id, question.title, sum(c.points for c in asked), question.points)
        )
    return Result(
        submission=SubmissionInfo(name, student or name.title(), f"{name}.py", f"{name:0>64}"),
        status=status,
        reason=None if status == "graded" else "the reason",
        score=None if status == "ungraded" else sum(c.points for c in checks),
        max_score=90,
        questions=() if status == "ungraded" else tuple(questions),
        checks=checks,
        provenance={"kit": "0", "suite": "a" * 64},
        timing={} if status != "graded" else times(seconds),
        cells=tuple(cells),
    )


def times(seconds: float) -> dict[str, float]:
    """Return the timing of a submission that took `seconds`."""
    rest = {"start_seconds": 1.0, "check_cpu_seconds": 1.0, "peak_memory_mb": 100 + seconds}
    return {"seconds": seconds, **rest}


def with_exhibits(result: Result, *exhibits: Exhibit) -> Result:
    """Return `result` with pictures in its first check."""
    first = replace(result.checks[0], exhibits=tuple(exhibits))
    return replace(result, checks=(first, *result.checks[1:]))


def a_class(n: int = 40) -> list[Result]:
    """Return the results of n students: later ones lose more checks, and every kind of problem occurs."""
    names = list(CHECKS)
    results = [
        paper(f"s{i:03}", f"Student {i:03}", names[len(names) - i * len(names) // n :], seconds=1 + i / 10)
        for i in range(n)
    ]
    results[1] = replace(results[1], flags=("the worker was lost and had to be started again",))
    results[2] = replace(
        results[2], submission=replace(results[2].submission, student=HOSTILE), flags=(f"printed {HOSTILE}",)
    )
    results[3] = paper("s003", "Łukasz 学", status="rejected", cells=())
    results[4] = paper("s004", "Zoë Ünsal", status="ungraded", cells=())
    return results
