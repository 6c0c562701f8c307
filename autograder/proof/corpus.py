"""Builds the sample submissions, from edits of the solution or from files, and knows what each must get."""

from __future__ import annotations

import argparse
import runpy
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import AssignmentError, SandboxError
from autograder.records import assignment as assignments
from autograder.records.places import SOLUTIONS
from autograder.sandbox import engine

COMMAND = "python -m autograder.proof.corpus"
KINDS = ("correct", "mistaken", "cheating", "hostile", "incomplete")
SHOWN = tuple(kind for kind in KINDS if kind != "cheating")  # in a demonstration: what classes hand in
ENTRIES = {"description", "status", "loses", "score", "cause", "also", "base", "edit"}
CHEATING = {"description", "status", "most", "base", "edit"}  # the entries of cheating samples
BASES = ("solution", "template")
HOSTILE = {"attack", "code", "archive", "flag", "tools"}  # further entries of hostile samples


@dataclass(frozen=True)
class Edit:
    """One replacement in the base, where `find` must occur exactly once."""

    find: str
    replace: str


@dataclass(frozen=True)
class Sample:
    """One sample submission and what a fair grader must give it.

    `loses` lists the questions that must lose points; all others must have full marks. If it is None,
    `score` is the whole score. `cause` must occur in the feedback, and is empty if no check can tell it;
    `also` lists what else a check may name as the cause, because it is true too. `base` is "solution" or
    "template".

    A cheating sample does not do the work asked for, or does it only where checks are likely to look. `most`
    has the most points that it may earn in the questions where it cheats; the other questions of a solution
    that is edited must have full marks.

    A hostile sample names its line of docs/attacks.md (`attack`), and may build on wrong.py, a file in the
    same folder that gets every question wrong: `code` is appended to it (after tools.py, if `tools`), and
    `archive` names the function in archives.py, in the same folder, that packs the result.
    `flag` is a pattern that the flags for staff must match.
    """

    kind: str
    name: str
    folder: Path
    description: str
    status: str
    loses: tuple[str, ...] | None
    score: int | None
    cause: str
    base: str
    edits: tuple[Edit, ...]
    attack: str = ""
    code: str = ""
    archive: str = ""
    flag: str = ""
    tools: bool = False
    also: tuple[str, ...] = ()
    most: Mapping[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.name}"

    @property
    def solution(self) -> Path:
        """The folder of the assignment's solution, above submissions/KIND/NAME."""
        return self.folder.parents[2]

    @property
    def files(self) -> tuple[str, str]:
        """The names that a sample's file may have."""
        return f"{self.solution.name}.py", f"{self.solution.name}.ipynb"

    @property
    def expectation(self) -> Path:
        return self.folder / "expect.toml"


def samples_of(name: str) -> Path:
    """Return the folder of the samples of the assignment called `name`."""
    return SOLUTIONS / name / "submissions"


def load(folder: Path | None = None) -> list[Sample]:
    """Return every sample below `folder`, or of the default assignment, by kind and name.

    Raises AssignmentError that names every bad file.
    """
    folder = folder or samples_of(assignments.find().name)
    paths = [path for kind in KINDS for path in sorted((folder / kind).glob("*/expect.toml"))]
    if not paths:
        raise AssignmentError(f"{folder}: expected samples such as correct/NAME/expect.toml, got none")
    samples, bad = [], []
    for path in paths:
        try:
            samples.append(_sample(path))
        except AssignmentError as error:
            bad.append(str(error))
    if bad:
        raise AssignmentError("\n".join(bad))
    return samples


def spread(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return at most `most` samples of each kind, evenly spread over that kind."""
    kinds = [[s for s in samples if s.kind == kind] for kind in KINDS]
    counts = [(group, min(most, len(group))) for group in kinds]
    return [group[i * len(group) // count] for group, count in counts for i in range(count)]


def _sample(path: Path) -> Sample:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return _checked(path, table)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise AssignmentError(f"{path}: {type(error).__name__}: {error}; fix that entry") from error


def _known(kind: str) -> set[str]:
    """Return the entries that an expect.toml of this kind may have."""
    return CHEATING if kind == "cheating" else ENTRIES | HOSTILE if kind == "hostile" else ENTRIES


def _checked(path: Path, table: dict[str, Any]) -> Sample:
    kind = path.parent.parent.name
    known = _known(kind)
    if unknown := set(table) - known:
        raise AssignmentError(
            f"{path}: expected {', '.join(sorted(known))}, got {', '.join(sorted(unknown))}; remove it"
        )
    if kind == "cheating" and not _limits(table.get("most")):
        raise AssignmentError(
            f"{path}: expected the most points that each question may earn, such as most = {{model = 4}}, "
            f"got {table.get('most')!r}; declare them"
        )
    if kind != "cheating" and ("loses" in table) == ("score" in table):
        raise AssignmentError(f"{path}: expected exactly one of 'loses' and 'score'; declare one")
    if not isinstance(table.get("loses", []), list):
        raise AssignmentError(
            f"{path}: expected loses to be a list of questions, got {table['loses']!r}; write "
            f"[{table['loses']!r}]"
        )
    if table.get("base", "solution") not in BASES:
        raise AssignmentError(
            f"{path}: expected base 'solution' or 'template', got {table['base']!r}; correct it"
        )
    if table["status"] not in ("graded", "rejected"):
        raise AssignmentError(f"{path}: expected status 'graded' or 'rejected', got {table['status']!r}")
    return Sample(
        kind=kind,
        name=path.parent.name,
        folder=path.parent,
        description=table["description"],
        status=table["status"],
        loses=tuple(table["loses"]) if "loses" in table else None,
        score=table.get("score"),
        cause=table.get("cause", ""),
        also=tuple(table.get("also", ())),
        most=table.get("most", {}),
        base=table.get("base", "solution"),
        edits=tuple(Edit(**edit) for edit in table.get("edit", [])),
        **{name: table[name] for name in HOSTILE if name in table},
    )


def _limits(most: object) -> bool:
    """Whether `most` is a table of whole numbers with at least one entry."""
    return isinstance(most, dict) and bool(most) and all(type(points) is int for points in most.values())


@dataclass(frozen=True)
class Misfit:
    """The first edit of a sample that does not fit: its number from 0, and how often its `find` occurs."""

    number: int
    edit: Edit
    count: int


def source(sample: Sample) -> tuple[str, str]:
    """Return the file name and the text of a sample. Raises AssignmentError if an edit does not fit."""
    file, text, misfit = _made(sample)
    if misfit is not None:
        raise AssignmentError(
            f"{sample.expectation}: expected exactly one {misfit.edit.find!r} in the "
            f"{sample.base}, got {misfit.count}; make the edit's 'find' fit"
        )
    return file, text


def misfit(sample: Sample) -> Misfit | None:
    """Return the first edit of a sample that does not fit its base, or None if all do. Reads the base."""
    return _made(sample)[2]


def _made(sample: Sample) -> tuple[str, str, Misfit | None]:
    """Return the file name and the text of a sample, as far as its edits fit, and the first that does not."""
    for file in sample.files:
        if (sample.folder / file).is_file():
            return file, (sample.folder / file).read_text(encoding="utf-8"), None
    if sample.code or sample.archive:
        names = ("wrong.py", "tools.py") if sample.tools else ("wrong.py",)
        parts = [(sample.folder.parent / name).read_text(encoding="utf-8") for name in names]
        return sample.files[0], "\n\n".join([*parts, sample.code]), None
    template = sample.solution.parent.parent / "assignments" / sample.solution.name
    folder = {"solution": sample.solution, "template": template}[sample.base]
    text = (folder / sample.files[0]).read_text(encoding="utf-8")
    for number, edit in enumerate(sample.edits):
        if (count := text.count(edit.find)) != 1:
            return sample.files[0], text, Misfit(number, edit, count)
        text = text.replace(edit.find, edit.replace)
    return sample.files[0], text, None


def build(samples: Sequence[Sample], out: Path) -> list[Path]:
    """Write each sample to `out`/KIND-NAME/ and return the files written."""
    written = []
    for sample in samples:
        name, text = source(sample)
        path = out / sample.id / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if sample.archive:
            for file, data in archive(sample, text).items():
                (path.parent / file).parent.mkdir(parents=True, exist_ok=True)
                (path.parent / file).write_bytes(data)
        else:
            path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def archive(sample: Sample, text: str) -> dict[str, bytes]:
    """Return the files that the sample's function in archives.py makes of `text`. Raises AssignmentError."""
    makers = runpy.run_path(str(sample.folder.parent / "archives.py"))["MAKERS"]
    if sample.archive not in makers:
        known = ", ".join(sorted(makers))
        raise AssignmentError(f"{sample.expectation}: no archive {sample.archive!r}; expected one of {known}")
    made: dict[str, bytes] = makers[sample.archive](text)
    return made


def _engine_answers() -> bool:
    try:
        return bool(engine.version())
    except SandboxError:
        return False


def main(arguments: list[str] | None = None) -> int:
    """Build the samples; returns 0 on success, 2 if a sample does not fit."""
    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Build the sample submissions.",
        epilog=f"example: {COMMAND} build/samples --kind mistaken",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="the folder to write to")
    parser.add_argument(
        "--kind",
        choices=KINDS,
        action="append",
        help="build only this kind; may be repeated (default: all but cheating)",
    )
    parser.add_argument(
        "--harmless", action="store_true", help="leave out hostile samples: they need a wall around them"
    )
    parser.add_argument(
        "--harmless-without-engine", action="store_true", help="leave them out if no Docker engine answers"
    )
    parser.add_argument("--most", type=int, default=10**6, metavar="N", help="build at most N of each kind")
    options = parser.parse_args(arguments)
    try:
        samples = [s for s in load() if s.kind in (options.kind or SHOWN)]
        harmless = options.harmless or (options.harmless_without_engine and not _engine_answers())
        samples = [s for s in samples if not (harmless and s.kind == "hostile")]
        written = build(spread(samples, options.most), options.out)
    except AssignmentError as error:
        print(f"corpus: {error}", file=sys.stderr)
        return 2
    print(f"wrote {len(written)} sample submissions to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
