"""The views of the desk: the class, one check across the class, and one student."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from autograder.cohort import Cohort
from autograder.desk import handback
from autograder.desk.guard import App, Guard
from autograder.desk.marking import Marking
from autograder.errors import LatentLabError, UsageError
from autograder.grades import overrides
from autograder.grades.policy import number
from autograder.grades.rulings import What, standing
from autograder.grades.store import Store
from autograder.pages import checks, excerpt, message, page
from autograder.pages.excerpt import Excerpt
from autograder.records import words
from autograder.records.assignment import Assignment
from autograder.records.results import Result

Form = Mapping[str, str]


def make(out: Path, assignment: Assignment, token: str) -> App:
    """Return the desk of the class in `out`; every address begins with `token`."""
    desk = Desk(out, assignment, f"/{token}")
    routes = [
        Route("/", desk.whole),
        Route("/check/{name}", desk.check, methods=["GET"]),
        Route("/check/{name}", desk.rule, methods=["POST"]),
        Route("/student/{name}", desk.student, methods=["GET"]),
        Route("/student/{name}", desk.override, methods=["POST"]),
        Route("/feedback/{name}.html", desk.feedback),
        Route("/report/{name:path}", desk.report),
        *handback.routes(out, assignment, desk.root, desk.alone),
    ]
    routes += Marking(desk).routes()
    return Guard(
        Starlette(routes=[Route(f"/{token}{r.path}", r.endpoint, methods=r.methods) for r in routes]), token
    )


class Desk:
    """One class at one address. Changes are made one at a time: a folder's lock is the whole process's."""

    def __init__(self, out: Path, assignment: Assignment, root: str) -> None:
        self.out, self.assignment, self.root = out, assignment, root
        self.store, self.alone = Store(out), threading.Lock()

    def whole(self, request: Request) -> Response:
        """Show the class: students to search and sort, and how many lost each check."""

        def facts(cohort: Cohort) -> dict[str, Any]:
            running = cohort.running()
            began = running is not None and not running.done  # there is nothing but progress to show yet
            seats = () if began else cohort.everyone()
            return {
                "seats": seats,
                "checks": checks.lost([result for result, _ in seats]),
                "rulings": standing(cohort.rulings()),
                "needs": () if began else cohort.needs(),
                "running": running,
            }

        return self.shown("desk_class", facts)

    def check(self, request: Request) -> Response:
        """Show who lost one check, and the ruling about it."""
        return self._check(request.path_params["name"])

    def _check(self, name: str, error: str = "") -> Response:
        def facts(cohort: Cohort) -> dict[str, Any]:
            results = [result for result, _ in cohort.everyone()]
            lost = checks.lost(results)
            found = next((one for one in lost if one.item.check.id == name), None)
            made = [ruling for ruling in cohort.rulings() if ruling.check == name]
            return {
                "check": name,
                "lost": found,
                "made": made,
                "code": _code(results, found, self.assignment),
                "ruling": standing(made).get(name),
                "error": error,
            }

        return self.shown("desk_check", facts)

    async def rule(self, request: Request) -> Response:
        """Drop a check for everyone, give its points, or take that back."""
        name, form = request.path_params["name"], await self.form(request)

        def change(cohort: Cohort) -> str:
            cohort.rule(name, cast(What, form.get("what", "")), form.get("reason", ""), seen=_seen(form))
            return quote(f"/check/{name}")

        return await self.changed(change, lambda error: self._check(name, error))

    def student(self, request: Request) -> Response:
        """Show everything about one student."""
        return self._student(request.path_params["name"])

    def _student(self, name: str, error: str = "") -> Response:
        def facts(cohort: Cohort) -> dict[str, Any]:
            self._require(name)
            student = cohort.student(name)
            draft = message.draft(student.result, student.grade, self.assignment)
            standing_now = overrides.standing(student.changes, name)
            return {"student": student, "words": words, "draft": draft, "undo": standing_now, "error": error}

        return self.shown("desk_student", facts)

    async def override(self, request: Request) -> Response:
        """Override something of one student, or take that back."""
        name, form = request.path_params["name"], await self.form(request)

        def change(cohort: Cohort) -> str:
            self._require(name)
            asked = (form.get("what", ""), form.get("value", ""), form.get("reason", ""))
            cohort.override(name, *asked, seen=_seen(form))
            return quote(f"/student/{name}")

        return await self.changed(change, lambda error: self._student(name, error))

    def feedback(self, request: Request) -> Response:
        """Show the page that the student sees."""
        name = request.path_params["name"]
        try:
            self._require(name)
        except LatentLabError as error:
            return PlainTextResponse(str(error), 404)
        return FileResponse(self.out / "feedback" / f"{name}.html", media_type="text/html")

    def report(self, request: Request) -> Response:
        """Show a page of the report: the class, the checks, or the code of two, side by side."""
        name = request.path_params["name"]
        known = {
            path.relative_to(self.out / "report").as_posix() for path in (self.out / "report").rglob("*.html")
        }
        if name not in known:
            return PlainTextResponse("expected a page of the report; open it from the class", 404)
        return FileResponse(self.out / "report" / name, media_type="text/html")

    def shown(self, template: str, facts: Callable[[Cohort], Mapping[str, Any]]) -> Response:
        """Show a page with the facts that a fresh look at the class gives."""
        try:
            with self.alone:
                self.store.refresh()
                values = facts(Cohort(self.out, self.assignment, self.store))
        except LatentLabError as error:
            return PlainTextResponse(str(error), 404)
        shared: dict[str, Any] = {"root": self.root, "assignment": self.assignment, "number": number}
        return HTMLResponse(page.render(template, look="desk", **shared, **values))

    async def changed(self, change: Callable[[Cohort], str], refused: Callable[[str], Response]) -> Response:
        """Make a change and lead to the address that it returns; if refused, show the page and why."""

        def make() -> Response:
            try:
                with self.alone:
                    place = change(Cohort(self.out, self.assignment))  # reads all under the folder's lock
            except LatentLabError as error:
                response = refused(str(error))
                response.status_code = 409
                return response
            return RedirectResponse(self.root + place, 303)

        return await run_in_threadpool(make)

    async def form(self, request: Request) -> Form:
        """Return the fields of a form by name."""
        body = (await request.body())[:100_000]
        return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}

    def _require(self, name: str) -> None:
        """Raise UsageError unless a submission has exactly this id: part of a name is not enough here."""
        if name not in {path.stem for path in (self.out / "results").glob("*.json")}:
            raise UsageError(f"expected the id of a submission, got {name!r}; open the student from the list")


def _code(
    results: Sequence[Result], lost: checks.Lost | None, assignment: Assignment
) -> dict[str, tuple[Excerpt, ...]]:
    """Return, by submission, the code that lost a check: of the first of each group."""
    if lost is None:
        return {}
    asked = [name for q in assignment.questions if q.id == lost.item.check.question for name in q.defines]
    by_id = {result.submission.id: result for result in results}
    first = [group.students[0].id for group in lost.groups]
    return {name: excerpt.definitions(by_id[name].cells, asked) for name in first}


def _seen(form: Form) -> int:
    """Return how many decisions the page of a form showed; -1, which fits none, if it does not say."""
    text = form.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 9 else -1
