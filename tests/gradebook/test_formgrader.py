"""nbgrader's real formgrader in a real browser: TAs see the checks' scores, and their marks are read back."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sql

from autograder.gradebook import course, tables
from autograder.gradebook.history import HISTORY
from autograder.gradebook.marks import manual_marks
from autograder.gradebook.tables import opened
from autograder.records.assignment import Assignment
from autograder.records.submission import SubmissionInfo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ANSWER = (
    "I saw **it**. <script>window.ran = 1</script> <img src=x onerror='window.ran = 2'> "
    "[link](javascript:window.ran=3) $a < b$"
)
HOSTILE = "</a><script>window.ran = 4</script>"
OUTPUT = {
    "data": {"text/html": "<script>window.ran = 5</script>", "application/javascript": "window.ran = 6"}
}
NOTEBOOK = {
    "cells": [
        {"cell_type": "code", "source": "def f(): ...", "outputs": [OUTPUT]},
        {"cell_type": "markdown", "source": "**What did you see?** (5 points)"},
        {"cell_type": "markdown", "source": ANSWER},
    ]
}
OTHERS = ("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp", "jupyter_server_terminals", "jupytext")
PATIENCE = 60  # seconds for a server to answer on a busy machine


def reopen(info: SubmissionInfo) -> tuple[str, str]:
    return "scratch.ipynb", json.dumps(NOTEBOOK)


@contextmanager
def jupyter(folder: Path, home: Path) -> Iterator[str]:
    """Yield the address of a Jupyter server with nbgrader in `folder`; kill the server at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    extensions = {**dict.fromkeys(OTHERS, False), "nbgrader": True}
    options = [
        "--no-browser",
        "--allow-root",
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=secret",
        f"--ServerApp.jpserver_extensions={extensions}",
    ]
    places = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *options],
            cwd=folder,
            env={**os.environ, **places, "JUPYTERHUB_USER": "grace"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(server, f"http://127.0.0.1:{port}/api", home / "server.log")
            yield f"http://127.0.0.1:{port}/formgrader"
        finally:
            server.kill()
            server.wait()


def _wait(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the Jupyter server did not answer:\n{log.read_text()}")


def mark(page: Page, box: str, text: str, saved: str) -> int:
    """Type into a box as a TA does; return the HTTP status of saving it."""
    with page.expect_response(lambda response: f"/api/{saved}/" in response.url) as saving:
        page.fill(box, text)
        page.press(box, "Tab")
    return saving.value.status


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page of the browser."""
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    yield page
    page.close()


def test_a_ta_sees_the_checks_scores_and_marks_a_written_answer(
    assignment: Assignment, make: Any, tmp_path: Path, page: Page
) -> None:
    out, home = tmp_path / "graded", tmp_path / "home"
    home.mkdir()
    url = course.prepare(out)
    results = [make("ada", 3, 1, name=HOSTILE), make("bob", 0, 2)]
    course.publish(out, assignment, results, reopen)
    with jupyter(out, home) as formgrader:
        page.goto(f"{formgrader}?token=secret")
        page.goto(f"{formgrader}/gradebook/scratch/scratch")
        page.wait_for_selector("td.name a")
        rows = [row.inner_text().split("\t") for row in page.query_selector_all("tbody tr")]
        assert sorted(row[2:5] for row in rows) == [
            ["2 / 10", "2 / 5", "0 / 5"],
            ["4 / 10", "4 / 5", "0 / 5"],
        ]
        link = page.locator("td.name a.name-shown", has_text=HOSTILE.translate({60: "‹", 62: "›"}))
        page.goto(f"{formgrader.removesuffix('/formgrader')}{link.get_attribute('href')}")
        page.wait_for_selector("#essay.needs_manual_grade")
        assert page.get_attribute("#one", "placeholder") == "3"
        assert "✓ 3/3  It is." in page.inner_text("#notebook")
        assert page.evaluate("window.ran") is None
        answer = page.inner_text(".nbgrader_cell:has(#essay) .text_cell_render")
        assert answer.startswith("I saw it. <script>window.ran = 1</script> <img src=x onerror='window.ran")
        assert page.query_selector(".nbgrader_cell:has(#essay) .text_cell_render a") is None

        assert mark(page, "#essay", "4", "grade") == 200
        assert mark(page, "#essay-comment", "Well seen.", "comment") == 200
        assert manual_marks(url, assignment)["ada"]["essay"].points == 4

        course.publish(out, assignment, [make("ada", 3, 2, suite="s2")], reopen)
        page.reload()
        page.wait_for_selector("#essay:not(.needs_manual_grade)")
        page.wait_for_function("document.querySelector('#essay').value !== ''")  # filled in by a request
        page.wait_for_function("document.querySelector('#essay-comment').value !== ''")
        assert (page.input_value("#essay"), page.input_value("#essay-comment")) == ("4", "Well seen.")
        assert page.get_attribute("#two", "placeholder") == "2"
        assert refused(page, "essay") == 400
        assert mark(page, "#two", "1.5", "grade") == 200
    with opened(url) as book:
        query = sql.select(HISTORY).where(HISTORY.c.who == "grace").order_by(HISTORY.c.id)
        rows = [(row.student, row.question, row.what, row.before, row.after) for row in book.rows(query)]
    assert rows == [
        ("ada", "essay", "manual_score", None, "4"),
        ("ada", "essay", "manual_comment", None, "Well seen."),
        ("ada", "two", "manual_score", None, "1.5"),
    ]


def refused(page: Page, question: str) -> int:
    """Send formgrader a mark of 99, which its box would not accept; return the HTTP status."""
    return page.evaluate(
        """async question => {
            const all = await (await fetch(`${base_url}/api/grades?submission_id=${submission_id}`)).json();
            const grade = all.find(grade => grade.name === question);
            const xsrf = document.cookie.match(/_xsrf=([^;]*)/)[1];
            const options = {method: "PUT", headers: {"X-XSRFToken": xsrf}, body: '{"manual_score": 99}'};
            return (await fetch(`${base_url}/api/grade/${grade.id}`, options)).status;
        }""",
        question,
    )


def test_an_impossible_mark_is_refused_and_formgrader_keeps_working(
    assignment: Assignment, make: Any, tmp_path: Path
) -> None:
    from nbgrader.api import Gradebook
    from tornado.web import HTTPError
    from traitlets.config import Config

    from autograder.gradebook import formgrader

    formgrader.guard(Config())
    formgrader.guard(Config())
    url = course.prepare(tmp_path)
    course.publish(tmp_path, assignment, [make("ada", 3, 1)], reopen)
    with Gradebook(url) as gradebook:
        assert gradebook.db.scalar(sql.text("pragma busy_timeout")) == tables.PATIENCE
        grade = gradebook.find_grade("essay", "scratch", "scratch", "ada")
        for value in (99, -1, "nan", "much", float("inf")):
            with pytest.raises(HTTPError, match=f"essay: expected a mark from 0 to 5, got {value}"):
                grade.manual_score = value
        grade.manual_score = "2.5"
        gradebook.db.commit()
        grade.manual_score = None
        gradebook.db.commit()
    with opened(url) as book:
        query = sql.select(HISTORY).where(HISTORY.c.what == "manual_score").order_by(HISTORY.c.id)
        assert [(row.before, row.after) for row in book.rows(query)] == [(None, "2.5"), ("2.5", None)]


def test_formgrader_works_on_postgresql(
    assignment: Assignment, make: Any, tmp_path: Path, page: Page, postgres: str
) -> None:
    out, home = tmp_path / "graded", tmp_path / "home"
    home.mkdir()
    url = course.prepare(out, postgres)
    course.publish(out, assignment, [make("ada", 3, 1)], reopen)
    with jupyter(out, home) as formgrader:
        page.goto(f"{formgrader}?token=secret")
        for place, selector in (
            ("manage_assignments", "td.name"),
            ("gradebook/scratch", "td.name a"),
            ("manage_submissions/scratch", "td.student-id"),
            ("manage_students", "td.name"),
        ):
            page.goto(f"{formgrader}/{place}")
            page.wait_for_selector(f"tbody tr {selector}")
        page.goto(f"{formgrader}/gradebook/scratch/scratch")
        page.locator("td.name a.name-hidden").click()
        page.wait_for_selector("#essay.needs_manual_grade")
        assert mark(page, "#essay", "4.5", "grade") == 200
        late = replace(make("ada", 2, 1, suite="s2"), reason=None)
        course.publish(out, assignment, [late], reopen)
    assert manual_marks(url, assignment)["ada"]["essay"].points == 4.5
