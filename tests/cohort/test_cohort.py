"""A class: grading, regrading, overrides, pages, and how often each result is read."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from papers import ASSIGNMENT, paper

from autograder.cohort import Cohort, How, Listener
from autograder.cohort.listener import OnResult
from autograder.cohort.records import Template
from autograder.errors import AssignmentError, KitError, UsageError
from autograder.records import results
from autograder.records.assignment import Assignment, LatePolicy
from autograder.records.origin import Source

SUITE = {
    "public/test_one.py": '@check(points=2)\ndef test_doubles(student):\n    """It doubles."""\n'
    '    expect.close("f(3)", student.call("f", 3.0), 6.0)\n'
}
RIGHT = "def f(x): return 2 * x\n"
HOW = How("process")


class Recorder(Listener):
    """Records every event."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def found(self, sources: Sequence[Source]) -> None:
        self.events += [f"found {source.seen}, {source.count}" for source in sources]

    def warned(self, text: str) -> None:
        self.events.append(f"warned {text}")

    def due(self, reasons: Mapping[str, str]) -> None:
        self.events.append(f"due {dict(reasons)}")

    def valid(self, count: int) -> None:
        self.events.append(f"valid {count}")

    def grading(self, kind: str, count: int) -> AbstractContextManager[OnResult]:
        self.events.append(f"grading {count} in {kind}")
        return nullcontext(lambda result: self.events.append(f"{result.submission.id} {result.score}"))


class Opened:
    """Counts how often each result of a class is opened, while it is on."""

    def __init__(self) -> None:
        self.on, self.names = False, list[str]()

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Record an audit event: opening a file that already exists counts as reading it."""
        path = Path(str(arguments[0])) if self.on and event == "open" else None
        if path and path.parent.name == "results" and path.exists():
            self.names.append(path.name)

    def during(self, call: Callable[[], Any]) -> list[str]:
        """Return the names of the result files that `call` opens, once per opening."""
        self.on, self.names = True, []
        try:
            call()
        finally:
            self.on = False
        return sorted(self.names)


@pytest.fixture(scope="module")
def opened() -> Opened:
    """The counter, for the whole module: Python cannot remove an audit hook."""
    counter = Opened()
    sys.addaudithook(counter.hook)
    return counter


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a graded class of three."""
    for name in ("ada", "bob", "eve"):
        result = paper(name, lost=["losses.mse"] if name == "ada" else [])
        results.write(result, tmp_path / "graded/results" / f"{name}.json")
    return tmp_path / "graded"


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with two students' files, beside a solution to the scratch assignment."""
    for name, text in (("in/ada", RIGHT), ("in/bob", "def f(x): return x\n"), ("scratch/scratch", RIGHT)):
        path = tmp_path / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.setattr("autograder.records.assignment.SOLUTIONS", tmp_path)
    return tmp_path / "in"


@pytest.fixture
def small(scratch: Callable[..., Any]) -> Assignment:
    """An assignment with one check."""
    return scratch(SUITE, {"one": 2})


def test_a_class_is_graded_and_reports_its_progress(small: Assignment, work: Path) -> None:
    recorder = Recorder()
    graded = Cohort(work.parent / "out", small).grade([work], HOW, listener=recorder)
    assert {name: r.score for name, r in graded.wanted.items()} == {"ada": 2, "bob": 0}
    assert graded.now == graded.wanted
    assert recorder.events[:2] == ["found files and folders, 2", "grading 2 in process"]
    assert sorted(recorder.events[2:]) == ["ada 2", "bob 0"]
    pages = ("feedback/ada.html", "report/index.html", "grades.csv", "gradebook.db")
    assert all((work.parent / "out" / name).is_file() for name in pages)


def test_a_page_is_there_once_its_result_has_ended_and_is_the_one_of_the_end(
    small: Assignment, work: Path, tmp_path: Path
) -> None:
    """The listener hears of the next result after the page of the one before is written."""
    out = work.parent / "out"

    before: dict[str, str] = {}

    def ended(_: object) -> None:
        before.update({page.name: page.read_text() for page in (out / "feedback").glob("*.html")})

    class Reader(Recorder):
        def grading(self, kind: str, count: int) -> AbstractContextManager[OnResult]:
            return nullcontext(ended)

    Cohort(out, small).grade([work], HOW, listener=Reader())
    assert len(before) == 1
    assert all((out / "feedback" / name).read_text() == text for name, text in before.items())


def test_an_extension_that_fits_nobody_stops_grading_before_it_begins(small: Assignment, work: Path) -> None:
    (work.parent / "class.csv").write_text("name,id\nada,s1\nbob,s2\n")
    late = replace(small, late=LatePolicy(extensions={"adda": 2}))
    with pytest.raises(AssignmentError, match=r"late\.extensions: .*, got 'adda' \(did you mean 'ada'\?\)"):
        Cohort(work.parent / "out", late).grade([work], HOW, roster=work.parent / "class.csv")
    assert not (work.parent / "out").exists()


def test_an_extension_may_name_a_submission_of_an_earlier_download(small: Assignment, work: Path) -> None:
    (work.parent / "class.csv").write_text("name,id\nada,s1\nbob,s2\n")
    out, roster = work.parent / "out", work.parent / "class.csv"
    (work / "bob.py").rename(work / "bob_2.py")
    Cohort(out, small).grade([work / "bob_2.py"], HOW, roster=roster)
    late = replace(small, late=LatePolicy(extensions={"bob_2": 2}))
    assert list(Cohort(out, late).grade([work / "ada.py"], HOW, roster=roster).now) == ["ada"]


def test_results_stay_valid_until_the_work_changes(small: Assignment, work: Path, opened: Opened) -> None:
    out, recorder = work.parent / "out", Recorder()
    Cohort(out, small).grade([work], HOW)
    read = opened.during(lambda: Cohort(out, small).grade([work], HOW, listener=recorder))
    assert recorder.events == ["found files and folders, 2", "valid 2"]
    assert read == ["ada.json", "bob.json"]
    (work / "bob.py").write_text(RIGHT)
    again = Recorder()
    regraded = Cohort(out, small).regrade(HOW, again, dry_run=True)
    assert again.events == ["due {'bob': 'other work'}"]
    assert (regraded.wanted, regraded.reasons, regraded.graded) == (2, {"bob": "other work"}, None)
    done = Cohort(out, small).regrade(HOW)
    assert done.graded is not None
    assert [(m.id, m.before, m.after) for m in done.moved] == [("bob", 0, 2)]
    assert list(done.graded.now) == ["bob"]
    assert Cohort(out, small).student("bob").earlier[0].score == 0


def test_only_the_named_submission_is_graded(small: Assignment, work: Path) -> None:
    cohort = Cohort(work.parent / "out", small)
    graded = cohort.grade([work], How("process", only=("ada",)))
    assert list(graded.wanted) == list(graded.now) == ["ada"]
    assert cohort.size() == 1
    with pytest.raises(UsageError, match=r"^no student 'bbo' in the downloads; did you mean 'bob'\?$"):
        cohort.regrade(How("process", only=("bbo",)))


@pytest.mark.parametrize(
    "command",
    [
        lambda c: c.student("ada"),
        lambda c: c.publish(),
        lambda c: c.override("ada", "losses", "20", "read it"),
        lambda c: c.export("csv", Template()),
        lambda c: c.export("json", Template()),
        lambda c: (c.suites(), c.export("gradescope", Template())),
    ],
    ids=["show", "report", "override", "csv", "json", "gradescope"],
)
def test_a_command_opens_each_result_once(
    out: Path, opened: Opened, command: Callable[[Cohort], Any]
) -> None:
    read = opened.during(lambda: command(Cohort(out, ASSIGNMENT)))
    assert read == ["ada.json", "bob.json", "eve.json"]


def test_the_first_grading_reads_no_result(small: Assignment, work: Path, opened: Opened) -> None:
    assert opened.during(lambda: Cohort(work.parent / "out", small).grade([work], HOW)) == []
    assert len(list((work.parent / "out/results").iterdir())) == 2


def test_an_override_shows_on_the_pages_at_once_and_leaves_other_pages_alone(out: Path) -> None:
    Cohort(out, ASSIGNMENT).publish()
    others = {name: (out / "feedback" / f"{name}.html").stat().st_ino for name in ("bob", "eve")}
    done = Cohort(out, ASSIGNMENT).override("ada", "losses", "22", "the handout left it open", "Tara")
    marks = {mark.id: mark.points for mark in done.after.marks}
    assert (marks["losses"], done.before.id, done.page) == (22, "ada", out / "feedback/ada.html")
    assert "<strong>22</strong> of 25 points" in done.page.read_text()
    assert "losses set to 22 by Tara" in (out / "grades.csv").read_text()
    assert "changed (1)" in (out / "report/index.html").read_text()
    assert {name: (out / "feedback" / f"{name}.html").stat().st_ino for name in others} == others


def test_an_override_records_the_value_before_it_and_can_be_undone(out: Path) -> None:
    cohort = Cohort(out, ASSIGNMENT)
    cohort.override("ada", "losses", "22", "x")
    cohort.override("ada", "losses", "back", "y")
    ledger = [json.loads(line) for line in (out / "overrides.jsonl").read_text().splitlines()]
    assert [(c["was"], c["value"]) for c in ledger] == [(15, 22), (22, None)]
    assert [change.why for change in cohort.student("ada").changes] == ["x", "y"]
    assert "22 of 25" not in (out / "feedback/ada.html").read_text()


def test_an_invalid_override_changes_neither_the_ledger_nor_the_pages(out: Path) -> None:
    with pytest.raises(UsageError, match=r"^losses: expected a number from 0 to 25, or `back`, got '26'$"):
        Cohort(out, ASSIGNMENT).override("ada", "losses", "26", "x")
    with pytest.raises(UsageError, match=r"^--reason: expected a sentence, got nothing; say why"):
        Cohort(out, ASSIGNMENT).override("ada", "losses", "20", " ")
    assert sorted(path.name for path in out.iterdir()) == ["results"]


def test_a_change_whose_pages_cannot_be_written_counts_and_says_so(out: Path) -> None:
    (out / "feedback").write_text("a file where the pages' folder should be")
    says = (
        r"^the change is recorded and counts, but its pages .*; do not make it again; .* autograder report "
    )
    with pytest.raises(KitError, match=says):
        Cohort(out, ASSIGNMENT).override("ada", "losses", "+2", "x")
    (out / "feedback").unlink()
    Cohort(out, ASSIGNMENT).publish()
    assert "losses set to 17" in (out / "grades.csv").read_text()


def test_a_student_is_found_by_part_of_a_name(out: Path) -> None:
    student = Cohort(out, ASSIGNMENT).student("AD")
    assert (student.result.submission.id, student.grade.id) == ("ada", "ada")
    assert (student.earlier, student.failure, student.changes) == ((), None, ())
    assert student.page == out / "feedback/ada.html"


def test_grading_into_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    message = rf"^--out {tmp_path}/out: expected a folder, got a file; name another$"
    with pytest.raises(UsageError, match=message):
        Cohort(tmp_path / "out", ASSIGNMENT).grade([tmp_path], HOW)


def test_publish_and_regrade_without_results_say_what_to_do_first(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r": expected a folder with results, got none; grade first$"):
        Cohort(tmp_path, ASSIGNMENT).publish()
    with pytest.raises(
        UsageError, match=r": expected a folder that grade has written, got none; grade first$"
    ):
        Cohort(tmp_path, ASSIGNMENT).regrade(HOW)


def test_a_student_with_two_files_waits_until_staff_choose_and_the_choice_lasts(
    small: Assignment, work: Path
) -> None:
    out = work.parent / "out"
    for name, text in (("draft", "def f(x): return x\n"), ("final", RIGHT)):
        (work / "zoe" / name).mkdir(parents=True)
        (work / "zoe" / name / "f.py").write_text(text)
    graded = Cohort(out, small).grade([work], HOW)
    zoe = graded.wanted["zoe"]
    assert (zoe.status, zoe.score, zoe.questions, zoe.cells) == ("waiting", None, (), ())
    assert list(zoe.submission.candidates) == ["draft/f.py", "final/f.py"]
    (need,) = [need for need in graded.needs if need.what.startswith("several files could be meant")]
    assert (need.names, need.urgent) == (("zoe: draft/f.py or final/f.py",), True)
    assert "autograder choose OUT ID FILE --reason" in need.next
    page = (out / "feedback/zoe.html").read_text()
    assert all(text in page for text in ("draft/f.py", "final/f.py", "Not graded yet"))
    assert "0 of 2" not in page
    assert ",zoe,waiting,,2,,2," in (out / "grades.csv").read_text()
    filled, _ = Cohort(out, small).export("csv", Template())
    assert filled.written == 2
    again = Cohort(out, small).regrade(HOW, dry_run=True)
    assert again.reasons == {}

    (done,) = Cohort(out, small).choose(["zoe"], "final/f.py", "mail of 3 March", "Tara")
    assert (done.choice.who, done.choice.submission, done.choice.file) == ("Tara", "zoe", "final/f.py")
    later = Cohort(out, small).regrade(HOW)
    assert later.reasons == {"zoe": "another choice of file"}
    assert Cohort(out, small).student("zoe").result.score == 2
    assert Cohort(out, small).grade([work], HOW).now == {}
    Cohort(out, small).choose(["zoe"], "draft/f.py", "no, the other one")
    assert Cohort(out, small).regrade(HOW, dry_run=True).reasons == {"zoe": "other work"}
    Cohort(out, small).choose(["zoe"], "back", "neither")
    assert Cohort(out, small).regrade(HOW).reasons == {"zoe": "another choice of file"}
    undone = Cohort(out, small).student("zoe")
    assert (undone.result.status, [choice.file for choice in undone.choices]) == (
        "waiting",
        ["final/f.py", "draft/f.py", ""],
    )
    Cohort(out, small).choose(["zoe"], "final/f.py", "after all")
    Cohort(out, small).regrade(HOW)
    assert Cohort(out, small).student("zoe").result.score == 2  # not held back as older work
    Cohort(out, small).choose(["zoe"], "back", "neither")
    with pytest.raises(UsageError, match=r"^zoe: expected a choice to undo, got none; `back` undoes an"):
        Cohort(out, small).choose(["zoe"], "back", "again")

    (work / "zoe/final/f.py").write_text(RIGHT + "x = 1\n")
    assert Cohort(out, small).grade([work], HOW).wanted["zoe"].status == "waiting"


def test_a_choice_needs_several_files_and_one_of_them(small: Assignment, work: Path, out: Path) -> None:
    message = (
        r"^ada: expected several files to choose from, got one; choose only for students whom `grade` lists"
    )
    with pytest.raises(UsageError, match=message):
        Cohort(out, ASSIGNMENT).choose(["ada"], "f.py", "x")
    assert not (out / "choices.jsonl").exists()


def test_a_ruling_counts_for_everyone_shows_on_the_pages_and_is_reversible(out: Path) -> None:
    done = Cohort(out, ASSIGNMENT).rule("losses.mse", "drop", "the handout <b>contradicts</b> it", "Tara")
    assert [r.submission.id for r in done.results] == ["ada", "bob", "eve"]
    marks = {name: {m.id: m.points for m in grade.marks}["losses"] for name, grade in done.after.items()}
    assert (marks, {m.id: m.points for m in done.before["ada"].marks}["losses"]) == (
        {"ada": 25, "bob": 25, "eve": 25},
        15,
    )
    for name in ("ada", "bob"):
        page = (out / "feedback" / f"{name}.html").read_text()
        assert "For everyone, this check does not count: <code>losses.mse</code> is right." in page
        assert "(the handout &lt;b&gt;contradicts&lt;/b&gt; it)" in page
    assert "losses.mse dropped for everyone by Tara" in (out / "report/index.html").read_text()
    results.write(paper("tom", lost=["losses.mse"]), out / "results/tom.json")  # handed in later
    again = Cohort(out, ASSIGNMENT)
    assert {m.id: m.points for m in again.student("tom").grade.marks}["losses"] == 25
    back = again.rule("losses.mse", "back", "page 3 does say it")
    assert {m.id: m.points for m in back.after["ada"].marks}["losses"] == 15
    assert "does not count" not in (out / "feedback/ada.html").read_text()


def test_a_ruling_about_a_check_that_is_gone_needs_a_human(out: Path) -> None:
    Cohort(out, ASSIGNMENT).rule("losses.mse", "give", "the check was wrong", "Tara")
    for path in (out / "results").iterdir():
        result = results.read(path)
        renamed = tuple(replace(c, id=c.id.replace("mse", "mean")) for c in result.checks)
        results.write(replace(result, checks=renamed), path)
    needs = {need.what: need.names for need in Cohort(out, ASSIGNMENT).publish()}
    (line,) = needs["rulings about checks that are gone"]
    assert line.startswith("losses.mse given to everyone by Tara on ")
