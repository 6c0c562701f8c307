"""Written answers at the desk: one after another, by rubric or points, by one marker or two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from papers import ASSIGNMENT, HOSTILE, paper
from writing import QUESTION, TITLE, graded, notebook

from autograder.cohort import Cohort
from autograder.cohort.answers import Answers, Queue, Seat
from autograder.errors import UsageError
from autograder.gradebook import course
from autograder.gradebook.readings import Question
from autograder.records import results

testclient = pytest.importorskip("starlette.testclient", reason="the desk needs starlette and httpx")
TOKEN = "secret-token"
HOME = "http://127.0.0.1:8000"
OWN = {"origin": HOME}
ANSWERS = {
    "ada": "MSE blurs because the **mean** of edges is a ramp.",
    "bob": "*Your answer:*",
    "eve": f"It is blurry {HOSTILE}",
    "ida": "It is blurry because of L1.",
    "joe": "It is blurry because of L1.",
}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a class of five: one answer is blank, one hostile, two are the same."""
    return graded(tmp_path, ANSWERS, {"eve": HOSTILE, "ada": "Quimby Ada"})


@pytest.fixture
def client(out: Path) -> Iterator[Any]:
    from autograder.desk.app import make

    with testclient.TestClient(make(out, ASSIGNMENT, TOKEN), HOME, follow_redirects=False) as opened:
        yield opened


def answers(out: Path, who: str = "Tara") -> Answers:
    return Cohort(out, ASSIGNMENT).answers(QUESTION, who)


def seat(out: Path, name: str) -> Seat:
    queue = answers(out).queue()
    return next(s for s in queue.seats if s.info.id == name)


def place(out: Path, name: str) -> str:
    return f"/{TOKEN}/mark/{QUESTION}/{answers(out).key(name)}"


def add(client: Any, text: str, points: str) -> None:
    data = {"what": "add", "text": text, "points": points}
    assert client.post(f"/{TOKEN}/mark/{QUESTION}", data=data, headers=OWN).status_code == 303


def points(out: Path, name: str) -> float | None:
    grade = Cohort(out, ASSIGNMENT).student(name).grade
    return {mark.id: mark.points for mark in grade.marks}[QUESTION]


def ticked(queue: Queue, *texts: str) -> tuple[int, ...]:
    return tuple(item.id for item in queue.items if item.text in texts)


def test_the_queue_sorts_out_blank_answers_and_finds_equal_ones(out: Path) -> None:
    states = {s.info.id: (s.state, len(s.same)) for s in answers(out).queue().seats}
    assert states == {
        "ada": ("to mark", 0),
        "bob": ("blank", 0),
        "eve": ("to mark", 0),
        "ida": ("to mark", 1),
        "joe": ("to mark", 1),
    }


def test_names_are_hidden_unless_asked_for_and_never_markup(client: Any, out: Path) -> None:
    hidden = client.get(f"/{TOKEN}/mark/{QUESTION}").text + client.get(place(out, "ada")).text
    assert "Quimby" not in hidden
    assert not re.search(r"\bada\b", hidden)
    assert "Quimby Ada" in client.get(f"{place(out, 'ada')}?names=1").text
    shown = client.get(f"{place(out, 'eve')}?names=1").text
    assert "<img src=x" not in shown
    assert "<strong>mean</strong>" in client.get(place(out, "ada")).text


def test_an_answer_is_marked_by_rubric_and_leads_to_the_next_that_waits(client: Any, out: Path) -> None:
    add(client, "says that means of edges are ramps", "3")
    add(client, "measures it", "2")
    (item,) = ticked(answers(out).queue(), "says that means of edges are ramps")
    data = {f"item-{item}": "on", "extra": "0.5", "comment": "Well seen.", "was": "", "was_comment": ""}
    answer = client.post(place(out, "ada"), data=data, headers=OWN)
    assert answer.status_code == 303
    waits = [s.key for s in answers(out).queue().seats if s.state == "to mark"]
    assert answer.headers["location"].rpartition("/")[2] in waits
    assert points(out, "ada") == 3.5
    again = client.get(place(out, "ada")).text
    assert f'name="item-{item}" value="on" data-points="3.0" data-key="1" checked' in again
    assert "Well seen." in again


def test_an_item_is_added_while_marking_and_what_was_typed_stays(client: Any, out: Path) -> None:
    typed = {"text": "names the median", "points": "2", "extra": "1", "comment": "Half typed"}
    page = client.post(place(out, "ada"), data={**typed, "was": "", "was_comment": ""}, headers=OWN)
    (item,) = answers(out).queue().items
    assert (item.text, item.points) == ("names the median", 2)
    assert page.status_code == 200
    assert re.search(rf'name="item-{item.id}" [^>]*checked', page.text)
    assert "Half typed</textarea>" in page.text
    assert 'name="extra" value="1"' in page.text
    assert points(out, "ada") is None
    refused = client.post(place(out, "ada"), data={**typed, "points": "x"}, headers=OWN)
    assert (refused.status_code, "points: expected a number" in refused.text) == (409, True)
    assert len(answers(out).queue().items) == 1


def test_formgrader_sees_the_mark_and_its_marks_are_shown(client: Any, out: Path) -> None:
    from nbgrader.api import Gradebook

    data = {"extra": "4", "comment": "Good.", "was": "", "was_comment": ""}
    assert client.post(place(out, "ada"), data=data, headers=OWN).status_code == 303
    with Gradebook(f"sqlite:///{out / 'gradebook.db'}") as book:
        key = (QUESTION, ASSIGNMENT.name, ASSIGNMENT.name)
        grade = book.find_grade(*key, "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (4, False)
        assert book.find_comment(*key, "ada").manual_comment == "Good."
        book.find_grade(*key, "joe").manual_score = 1.5
        book.db.commit()
    page = client.get(place(out, "joe")).text
    assert 'name="extra" value="1.5"' in page
    assert "elsewhere" in client.get(f"/{TOKEN}/mark/{QUESTION}").text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"extra": "4", "was": "3"}, "expected 3.0 in the gradebook, got None, typed by somebody meanwhile"),
        ({"extra": "four", "was": ""}, "extra: expected a number, got 'four'; nothing was changed"),
        ({"comment": "Nice.", "was": ""}, "expected items of the rubric or points, got neither"),
        ({"item-77": "on", "was": ""}, "expected items of the rubric, got 77, which somebody removed"),
    ],
)
def test_an_impossible_mark_is_refused_and_what_was_typed_stays(
    client: Any, out: Path, data: dict[str, str], message: str
) -> None:
    answer = client.post(place(out, "ada"), data={"comment": "Typed.", **data}, headers=OWN)
    assert answer.status_code == 409
    text = answer.text.replace("&#39;", "'")
    assert message in text
    assert data.get("comment", "Typed.") in text
    assert points(out, "ada") is None


def test_points_stay_between_0_and_the_questions(out: Path) -> None:
    every = answers(out)
    for extra, given in ((9.0, 5.0), (-3.0, 0.0)):
        every.mark(seat(out, "ada"), (), extra, "", seat(out, "ada").mark)
        assert points(out, "ada") == given


def test_a_changed_item_moves_every_mark_that_it_made_and_names_those_set_otherwise(
    client: Any, out: Path
) -> None:
    add(client, "blurry", "1")
    every = answers(out)
    (item,) = ticked(every.queue(), "blurry")
    for name in ("ada", "ida", "joe"):
        every.mark(seat(out, name), (item,), 0.0, "", seat(out, name).mark)
    other = seat(out, "joe")
    with every._open() as question:
        question._mark([replace(other.first, points=4.0)], {"joe": {QUESTION: other.mark}}, "typed elsewhere")  # type: ignore[type-var]
    data = {"what": "change", "item": str(item), "text": "blurry, and why", "points": "2"}
    answer = client.post(f"/{TOKEN}/mark/{QUESTION}", data=data, headers=OWN)
    assert [points(out, name) for name in ("ada", "ida", "joe")] == [2, 2, 4]
    assert (
        "these marks stay, because somebody set them otherwise: joe"
        in client.get(answer.headers["location"]).text
    )
    client.post(f"/{TOKEN}/mark/{QUESTION}", data={"what": "remove", "item": str(item)}, headers=OWN)
    assert [points(out, name) for name in ("ada", "ida", "joe")] == [0, 0, 4]
    assert answers(out).queue().items == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"what": "add", "text": " ", "points": "1"}, "expected a sentence and points from -5 to 5, got ' '"),
        ({"what": "add", "text": "x", "points": "6"}, "from -5 to 5, got 'x' and 6"),
        ({"what": "add", "text": "x", "points": "nan"}, "from -5 to 5, got 'x' and nan"),
        (
            {"what": "change", "item": "9", "text": "x", "points": "1"},
            "expected an item of the rubric, got 9",
        ),
        ({"what": "less"}, "expected add, change or remove, got 'less'"),
    ],
)
def test_an_impossible_rubric_is_refused(client: Any, out: Path, data: dict[str, str], message: str) -> None:
    answer = client.post(f"/{TOKEN}/mark/{QUESTION}", data=data, headers=OWN)
    assert (answer.status_code, message in answer.text.replace("&#39;", "'")) == (409, True)
    assert answers(out).queue().items == ()


def test_blank_answers_get_0_points_at_once_and_others_nothing(client: Any, out: Path) -> None:
    client.post(f"/{TOKEN}/mark/{QUESTION}", data={"what": "blank"}, headers=OWN)
    assert {name: points(out, name) for name in ANSWERS} == {**dict.fromkeys(ANSWERS), "bob": 0}


def test_an_answer_without_a_place_is_nobodys_0(client: Any, out: Path) -> None:
    """Bob deleted the cell; Kim's file could not be read when it was graded."""
    for name, text in (("bob", "moved"), ("kim", None)):
        path = out.parent / f"work/{name}/latent_space.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(notebook("").replace(TITLE, "Another heading") if text else "not a notebook")
        result = replace(paper(name), status="graded" if text else "rejected")
        digest = sha256(path.read_bytes()).hexdigest()
        info = replace(result.submission, source=str(path), sha256=digest)
        results.write(replace(result, submission=info), out / f"results/{name}.json")
    course.publish(out, ASSIGNMENT, [results.read(path) for path in sorted((out / "results").glob("*.json"))])
    answer = client.post(f"/{TOKEN}/mark/{QUESTION}", data={"what": "blank"}, headers=OWN)
    text = client.get(answer.headers["location"]).text
    assert "No place for the answer was found in these, so look at them; they have no mark: bob, kim" in text
    assert [points(out, name) for name in ("bob", "kim")] == [None, None]


def test_blank_answers_come_last_in_the_queue(out: Path) -> None:
    for _ in range(4):
        last = answers(out).queue().after("")
        assert last
        assert last.info.id != "bob"
        answers(out).mark(last, (), 1.0, "", last.mark)
    last = answers(out).queue().after("")
    assert last
    assert last.info.id == "bob"


def test_a_second_marker_sees_no_mark_and_changes_none_until_somebody_decides(client: Any, out: Path) -> None:
    answers(out, "Tara").mark(seat(out, "ada"), (), 4.0, "Fine.", seat(out, "ada").mark)
    with pytest.raises(
        UsageError, match=r"^ada, written_losses: expected a second marker .*, got Tara twice"
    ):
        answers(out, "Tara").mark(seat(out, "ada"), (), 2.0, "", seat(out, "ada").mark, second=True)
    with pytest.raises(UsageError, match="got no first mark"):
        answers(out, "Uma").mark(seat(out, "ida"), (), 2.0, "", seat(out, "ida").mark, second=True)
    page = client.get(f"{place(out, 'ada')}?second=1").text
    assert 'name="extra" value=""' in page
    assert "Tara" not in page
    assert 'name="was' not in page
    data = {"extra": "2", "comment": "Thin.", "was": "4", "was_comment": "Fine."}
    assert client.post(f"{place(out, 'ada')}?second=1", data=data, headers=OWN).status_code == 303
    assert points(out, "ada") == 4
    assert "Two markers disagree" in client.get(f"/{TOKEN}/mark/{QUESTION}").text
    data = {"what": "second", "was": "4", "was_comment": "Fine."}
    assert client.post(place(out, "ada"), data=data, headers=OWN).status_code == 303
    assert points(out, "ada") == 2
    assert seat(out, "ada").mark.comment == "Thin."
    assert "Two markers disagree" not in client.get(f"/{TOKEN}/mark/{QUESTION}").text


def test_to_decide_between_two_there_must_be_two(out: Path) -> None:
    with pytest.raises(UsageError, match=r"^ada, written_losses: expected two markers, got one; nothing was"):
        answers(out).settle(seat(out, "ada"), True, seat(out, "ada").mark)


def test_students_pages_show_marks_and_comments_once_they_are_written(client: Any, out: Path) -> None:
    answers(out).mark(seat(out, "ada"), (), 4.0, "Well seen.", seat(out, "ada").mark)
    page = out / "feedback/ada.html"
    assert "Well seen." not in page.read_text()
    assert client.post(f"/{TOKEN}/mark/{QUESTION}", data={"what": "publish"}, headers=OWN).status_code == 303
    assert "Well seen." in page.read_text()


def test_an_unknown_question_or_answer_is_named(client: Any, out: Path) -> None:
    answer = client.get(f"/{TOKEN}/mark/losses")
    assert (
        answer.status_code,
        "expected a written question (written_losses, written_latent)" in answer.text,
    ) == (404, True)
    answer = client.get(f"/{TOKEN}/mark/{QUESTION}/ada")
    assert (answer.status_code, "expected the key of an answer, got 'ada'" in answer.text) == (404, True)


def test_a_folder_without_a_gradebook_is_named(out: Path) -> None:
    for name in ("gradebook.db", "nbgrader_config.py"):
        (out / name).unlink()
    with pytest.raises(
        UsageError, match="expected a folder with a gradebook, got none; run autograder regrade"
    ):
        answers(out)


def test_a_file_that_is_gone_is_said_to_be_and_can_still_be_marked(client: Any, out: Path) -> None:
    (out.parent / "work/ada/latent_space.ipynb").unlink()
    assert "The file cannot be shown: " in client.get(place(out, "ada")).text
    answers(out).mark(seat(out, "ada"), (), 1.0, "", seat(out, "ada").mark)
    assert points(out, "ada") == 1


def test_a_killed_change_leaves_nothing_half_done(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading is written after the mark, in the same transaction."""
    monkeypatch.setattr(Question, "_keep", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        answers(out).mark(seat(out, "ada"), (), 1.0, "", seat(out, "ada").mark)
    assert points(out, "ada") is None
