"""`python -m autograder.release.parity`: puts samples through every door and writes a table of the results.

A sample's code is put into the notebook that nbgrader releases, the same file for every door; only otter has
its own notebook. Docker, Gradescope's layout and nbgrader's course must give equal points per question; the
same checks must fail in `autograder check`, `otter check` and `nbgrader validate`. Hostile samples go through
the official doors only, because practice doors run a submission without a sandbox. Answers are saved by door,
suite and sample, so that a stopped run can continue.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from autograder import grading
from autograder.errors import LatentLabError
from autograder.proof import corpus
from autograder.proof.corpus import Sample
from autograder.records.assignment import Assignment, load
from autograder.records.places import CHECKOUT, Paths
from autograder.records.submission import Submission
from autograder.release import archive, classroom, doors, gradescope, nbgrader, otter, service, tools
from autograder.sandbox.docker import DockerSandbox
from autograder.sandbox.kept import KeptSandbox
from autograder.sandbox.process import ProcessSandbox

NUMBERS = {"correct": 9, "mistaken": 21, "incomplete": 3}  # of each kind, evenly spread; no cheats
HOSTILE = (  # one of each family of attacks that could change a score
    *("a01_equal_to_everything", "b03_patched_results", "c05_echo", "d05_stdout", "e02_hard_exit"),
    *("f13_markup", "hard_exit", "i20_constant", "j01_reply_with_the_right_number"),
)
OFFICIAL = ("docker", "gradescope", "nbgrader")
PRACTICE = ("check", "otter check", "nbgrader validate")
NO_ANSWER = "no answer"  # a practice door that reports neither success nor failing checks
NOT_RUN = "not run"  # a hostile sample, at a practice door
COMMAND = "python -m autograder.release.parity"
Answer = dict[str, int] | list[str] | str
Say = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """The results of one sample: points by official door, and failing public checks by practice door."""

    sample: str
    points: dict[str, dict[str, int]]
    failing: dict[str, list[str] | str]

    @property
    def same_points(self) -> bool:
        """Whether all official doors agree."""
        return len({json.dumps(p, sort_keys=True) for p in self.points.values()}) == 1

    @property
    def same_checks(self) -> bool:
        """Whether all practice doors agree; a door without an answer agrees with none."""
        answers = list(self.failing.values())
        return NO_ANSWER not in answers and all(answer == answers[0] for answer in answers)


class Doors:
    """Every door of one assignment: takes samples, yields each sample's id with the door's answer."""

    def __init__(self, paths: Paths, assignment: Assignment, jobs: int) -> None:
        self._paths, self._assignment, self._jobs = paths, assignment, jobs

    def ask(self, door: str, samples: Sequence[Sample]) -> Iterator[tuple[str, Answer]]:
        """Put samples through one door."""
        asked = {
            "docker": self._docker,
            "gradescope": self._gradescope,
            "nbgrader": self._nbgrader,
            "check": self._check,
            "otter check": self._otter_check,
            "nbgrader validate": self._nbgrader_validate,
        }
        yield from asked[door](samples)

    def _docker(self, samples: Sequence[Sample]) -> Iterator[tuple[str, Answer]]:
        docker = DockerSandbox()
        with closing(KeptSandbox(docker)) as kept:  # as in `prove`: harmless samples share a worker
            for sample in samples:
                sandbox = docker if sample.kind == "hostile" else kept
                yield sample.id, dict(doors.points(self._work(sample), self._assignment, sandbox))

    def _gradescope(self, samples: Sequence[Sample]) -> Iterator[tuple[str, Answer]]:
        files = gradescope.files(self._paths, self._assignment, "0.0.0")
        with service.Gradescope(gradescope.zipped(files)) as running:

            def ask(sample: Sample) -> Answer:
                results = running.grade({f"{self._assignment.name}.ipynb": self._notebook(sample)})
                return dict(doors.gradescope_points(results, self._assignment))

            yield from self._each(ask, samples)

    def _nbgrader(self, samples: Sequence[Sample]) -> Iterator[tuple[str, Answer]]:
        handed = {sample.id: self._notebook(sample) for sample in samples}
        yield from classroom.marks(self._course, self._assignment, handed).items()

    def _check(self, samples: Sequence[Sample]) -> Iterator[tuple[str, Answer]]:
        with closing(KeptSandbox(ProcessSandbox())) as kept:
            for sample in samples:
                yield sample.id, sorted(doors.check(self._work(sample), self._assignment, kept))

    def _otter_check(self, samples: Sequence[Sample]) -> Iterator[tuple[str, Answer]]:
        bundle = archive.below("student/", otter.files(self._paths, self._assignment, "0.0.0"))
        yield from self._each(lambda s: _practice(doors.otter_check, bundle, self._assignment, s), samples)

    def _nbgrader_validate(self, samples: Sequence[Sample]) -> Iterator[tuple[str, Answer]]:
        bundle = archive.below(f"release/{self._assignment.name}/", self._course)
        yield from self._each(
            lambda s: _practice(doors.nbgrader_validate, bundle, self._assignment, s), samples
        )

    def _each(
        self, ask: Callable[[Sample], Answer], samples: Sequence[Sample]
    ) -> Iterator[tuple[str, Answer]]:
        with ThreadPoolExecutor(self._jobs) as pool:
            yield from zip((sample.id for sample in samples), pool.map(ask, samples), strict=True)

    @cached_property
    def _course(self) -> archive.Files:
        return nbgrader.files(self._paths, self._assignment, "0.0.0")

    def _work(self, sample: Sample) -> Submission:
        return doors.submission(f"{self._assignment.name}.ipynb", self._notebook(sample), self._assignment)

    def _notebook(self, sample: Sample) -> bytes:
        import nbformat

        name = self._assignment.name
        released = nbformat.reads(self._course[f"release/{name}/{name}.ipynb"].decode(), as_version=4)
        return tools.notebook_bytes(doors.filled(released, doors.code_of(*corpus.source(sample))))


def _practice(
    door: Callable[[archive.Files, Assignment, list[str]], doors.Failing],
    bundle: archive.Files,
    assignment: Assignment,
    sample: Sample,
) -> Answer:
    try:
        return sorted(door(bundle, assignment, doors.code_of(*corpus.source(sample))))
    except ValueError:
        return NO_ANSWER


def chosen(assignment: Assignment) -> list[Sample]:
    """Return the samples for the table: NUMBERS of each harmless kind, and HOSTILE."""
    samples = corpus.load(corpus.samples_of(assignment.name))
    harmless = [
        s for kind, most in NUMBERS.items() for s in _spread([s for s in samples if s.kind == kind], most)
    ]
    return [*harmless, *(s for s in samples if s.kind == "hostile" and s.name in HOSTILE)]


def _spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    count = min(most, len(samples))
    return [samples[i * len(samples) // count] for i in range(count)]


def key(assignment: Assignment) -> str:
    """Return the hash of the suites and the engine that the table is made with, as in every result."""
    return grading.suite_hash(assignment, grading.OFFICIAL)


def collect(
    doors_: Doors, assignment: Assignment, samples: Sequence[Sample], kept: Path, say: Say
) -> list[Row]:
    """Return a row for each sample; answers not yet in `kept` are asked for now and saved there."""
    harmless = [sample for sample in samples if sample.kind != "hostile"]
    answers = {door: _answers(doors_, door, assignment, samples, kept, say) for door in OFFICIAL}
    answers |= {door: _answers(doors_, door, assignment, harmless, kept, say) for door in PRACTICE}
    return [
        Row(
            sample.id,
            {door: answers[door][sample.id] for door in OFFICIAL},
            {door: answers[door].get(sample.id, NOT_RUN) for door in PRACTICE},
        )
        for sample in samples
    ]


def _answers(
    doors_: Doors, door: str, assignment: Assignment, samples: Sequence[Sample], kept: Path, say: Say
) -> dict[str, Any]:
    folder, suite = kept / door.replace(" ", "_"), key(assignment)
    places = {sample.id: folder / f"{_key_of(sample, suite)}.json" for sample in samples}
    for name, answer in doors_.ask(door, todo) if (todo := _absent(samples, places)) else ():
        places[name].parent.mkdir(parents=True, exist_ok=True)
        places[name].write_text(json.dumps(answer))
        say(f"{door}: {name}")
    return {name: json.loads(path.read_text()) for name, path in places.items()}


def _absent(samples: Sequence[Sample], places: dict[str, Path]) -> list[Sample]:
    return [sample for sample in samples if not places[sample.id].is_file()]


def _key_of(sample: Sample, suite: str) -> str:
    whole = "\0".join((suite, sample.id, *corpus.source(sample)))
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
        "Every sample is handed in as a notebook. Official doors: points of "
        f"{', '.join(questions)}. Practice doors: how many public checks fail;",
        "that they are the same checks, the last column says.",
        f"*{NOT_RUN}*: hostile work; a practice door has no wall around it, and here its code would run as",
        "whoever makes this table.",
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
    """Put the samples through all doors and write the table.

    Return 0 if all doors agree, 1 if some differ, 2 if a door failed.
    """
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Put the samples through every door and write the table; exit 1 if doors differ.",
        epilog=f"example: {COMMAND}",
    )
    parser.add_argument("--assignment", default="latent_space", metavar="NAME")
    parser.add_argument("--kept", type=Path, default=Path("build/parity"), help="folder for saved answers")
    parser.add_argument("--out", type=Path, default=Path("docs/proof"), help="folder for the table")
    parser.add_argument(
        "--jobs", type=int, default=2, help="samples run at the same time, if the door allows it"
    )
    options = parser.parse_args(arguments)
    paths = Paths(CHECKOUT, options.assignment)
    try:
        assignment = load(paths.assignment / "assignment.toml")
        every = Doors(paths, assignment, options.jobs)
        rows = collect(every, assignment, chosen(assignment), options.kept, lambda t: print(t, flush=True))
    except LatentLabError as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    return _publish(rows, assignment, options.out)


def _publish(rows: Sequence[Row], assignment: Assignment, out: Path) -> int:
    out.mkdir(parents=True, exist_ok=True)
    (out / "parity.md").write_text(table(rows, assignment), encoding="utf-8")
    (out / "parity.json").write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
    different = [row.sample for row in rows if not (row.same_points and row.same_checks)]
    differences = f"; doors differ on {', '.join(different)}" if different else ""
    print(f"wrote {out / 'parity.md'}, parity.json: {len(rows)} samples{differences}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
