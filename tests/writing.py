"""A class that wrote answers: notebooks made from the template, and a folder as `grade` leaves it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from papers import ASSIGNMENT, paper

from autograder.cohort import Cohort
from autograder.gradebook import course
from autograder.records import results

QUESTION = "written_losses"
TITLE = next(asked.title for asked in ASSIGNMENT.written if asked.id == QUESTION)
TEMPLATE = Path(ASSIGNMENT.folder or "") / "latent_space.ipynb"


def notebook(text: str) -> str:
    """Return the template's notebook with `text` as the answer to QUESTION."""
    made = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    asked = next(i for i, cell in enumerate(made["cells"]) if TITLE in "".join(cell["source"]))
    made["cells"][asked + 1]["source"] = text
    return json.dumps(made)


def graded(
    folder: Path,
    answers: Mapping[str, str],
    students: Mapping[str, str] | None = None,
    gradebook: str | None = None,
) -> Path:
    """Return a folder with results, gradebook and pages of a class, by id; as if `grade` had been run."""
    out, work, made = folder / "graded", folder / "work", []
    course.prepare(out, gradebook)
    for name, text in answers.items():
        path = work / name / "latent_space.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook(text), encoding="utf-8")
        result = paper(name, (students or {}).get(name))
        digest = sha256(path.read_bytes()).hexdigest()
        result = replace(result, submission=replace(result.submission, source=str(path), sha256=digest))
        results.write(result, out / f"results/{name}.json")
        made.append(result)
    course.publish(out, ASSIGNMENT, made)
    Cohort(out, ASSIGNMENT).publish()
    return out
