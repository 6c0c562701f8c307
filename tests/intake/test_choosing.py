"""Which file of a hand-in counts: the one that alone could be meant, or the one that staff chose."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import RejectedError
from autograder.intake import choosing
from autograder.intake.choosing import Pick
from autograder.records.assignment import Assignment, Limits, Question
from autograder.records.choices import Choice

STUB = "import torch\n\n\n" + "".join(f"def {name}(x):\n    raise NotImplementedError\n\n\n" for name in "fg")
DONE = STUB.replace("raise NotImplementedError", "return 2 * x")
DRAFT = DONE.replace("return 2 * x", "return x", 1)


def notebook(code: str, exploration: str = "print(f(1))", *more: str) -> str:
    """Return a notebook with `code`, an exploration cell and more cells."""
    cells = [{"cell_type": "code", "source": source, "metadata": {}} for source in (code, *more)]
    tagged = {"cell_type": "code", "source": exploration, "metadata": {"tags": ["exploration"]}}
    return json.dumps({"cells": [*cells, tagged], "nbformat": 4})


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    """An assignment with two functions, handed out as a notebook and as a script."""
    (tmp_path / "lab.ipynb").write_text(notebook(STUB))
    (tmp_path / "lab.py").write_text(STUB)
    questions = (Question("one", "One", 1, ("f", "g")),)
    return Assignment("lab", "T", ("lab.ipynb", "lab.py"), questions, (), Limits(), folder=tmp_path)


def pick(assignment: Assignment, files: Mapping[str, str], chosen: str = "") -> Pick:
    """Return the pick, which must be the same in every order of the files; staff choose `chosen`, if any."""
    orders = itertools.islice(itertools.permutations(files), 24)
    picks = [_pick(assignment, {name: files[name] for name in order}, chosen) for order in orders]
    assert all(one == picks[0] for one in picks)
    return picks[0]


def _pick(assignment: Assignment, files: Mapping[str, str], chosen: str) -> Pick:
    reads = {name: (lambda text=text: text.encode()) for name, text in files.items()}
    return choosing.pick(
        reads, assignment, lambda f: Choice("", "", "ada", chosen, dict(f), "") if chosen in f else None
    )


@pytest.mark.parametrize(
    ("files", "counts"),
    [
        ({"lab.ipynb": notebook(STUB), "lab.py": DONE}, "lab.py"),
        ({"lab.ipynb": notebook(DONE), "lab.py": STUB}, "lab.ipynb"),
        ({"lab.ipynb": notebook(STUB), "lab-Copy1.ipynb": notebook(DONE), "lab.py": STUB}, "lab-Copy1.ipynb"),
        ({"lab.py": STUB, "lab (1).py": DONE}, "lab (1).py"),
        ({"lab.py": STUB, "my work.py": DONE}, "my work.py"),
        ({"lab.py": STUB, "half.py": "def f(x):\n    return 2 * x\n"}, "half.py"),
        ({"old/lab.py": STUB, "new/lab.py": DONE}, "new/lab.py"),
        ({"Version 1/lab.py": DONE, "Version 2/lab.py": STUB + "# I gave up\n"}, "Version 1/lab.py"),
        (
            {"lab.ipynb": notebook(f"{STUB}\n\n", "train()", "import os", "print('here')"), "lab.py": DONE},
            "lab.py",
        ),
    ],
)
def test_the_only_file_with_work_in_it_counts_and_the_untouched_ones_are_named(
    assignment: Assignment, files: dict[str, str], counts: str
) -> None:
    picked = pick(assignment, files)
    assert (picked.name, picked.waiting, picked.candidates) == (counts, None, {})
    untouched = sorted(set(files) - {counts})
    (said,) = [note for note in picked.notes if "unchanged since you were given it" in note]
    assert said.startswith(f"{counts} was graded; ")
    assert sorted(said.partition(": ")[2].split(", ")) == untouched


@pytest.mark.parametrize(
    "files",
    [
        {"lab.ipynb": notebook(DRAFT), "lab.py": DONE},
        {"Version 1/lab.py": DRAFT, "Version 2/lab.py": DONE},
        {"lab.py": DONE, "old/lab.py": DRAFT},
        {"lab.py": DRAFT, "lab_final.py": DONE},
        {"lab.ipynb": notebook(DRAFT), "lab-Copy1.ipynb": notebook(DONE)},
        {"a.py": DRAFT, "b.py": DONE},
        {"lab.py": STUB, "a.py": "def f(x):\n    return x\n", "b.py": "def g(x):\n    return x\n"},
        {"lab.py": DONE, "lab (1).py": DONE.replace("import torch\n", "")},
        {"lab.py": DONE, "lab.ipynb": "{not a notebook"},
    ],
)
def test_several_files_that_differ_wait_for_staff_whose_choice_counts(
    assignment: Assignment, files: dict[str, str]
) -> None:
    waits = pick(assignment, files)
    assert (waits.name, waits.data) == ("", b"")
    candidates = sorted(waits.candidates)
    assert set(candidates) <= files.keys()
    assert len(candidates) == 2
    assert f"got 2 that differ: {', '.join(waits.candidates)}; staff must choose which one counts" in str(
        waits.waiting
    )
    for name in candidates:
        chosen = pick(assignment, files, name)
        assert (chosen.name, chosen.data, chosen.waiting) == (name, files[name].encode(), None)
        assert chosen.candidates == waits.candidates
        (other,) = set(candidates) - {name}
        assert chosen.notes == (f"{name} was graded: staff chose it over {other}",)


@pytest.mark.parametrize(
    ("files", "counts", "note"),
    [
        (
            {"lab.ipynb": notebook(DONE), "lab.py": f"# In[1]:\n{DONE}\nprint(f(1))\n"},
            "lab.ipynb",
            "same code is in lab.py",
        ),
        ({"lab.py": DONE, "copy/lab.py": DONE + "# the same\n"}, "lab.py", "the same code is in copy/lab.py"),
        (
            {"lab.py": DONE, "utils.py": "x = 1\n"},
            "lab.py",
            "several files were handed in; lab.py was graded",
        ),
        ({"lab.ipynb": notebook(STUB), "lab.py": STUB}, "lab.ipynb", "it contains no work of yours"),
        (
            {"lab.py": STUB, "start.py": "run()\n"},
            "lab.py",
            "several files were handed in; lab.py was graded",
        ),
        (
            {"lab.ipynb.json": notebook(DONE)},
            "lab.ipynb.json",
            "expected a file called lab.ipynb or lab.py, got lab.ipynb.json",
        ),
        (
            {"lab.ipynb.txt": notebook(DONE), "notes.txt": "x"},
            "lab.ipynb.txt",
            "got lab.ipynb.txt; it was graded",
        ),
        ({"lab-Copy1.ipynb": notebook(DONE)}, "lab-Copy1.ipynb", "got lab-Copy1.ipynb; it was graded"),
    ],
)
def test_one_file_that_could_be_meant_counts_and_a_note_says_why(
    assignment: Assignment, files: dict[str, str], counts: str, note: str
) -> None:
    picked = pick(assignment, files)
    assert (picked.name, picked.waiting) == (counts, None)
    assert any(note in one for one in picked.notes), picked.notes


def answered(code: str, answer: str) -> str:
    """Return a notebook with `code` and a written answer."""
    cells = [*json.loads(notebook(code))["cells"], {"cell_type": "markdown", "source": answer}]
    return json.dumps({"cells": cells, "nbformat": 4})


def test_an_answer_in_the_untouched_notebook_is_not_lost_for_the_code_in_the_script(
    assignment: Assignment,
) -> None:
    files = {"lab.ipynb": answered(STUB, "It is blue."), "lab.py": DONE}
    assert list(pick(assignment, files).candidates) == ["lab.ipynb", "lab.py"]


def test_of_files_with_the_same_code_the_one_with_answers_counts_and_other_answers_wait(
    assignment: Assignment,
) -> None:
    plain, blue, red = notebook(DONE), answered(DONE, "It is blue."), answered(DONE, "It is red.")
    assert pick(assignment, {"lab.ipynb": plain, "lab-Copy1.ipynb": blue}).name == "lab-Copy1.ipynb"
    assert pick(assignment, {"lab.ipynb": blue, "lab.py": DONE}).name == "lab.ipynb"
    assert pick(assignment, {"lab.ipynb": blue, "lab-Copy1.ipynb": red}).waiting is not None


def test_a_choice_among_other_files_does_not_count(assignment: Assignment) -> None:
    files = {"lab.ipynb": notebook(DRAFT), "lab.py": DONE}
    assert pick(assignment, files, "elsewhere.py").waiting is not None


def test_without_the_template_here_nothing_is_taken_for_untouched(assignment: Assignment) -> None:
    elsewhere = replace(assignment, folder=None)
    assert pick(elsewhere, {"lab.ipynb": notebook(STUB), "lab.py": DONE}).waiting is not None


def test_many_candidates_are_counted_and_some_are_named(assignment: Assignment) -> None:
    reads = {f"v{n}/lab.py": (lambda n=n: f"{DONE}x = {n}\n".encode()) for n in range(9)}
    picked = choosing.pick(reads, assignment)
    assert len(picked.candidates) == 9
    assert "got 9 that differ: v0/lab.py, v1/lab.py" in str(picked.waiting)
    assert "and 3 more; staff" in str(picked.waiting)


def test_a_hand_in_without_a_source_file_is_rejected(assignment: Assignment) -> None:
    with pytest.raises(
        RejectedError, match=r"^expected a notebook or a script, got notes.txt, b.pdf; hand in lab.ipynb or"
    ):
        choosing.pick({"notes.txt": lambda: b"x", "b.pdf": lambda: b"%PDF"}, assignment)
