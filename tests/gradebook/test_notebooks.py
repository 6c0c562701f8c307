"""The notebook that formgrader shows for a submission: where the boxes are, and what counts as an answer."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from autograder.gradebook import pages
from autograder.records.assignment import Assignment, Written
from autograder.records.results import Fault

BLANK = {"cell_type": "markdown", "source": "*Your answer:*"}


def code(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, **more}


def prose(source: str, **more: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, **more}


PROMPT = prose("**What did you see?** (5 points)")


def boxes(page: pages.Page) -> dict[str, str]:
    """Return grade id → text of the cell with the box; every id occurs once."""
    cells = [c for c in json.loads(page.text)["cells"] if "nbgrader" in c["metadata"]]
    sources = {c["metadata"]["nbgrader"]["grade_id"]: c["source"] for c in cells}
    assert len(sources) == len(cells)
    return sources


def order(page: pages.Page) -> list[str]:
    """Return the cells in order: their grade ids, or their first nine characters."""
    cells = json.loads(page.text)["cells"]
    return [c["metadata"].get("nbgrader", {}).get("grade_id") or c["source"][:9] for c in cells]


def test_a_box_follows_the_code_of_its_question_and_a_written_box_is_at_the_answer(
    assignment: Assignment, make: Any
) -> None:
    raw = [code("import x"), code("def f(): ..."), code("g = 3"), PROMPT, prose("I saw it.")]
    page = pages.render(assignment, raw, make("ada", 3, 1))
    assert order(page)[1:] == ["import x", "def f(): ", "one", "g = 3", "two", "<div><p><", "essay"]
    assert "I saw it." in boxes(page)["essay"]


def test_two_questions_in_one_cell_and_a_missing_one_get_boxes(assignment: Assignment, make: Any) -> None:
    page = pages.render(assignment, [code("def f(): ...\nclass g: ...")], make("ada", 3, 1))
    assert order(page)[1:] == ["def f(): ", "one", "two", "essay"]
    page = pages.render(assignment, [], make("ada", 3, 1))
    assert order(page)[1:] == ["one", "two", "essay"]
    assert pages.NOT_FOUND in boxes(page)["essay"]


def test_a_written_box_takes_comments_and_a_question_is_locked(assignment: Assignment, make: Any) -> None:
    page = pages.render(assignment, [PROMPT, BLANK], make("ada", 3, 1))
    cells = {
        c["metadata"]["nbgrader"]["grade_id"]: c for c in json.loads(page.text)["cells"] if c["metadata"]
    }
    essay, one = cells["essay"]["metadata"]["nbgrader"], cells["one"]["metadata"]["nbgrader"]
    assert (essay["solution"], essay["locked"], essay["points"], essay["cell_type"]) == (
        True,
        False,
        5,
        "markdown",
    )
    assert (one["solution"], one["locked"], one["points"], one["cell_type"]) == (False, True, 3, "code")
    assert cells["one"]["outputs"][0]["text"] == "3 of 3 points\n✓ 3/3  It is.\n"


def test_a_failed_check_says_why_in_lines_that_fit(assignment: Assignment, make: Any) -> None:
    result = make("ada", 0, 2)
    lost = replace(result.checks[0], outcome="failed", fault=Fault("f(3): " + "off by 0.2, " * 20))
    page = pages.render(assignment, [], replace(result, checks=(lost, *result.checks[1:])))
    cells = {
        c["metadata"]["nbgrader"]["grade_id"]: c for c in json.loads(page.text)["cells"] if c["metadata"]
    }
    lines = cells["one"]["outputs"][0]["text"].splitlines()
    assert lines[:3] == ["0 of 3 points", "✗ 0/3  It is.", lines[2]]
    assert lines[2].startswith("       f(3): off by 0.2,")
    assert max(map(len, lines)) <= pages.WIDTH


def test_every_page_is_a_notebook_that_nbformat_accepts(assignment: Assignment, make: Any) -> None:
    nbformat = pytest.importorskip("nbformat")
    raw = [code("f = 1", outputs=[{"output_type": "stream", "text": "x"}]), prose("a"), {"cell_type": "raw"}]
    for result in (make("ada", 3, 1), make("ada"), None):
        notebook = nbformat.reads(pages.render(assignment, raw, result).text, as_version=4)
        nbformat.validate(notebook)


@pytest.mark.parametrize(
    ("raw", "answer"),
    [
        ([PROMPT, BLANK], ""),
        ([PROMPT], ""),
        ([], ""),
        ([PROMPT, prose("A"), prose("B")], "A\nB"),
        ([PROMPT, BLANK, prose("A"), code("plot()")], "A\ncode"),
        ([prose("A", metadata={"nbgrader": {"grade_id": "essay"}})], "A"),
        ([PROMPT, prose("*Your answer:* A")], "A"),
    ],
)
def test_an_answer_is_found_wherever_it_is(
    assignment: Assignment, raw: list[dict[str, Any]], answer: str
) -> None:
    answers = pages.render(assignment, raw, None).answers
    assert bool(answers["essay"]) == bool(answer)


def test_an_answer_ends_where_the_next_question_begins(assignment: Assignment) -> None:
    more = Assignment(
        "s", "S", (), (), (assignment.written[0], Written("why", "Why is that?", 2)), assignment.limits
    )
    first = [PROMPT, prose("A"), prose("**Why is that?**"), prose("B")]
    second = [PROMPT, prose("A"), prose("**Why is that?**"), prose("C")]
    one, two = (pages.render(more, raw, None).answers for raw in (first, second))
    assert one["essay"] == two["essay"]
    assert one["why"] != two["why"]
    swapped = [first[2], first[3], first[0], first[1]]
    assert pages.render(more, swapped, None).answers == one


def test_a_prompt_without_a_cell_below_it_gets_the_box(assignment: Assignment) -> None:
    assert "What did you see?" in boxes(pages.render(assignment, [PROMPT], None))["essay"]


def test_a_student_cannot_make_boxes_of_their_own(assignment: Assignment, make: Any) -> None:
    forged = {"nbgrader": {"grade": True, "grade_id": "one", "points": 100, "solution": True}}
    raw = [prose("mine", metadata=forged), PROMPT, prose("A"), prose("copy", metadata=forged)]
    assert "mine" not in boxes(pages.render(assignment, raw, make("ada", 3, 1)))["one"]


def test_a_script_is_shown_as_a_notebook(assignment: Assignment, make: Any) -> None:
    prose = "# %% [markdown]\n# **What did you see?**\n\n# %% [markdown]\n#\n# A *b*\n"
    script = f"import os\n\n# %%\ndef f(): ...\n\n{prose}"
    raw = pages.cells_of("scratch.py", script)
    assert [cell["cell_type"] for cell in raw] == ["code", "code", "markdown", "markdown"]
    page = pages.render(assignment, raw, make("ada", 3, 1))
    assert "<em>b</em>" in boxes(page)["essay"]
    assert order(page)[1:4] == ["import os", "def f(): ", "one"]


def test_an_ungraded_page_blames_the_grader(assignment: Assignment, make: Any) -> None:
    text = pages.render(assignment, [], make("ada", reason="the engine <stopped>")).text
    assert "Not graded yet: the grader failed. You lose no points; staff will grade it again." in text
    assert "the engine &lt;stopped&gt;" in text


def test_the_key_of_a_page_depends_on_its_content_and_not_on_the_time_taken(
    assignment: Assignment, make: Any
) -> None:
    result = make("ada", 3, 1)
    assert pages.key(result, assignment) == pages.key(replace(result, timing={"seconds": 3.0}), assignment)
    assert pages.key(result, assignment) != pages.key(make("ada", 3, 2), assignment)
    assert pages.key(result, assignment) != pages.key(make("ada", 3, 1, work="second"), assignment)
    more = replace(assignment, written=(*assignment.written, Written("new", "What else?", 1)))
    assert pages.key(result, assignment) != pages.key(result, more)
