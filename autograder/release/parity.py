"""`python -m autograder.release.parity`: puts samples through every door, and writes who says what.

The same points per question must come out of Docker, Gradescope's layout and nbgrader's notebook; the same
public checks must fail in `autograder check`, `otter check` and `nbgrader validate`. What was found is
kept by the suite's hash, so that a stopped run goes on, and a changed suite is looked at again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from autograder import corpus, grading, render
from autograder.assignment import Assignment, load
from autograder.corpus import Sample
from autograder.errors import LatentLabError
from autograder.release import archive, doors, gradescope, nbgrader, otter, service, tools
from autograder.sandbox.docker import DockerSandbox
from autograder.submission import Submission

NUMBERS = {"correct": 10, "mistaken": 23, "hostile": 6, "incomplete": 3}
OFFICIAL = ("docker", "gradescope", "nbgrader")
PRACTICE = ("check", "otter check", "nbgrader validate")
NO_ANSWER = "no answer"  # a notebook's kernel that the submission ended or hung: nothing isolates it there
COMMAND = "python -m autograder.release.parity"


@dataclass(frozen=True)
class Row:
    """One sample: the points by official door, and the failing public checks by practice door."""

    sample: str
    points: dict[str, dict[str, int]]
    failing: dict[str, list[str] | str]

    @property
    def same_points(self) -> bool:
        """Whether all official doors agree."""
        return len({json.dumps(p, sort_keys=True) for p in self.points.values()}) == 1

    @property
    def same_checks(self) -> bool:
        """Whether all practice doors that answer agree."""
        answers = [f for f in self.failing.values() if f != NO_ANSWER]
        return all(answer == answers[0] for answer in answers)


class Doors:
    """Every door of one assignment, its bundles built once. In a `with`, which ends the service."""

    def __init__(self, paths: render.Paths, assignment: Assignment, version: str = "0.0.0") -> None:
        self.assignment = assignment
        name = assignment.name
        self._otter = archive.below("student/", otter.files(paths, assignment, version))
        self._course = archive.below(f"release/{name}/", nbgrader.files(paths, assignment, version))
        self._gradescope = service.Gradescope(gradescope.zipped(gradescope.files(paths, assignment, version)))
        self._docker = DockerSandbox()

    def __enter__(self) -> Doors:
        self._gradescope.__enter__()
        return self

    def __exit__(self, *ending: object) -> None:
        self._gradescope.__exit__(None, None, None)

    def row(self, name: str, file: str, text: str) -> Row:
        """Put one piece of work through all doors."""
        work = doors.submission(file, text.encode(), self.assignment)
        code = doors.code_of(file, text)
        notebook = tools.notebook_bytes(doors.filled(self._released(), code))
        handed = doors.submission(f"{self.assignment.name}.ipynb", notebook, self.assignment)
        results = self._gradescope.grade({file: text.encode()})
        points = {
            "docker": dict(doors.points(work, self.assignment, self._docker)),
            "gradescope": dict(doors.gradescope_points(results, self.assignment)),
            "nbgrader": dict(doors.points(handed, self.assignment, self._docker)),
        }
        return Row(name, points, {door: ask() for door, ask in self._practice(work, code)})

    def _practice(self, work: Submission, code: list[str]) -> list[tuple[str, Callable[[], list[str] | str]]]:
        own = self.assignment
        asks = (
            lambda: doors.check(work, own),
            lambda: doors.otter_check(self._otter, own, code),
            lambda: doors.nbgrader_validate(self._course, own, code),
        )
        return [(door, partial(_answer, ask)) for door, ask in zip(PRACTICE, asks, strict=True)]

    def _released(self) -> object:
        import nbformat

        return nbformat.reads(self._course[f"{self.assignment.name}.ipynb"].decode(), as_version=4)


def _answer(ask: Callable[[], doors.Failing]) -> list[str] | str:
    try:
        return sorted(ask())
    except ValueError:
        return NO_ANSWER


def chosen(assignment: Assignment) -> list[Sample]:
    """Return the samples of the table, evenly spread over each kind."""
    samples = corpus.load(corpus.SOLUTIONS / assignment.name / "submissions")
    return [
        s for kind, most in NUMBERS.items() for s in _spread([s for s in samples if s.kind == kind], most)
    ]


def _spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    count = min(most, len(samples))
    return [samples[i * len(samples) // count] for i in range(count)]


def key(assignment: Assignment) -> str:
    """Return the hash that the table is of: the suites and the engine, as in every result."""
    return grading.suite_hash(assignment, grading.OFFICIAL)


def collect(
    paths: render.Paths,
    assignment: Assignment,
    samples: Sequence[Sample],
    kept: Path,
    say: Callable[[str], None],
) -> list[Row]:
    """Return a row for each sample: from `kept` what is of this suite and sample, the others made now."""
    rows: dict[str, Row] = {}
    for sample in samples:
        path = kept / f"{_key_of(sample, assignment)}.json"
        if path.is_file():
            rows[sample.id] = Row(**json.loads(path.read_text()))
    todo = [sample for sample in samples if sample.id not in rows]
    if todo:
        kept.mkdir(parents=True, exist_ok=True)
        with Doors(paths, assignment) as all_doors:
            for sample in todo:
                row = all_doors.row(sample.id, *corpus.source(sample))
                rows[sample.id] = row
                (kept / f"{_key_of(sample, assignment)}.json").write_text(json.dumps(asdict(row)))
                say(f"{sample.id}: {'same' if row.same_points and row.same_checks else 'NOT THE SAME'}")
    return [rows[sample.id] for sample in samples]


def _key_of(sample: Sample, assignment: Assignment) -> str:
    whole = "\0".join((key(assignment), sample.id, *corpus.source(sample)))
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def table(rows: Sequence[Row], assignment: Assignment) -> str:
    """Return the rows as Markdown."""
    questions = [question.id for question in assignment.questions]
    head = f"| sample | {' | '.join((*OFFICIAL, *PRACTICE))} | same |"
    lines = [
        f"# {assignment.title}: every door gives the same",
        "",
        f"Made by `{COMMAND}`; do not edit. Suite `{key(assignment)}`.",
        "",
        f"Official doors: points of {', '.join(questions)}. Practice doors: how many public checks fail;",
        "that they are the same checks, the last column says.",
        f"*{NO_ANSWER}*: the work ends or hangs the kernel; a notebook has nothing between its cells.",
        "",
        head,
        "|" + "---|" * (len(OFFICIAL) + len(PRACTICE) + 2),
        *(_line(row, questions) for row in rows),
        "",
        f"{len(rows)} samples; the same points in {sum(row.same_points for row in rows)}, "
        f"the same public checks in {sum(row.same_checks for row in rows)}.",
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row, questions: list[str]) -> str:
    marks = [" ".join(str(row.points[d].get(q, "–")) for q in questions) for d in OFFICIAL]
    failing = [f if isinstance(f := row.failing[d], str) else str(len(f)) for d in PRACTICE]
    same = "yes" if row.same_points and row.same_checks else "NO"
    return f"| {row.sample} | {' | '.join((*marks, *failing))} | {same} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Put the samples through all doors and write the table; 0 all the same, 1 not, 2 could not."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=main.__doc__, epilog=f"example: {COMMAND}")
    parser.add_argument("--assignment", default="latent_space", metavar="NAME")
    parser.add_argument("--kept", type=Path, default=Path("build/parity"), help="where rows are kept")
    parser.add_argument("--out", type=Path, default=Path("docs/proof/parity.md"))
    options = parser.parse_args(arguments)
    paths = render.Paths(render.ROOT, options.assignment)
    try:
        assignment = load(paths.assignment / "assignment.toml")
        rows = collect(
            paths, assignment, chosen(assignment), options.kept, lambda text: print(text, flush=True)
        )
    except LatentLabError as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(table(rows, assignment), encoding="utf-8")
    different = [row.sample for row in rows if not (row.same_points and row.same_checks)]
    print(
        f"wrote {options.out}: {len(rows)} samples"
        + (f"; not the same: {', '.join(different)}" if different else "")
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
