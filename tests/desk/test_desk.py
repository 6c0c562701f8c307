"""The desk: who gets in, what it shows, and changes through the same functions as the commands."""

from __future__ import annotations

import getpass
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from papers import ASSIGNMENT, HOSTILE, paper

from autograder.cohort import Cohort
from autograder.errors import UsageError
from autograder.grades import lock
from autograder.records import results

testclient = pytest.importorskip("starlette.testclient", reason="the desk needs starlette and httpx")
TOKEN = "secret-token"
HOME = "http://127.0.0.1:8000"
OWN = {"origin": HOME}
WHY = "the handout contradicts it"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The folder of a published class of three; one of them has a hostile name."""
    everyone = [
        paper("ada", lost=["losses.mse"]),
        paper("bob"),
        paper("eve", student=HOSTILE, lost=["losses.bce"]),
    ]
    for result in everyone:
        results.write(result, tmp_path / f"results/{result.submission.id}.json")
    Cohort(tmp_path, ASSIGNMENT).publish()
    return tmp_path


@pytest.fixture
def client(out: Path) -> Iterator[Any]:
    from autograder.desk.app import make

    with testclient.TestClient(make(out, ASSIGNMENT, TOKEN), HOME, follow_redirects=False) as opened:
        yield opened


def losses(out: Path, name: str) -> float | None:
    grade = Cohort(out, ASSIGNMENT).student(name).grade
    return {mark.id: mark.points for mark in grade.marks}["losses"]


@pytest.mark.parametrize("path", ["/", "/wrong/", "/secret-toke/", "/secret-token-/", f"//{TOKEN}/"])
def test_nobody_gets_in_without_the_token(client: Any, path: str) -> None:
    answer = client.get(HOME + path)
    assert (answer.status_code, "expected the address with its token" in answer.text) == (404, True)


def test_a_name_that_leads_to_this_machine_from_elsewhere_does_not_get_in(client: Any) -> None:
    answer = client.get(f"/{TOKEN}/", headers={"host": "evil.example:8000"})
    assert (answer.status_code, "expected this machine's own address" in answer.text) == (421, True)


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_a_change_from_another_page_is_refused(client: Any, out: Path, headers: dict[str, str]) -> None:
    data = {"what": "drop", "reason": WHY, "seen": "0"}
    answer = client.post(f"/{TOKEN}/check/losses.mse", data=data, headers=headers)
    assert (answer.status_code, "expected a change from the desk's own page" in answer.text) == (403, True)
    assert not (out / "rulings.jsonl").exists()


def test_every_answer_forbids_what_a_page_elsewhere_could_do_with_it(client: Any) -> None:
    for path in (f"/{TOKEN}/", f"/{TOKEN}/nothing", "/wrong/"):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (headers["cache-control"], headers["referrer-policy"]) == ("no-store", "no-referrer")


def test_the_class_is_shown_with_everybody_and_names_are_never_markup(client: Any) -> None:
    text = client.get(f"/{TOKEN}/").text
    assert re.findall(r"/student/(\w+)\"", text) == ["eve", "ada", "bob"]
    assert "<img src=x" not in text
    assert text.count("<script>") == 1
    assert "lost by 1 of 3" in text


def test_what_needs_a_human_comes_first(client: Any, out: Path) -> None:
    result = results.read(out / "results/bob.json")
    failed = replace(
        result, status="ungraded", reason="the engine stopped", score=None, questions=(), checks=()
    )
    results.write(failed, out / "results/bob.json")
    text = client.get(f"/{TOKEN}/").text
    assert text.index("What needs a human") < text.index('id="students"')
    assert "bob: the engine stopped" in text


def test_while_a_command_grades_the_class_its_progress_is_shown(client: Any, out: Path) -> None:
    """Another process holds the folder; two results are newer than its lock."""
    code = f"""
import pathlib, sys, time
from autograder.grades import lock
with lock.held(pathlib.Path({str(out)!r}), "grade"):
    print("held", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        began = (out / lock.FILE).stat().st_mtime
        for name, at in (("ada", began - 5), ("bob", began + 1), ("eve", began + 2)):
            os.utime(out / f"results/{name}.json", (at, at))
        text = client.get(f"/{TOKEN}/").text
        assert f"grade by {getpass.getuser()}, process {other.pid} on " in text
        assert "3 of 3 submissions have a result" in text
        assert re.findall(r"<bdi>(\w+)</bdi>", text[text.index("Last:") :])[:2] == ["eve", "bob"]
        (waiting, *_) = [path.rename(out / path.name) for path in (out / "results").glob("*.json")]
        assert "0 of 0 submissions have a result" in client.get(f"/{TOKEN}/").text
        assert waiting.exists()
        other.kill()
    (out / "ada.json").rename(out / "results/ada.json")
    assert "At work now" not in client.get(f"/{TOKEN}/").text


def test_a_check_is_dropped_for_everyone_and_taken_back(client: Any, out: Path) -> None:
    path = f"/{TOKEN}/check/losses.mse"
    data = {"what": "drop", "reason": WHY, "seen": "0"}
    answer = client.post(path, data=data, headers=OWN)
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert losses(out, "ada") == 25
    shown = client.get(path).text
    assert "losses.mse dropped for everyone by " in shown
    assert 'value="back"' in shown
    assert "this check does not count" in client.get(f"/{TOKEN}/feedback/ada.html").text
    client.post(path, data={"what": "back", "reason": "it was right", "seen": "1"}, headers=OWN)
    assert losses(out, "ada") == 15


def test_a_student_is_overridden_and_the_page_says_so(client: Any, out: Path) -> None:
    path = f"/{TOKEN}/student/ada"
    data = {"what": "losses", "value": "+2", "reason": WHY, "seen": "0"}
    answer = client.post(path, data=data, headers={"sec-fetch-site": "same-origin"})
    assert answer.status_code == 303
    assert losses(out, "ada") == 17
    assert f"losses 15 → 17: {WHY}" in client.get(path).text
    assert [json.loads(line)["what"] for line in (out / "overrides.jsonl").read_text().splitlines()] == [
        "losses"
    ]


def test_an_override_is_taken_back_and_an_extension_given_on_the_students_page(
    client: Any, out: Path
) -> None:
    path = f"/{TOKEN}/student/ada"
    client.post(path, data={"what": "losses", "value": "+2", "reason": WHY, "seen": "0"}, headers=OWN)
    assert "Reason to take back losses = 17" in client.get(path).text
    client.post(path, data={"what": "losses", "value": "back", "reason": "no", "seen": "1"}, headers=OWN)
    assert losses(out, "ada") == 15
    assert "Reason to take back" not in client.get(path).text
    client.post(path, data={"what": "late_days", "value": "0", "reason": "ill", "seen": "2"}, headers=OWN)
    assert "Reason to take back late_days = 0" in client.get(path).text


def test_a_message_is_drafted_in_the_words_of_the_students_page(client: Any) -> None:
    text = client.get(f"/{TOKEN}/student/eve").text
    draft = text[text.index("<textarea") : text.index("</textarea>")]
    assert "What cost points:" in draft
    assert "losses.bce" in draft
    assert "SECRET" not in draft
    assert "<img" not in draft


def test_a_check_is_shown_with_the_code_that_lost_it(client: Any) -> None:
    assert "return ((x_hat - x) ** 2).sum()" in client.get(f"/{TOKEN}/check/losses.mse").text


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("index.html", 200),
        ("checks.html", 200),
        ("alike/index.html", 200),
        ("../gradebook.db", 404),
        ("x", 404),
    ],
)
def test_the_report_is_part_of_the_desk_and_nothing_else_is(client: Any, name: str, status: int) -> None:
    answer = client.get(f"/{TOKEN}/report/{name.replace('..', '%2e%2e')}")
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        ("check/losses.mse", {"what": "drop", "reason": " ", "seen": "0"}, "--reason: expected a sentence"),
        ("check/losses.mse", {"what": "less", "reason": WHY, "seen": "0"}, "expected drop, give, back, got"),
        (
            "check/losses.mse",
            {"what": "drop", "reason": WHY, "seen": "1"},
            "expected what the page showed, got a",
        ),
        (
            "check/losses.mse",
            {"what": "drop", "reason": WHY},
            "expected what the page showed, got a decision",
        ),
        ("student/ada", {"what": "losses", "value": "26", "reason": WHY, "seen": "0"}, "from 0 to 25"),
        (
            "student/ada",
            {"what": "losses", "value": "9", "reason": WHY, "seen": "7"},
            "expected what the page",
        ),
    ],
)
def test_an_impossible_change_is_refused_with_its_reason(
    client: Any, out: Path, path: str, data: dict[str, str], message: str
) -> None:
    answer = client.post(f"/{TOKEN}/{path}", data=data, headers=OWN)
    assert answer.status_code == 409
    assert message in answer.text.replace("&#39;", "'")
    assert not list(out.glob("*.jsonl"))


@pytest.mark.parametrize("name", ["ad", "Ada", "%2e%2e%2fresults%2fada", "nobody"])
def test_only_a_whole_id_names_a_student(client: Any, name: str) -> None:
    for path in (f"/{TOKEN}/student/{name}", f"/{TOKEN}/feedback/{name}.html"):
        assert client.get(path).status_code == 404
    data = {"what": "losses", "value": "9", "reason": WHY, "seen": "0"}
    assert client.post(f"/{TOKEN}/student/{name}", data=data, headers=OWN).status_code in (404, 409)


def test_of_two_who_decide_at_once_one_is_told_and_one_decision_stands(client: Any, out: Path) -> None:
    """Both saw a page without rulings."""
    answers: list[int] = []

    def decide(what: str) -> None:
        data = {"what": what, "reason": WHY, "seen": "0"}
        answers.append(client.post(f"/{TOKEN}/check/losses.mse", data=data, headers=OWN).status_code)

    both = [threading.Thread(target=decide, args=(what,)) for what in ("drop", "give")]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert sorted(answers) == [303, 409]
    assert len((out / "rulings.jsonl").read_text().splitlines()) == 1


def test_what_formgrader_or_a_command_changed_is_shown_at_once(client: Any, out: Path) -> None:
    Cohort(out, ASSIGNMENT).override("bob", "losses", "7", "read it", "Tara")
    result = results.read(out / "results/bob.json")
    results.write(replace(result, flags=("looks odd",)), out / "results/bob.json")
    assert "losses 25 → 7: read it" in client.get(f"/{TOKEN}/student/bob").text
    assert "looks odd" in client.get(f"/{TOKEN}/").text


def test_a_port_that_is_taken_is_named(out: Path) -> None:
    from autograder.desk import serve

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=rf"^--port {port}: expected a free port, got .*; name another$"):
            serve.serve(out, ASSIGNMENT, port, print)


def test_a_browser_that_is_quicker_than_the_server_is_not_refused(out: Path) -> None:
    from autograder.desk import serve

    said: list[str] = []
    server = serve.server(out, ASSIGNMENT, 0, said.append)
    server.ready()
    with server.listening:
        port = int(said[0].split(":")[2].partition("/")[0])
        socket.create_connection(("127.0.0.1", port), 10).close()


def test_a_missing_library_is_named(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.desk import serve

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(
        UsageError, match=r"^the desk: expected uvicorn to be installed, found none; pip install"
    ):
        serve.serve(out, ASSIGNMENT, 0, print)
