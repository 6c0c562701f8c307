"""The committed table shows that all doors agree on today's suites; two of its rows are tested live."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from autograder.proof import corpus
from autograder.proof.corpus import Sample
from autograder.records.assignment import Assignment
from autograder.records.places import CHECKOUT as ROOT
from autograder.records.places import Paths
from autograder.release import doors, parity
from autograder.sandbox.docker import DockerSandbox

PROOF = ROOT / "docs" / "proof"


def row(**changes: object) -> parity.Row:
    points = {door: {"model": 20} for door in parity.OFFICIAL}
    failing: dict[str, list[str] | str] = {door: ["model.a"] for door in parity.PRACTICE}
    return parity.Row(
        "mistaken-x", {**points, **changes.get("points", {})}, {**failing, **changes.get("failing", {})}
    )  # type: ignore[dict-item]


def test_a_door_that_gives_other_points_disagrees() -> None:
    assert row().same_points
    assert not row(points={"gradescope": {"model": 19}}).same_points
    assert not row(points={"gradescope": {}}).same_points


def test_a_door_with_other_failing_checks_or_without_an_answer_disagrees() -> None:
    assert row().same_checks
    assert not row(failing={"otter check": ["model.b"]}).same_checks
    assert not row(failing={"otter check": parity.NO_ANSWER}).same_checks
    assert not row(failing=dict.fromkeys(parity.PRACTICE, parity.NO_ANSWER)).same_checks
    assert row(failing=dict.fromkeys(parity.PRACTICE, parity.NOT_RUN)).same_checks


def test_the_table_shows_points_and_agreement(assignment: Assignment) -> None:
    rows = [row(), row(points={"nbgrader": {"model": 1}})]
    text = parity.table(rows, assignment)
    assert "| mistaken-x | 20 – – – | 20 – – – | 20 – – – | 1 | 1 | 1 | yes |" in text
    assert "2 samples; the same points in 1, the same public checks in 2." in text
    assert parity.key(assignment) in text


def test_at_least_forty_samples_of_every_kind_are_chosen(assignment: Assignment) -> None:
    chosen = parity.chosen(assignment)
    assert len(chosen) >= 40
    assert {sample.kind for sample in chosen} == {"correct", "mistaken", "hostile", "incomplete"}


def test_a_door_is_asked_only_for_answers_that_are_not_saved(assignment: Assignment, tmp_path: Path) -> None:
    asked: list[str] = []

    class FakeDoors(parity.Doors):
        def ask(self, door: str, samples: Sequence[Sample]) -> Iterator[tuple[str, parity.Answer]]:
            for sample in samples:
                asked.append(f"{door}, {sample.kind}")
                yield sample.id, {"model": 20} if door in parity.OFFICIAL else []

    kinds = {sample.kind: sample for sample in parity.chosen(assignment)}
    samples, doors_ = (
        [kinds["correct"], kinds["hostile"]],
        FakeDoors(Paths(ROOT, "latent_space"), assignment, 1),
    )
    rows = parity.collect(doors_, assignment, samples, tmp_path, lambda text: None)
    assert [row.failing["check"] for row in rows] == [[], parity.NOT_RUN]
    assert "check, correct" in asked
    assert "check, hostile" not in asked
    assert parity.collect(doors_, assignment, samples, tmp_path, lambda text: None) == rows
    assert len(asked) == 2 * len(parity.OFFICIAL) + len(parity.PRACTICE)


def committed() -> list[parity.Row]:
    return [parity.Row(**row) for row in json.loads((PROOF / "parity.json").read_text())]


def test_the_doors_agree_in_the_committed_table() -> None:
    assert [row.sample for row in committed() if not (row.same_points and row.same_checks)] == []


def test_the_committed_table_is_of_todays_samples(
    assignment: Assignment, of_today: Callable[[str], None]
) -> None:
    of_today("parity.md")
    rows = committed()
    assert [row.sample for row in rows] == [sample.id for sample in parity.chosen(assignment)], "make parity"
    made_of = re.search(r"Suite `(\w{64})`", (PROOF / "parity.md").read_text())
    assert made_of
    lines = parity.table(rows, assignment).replace(parity.key(assignment), made_of[1])
    assert (PROOF / "parity.md").read_text() == lines


def test_the_committed_table_agrees_with_the_proof_of_todays_suites(
    assignment: Assignment, of_today: Callable[[str], None]
) -> None:
    """So a change of the suites shows here after `make prove`, before `make parity` runs."""
    of_today("parity.md")
    with (PROOF / "messages.csv").open(newline="") as file:
        lost = list(csv.DictReader(file))
    for row in (row for row in committed() if row.sample.startswith(("correct-", "mistaken-"))):
        losses = [loss for loss in lost if f"mistaken-{loss['sample']}" == row.sample]
        points = {question.id: question.points for question in assignment.questions}
        for loss in losses:
            points[loss["check"].split(".")[0]] -= int(loss["points lost"])
        assert row.points["docker"] == points, row.sample
        public = sorted(loss["check"] for loss in losses if loss["visibility"] == "public")
        assert row.failing["check"] == public, row.sample


@pytest.mark.docker
def test_a_mistake_and_an_attack_get_the_tables_points_in_docker(
    assignment: Assignment, docker: DockerSandbox, of_today: Callable[[str], None]
) -> None:
    of_today("parity.md")
    samples = {sample.id: sample for sample in parity.chosen(assignment)}
    points = {row.sample: row.points["docker"] for row in committed()}
    mistake = next(name for name in points if name.startswith("mistaken-sweep"))
    for name in (mistake, "hostile-d05_stdout"):
        file, text = corpus.source(samples[name])
        work = doors.submission(file, text.encode(), assignment)
        assert doors.points(work, assignment, docker) == points[name]
