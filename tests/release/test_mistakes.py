"""The students' page of common mistakes: every example is on it, and nothing that is secret."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from autograder.records import assignment as assignments
from autograder.records import examples
from autograder.records.assignment import Assignment
from autograder.records.places import CHECKOUT, Paths
from autograder.release import leaks, mistakes, staff, student


def test_the_bundle_has_every_example_and_says_so(bundle: dict[str, bytes], assignment: Assignment) -> None:
    page = bundle["mistakes.md"].decode()
    assert "| `mistakes.md` | common mistakes, with numbers |" in bundle["README.md"].decode()
    for example in examples.load(assignment):
        assert f"```python\n{example.code}\n```\n\n- *right*: `{example.right}`\n" in page
        assert f"- {example.cause}: `{example.wrong}`\n" in page
        assert example.sample not in page
    assert page.count("\n## ") == len(assignment.questions)


def test_mistakes_that_one_block_shows_stand_below_it(bundle: dict[str, bytes]) -> None:
    assert (
        "- *right*: `-1.0`\n- a LeakyReLU is used instead of each ReLU: `-200.68`\n"
        "- a ReLU is applied to the latent: `0.0`\n"
    ) in bundle["mistakes.md"].decode()


def test_an_assignment_without_examples_has_no_such_page(paths: Paths, assignment: Assignment) -> None:
    bare = replace(assignment, folder=None)
    assert mistakes.files(bare) == {}
    files = student.files(paths, bare, "1.2.3")
    assert "mistakes.md" not in files
    assert "mistakes" not in files["README.md"].decode()


@pytest.mark.parametrize("name", [found.name for found in assignments.known()])
def test_examples_contain_no_line_and_no_number_of_a_hidden_check(name: str) -> None:
    paths = Paths(CHECKOUT, name)
    found = assignments.load(paths.assignment / "assignment.toml")
    shown = {examples.FILE: (paths.assignment / examples.FILE).read_bytes(), **mistakes.files(found)}
    assert leaks.search(shown, leaks.secrets(paths, found)) == []


def test_staff_get_the_examples_for_their_feedback_pages(paths: Paths, assignment: Assignment) -> None:
    source = Path(paths.assignment / examples.FILE).read_bytes()
    assert staff.files(paths, assignment)[examples.FILE] == source
