"""The view that hands marks and feedback back: it shows what will be written, then gives exactly that file.

Theory of operation. A preview is the command's own export into a temporary folder, which is then deleted. It
is kept in memory with the file that was uploaded, until newer ones replace it or the desk stops. A download
makes the same export once more: if anything is different, it is refused, and what is different is shown with
the new preview; otherwise the answer is the file of the preview.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from autograder.cohort import Cohort, told
from autograder.desk import preview, upload
from autograder.desk.preview import Asked, Preview
from autograder.errors import LatentLabError, UsageError
from autograder.pages import page
from autograder.records.assignment import Assignment

KINDS = {
    "Marks": {
        "moodle": "Moodle: the grading worksheet, filled in",
        "canvas": "Canvas: the gradebook, one column filled in",
        "gradescope": "Gradescope: a results.json for each submission, in a zip",
        "csv": "A plain table (CSV)",
        "json": "JSON, with how each grade was computed",
    },
    "Feedback pages": {
        "feedback-moodle": "Moodle: the zip that it takes",
        "feedback-canvas": "Canvas: the zip that it takes",
        "feedback-folder": "A page for each student, in a zip",
    },
}
WORDS = {to: f"{group}: {words}" for group, kinds in KINDS.items() for to, words in kinds.items()}
KEPT = 4  # previews in memory
TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json", "zip": "application/zip"}


def routes(out: Path, assignment: Assignment, root: str, alone: threading.Lock) -> list[Route]:
    """Return the routes of the view, below the address `root`; each request holds `alone` while it works."""
    view = Handback(out, assignment, root, alone)
    return [
        Route("/handback", view.choose, methods=["GET"]),
        Route("/handback/{to}", view.ask, methods=["GET"]),
        Route("/handback/{to}", view.show, methods=["POST"]),
        Route("/handback/{to}/file", view.give, methods=["POST"]),
    ]


class Handback:
    """The class in one folder, and the previews that were shown last, by a secret key."""

    def __init__(self, out: Path, assignment: Assignment, root: str, alone: threading.Lock) -> None:
        self.out, self.assignment, self.root, self.alone = out, assignment, root, alone
        self.kept: dict[str, Preview] = {}

    def choose(self, request: Request) -> Response:
        """Show for which programs there is something to hand back."""
        return self._page()

    def ask(self, request: Request) -> Response:
        """Show the options for one program."""
        return self._page(Asked(request.path_params["to"]))

    async def show(self, request: Request) -> Response:
        """Show what will be written."""
        asked = Asked(request.path_params["to"])
        if asked.to not in WORDS:
            return self._page(asked)
        try:
            asked = _asked(asked.to, await upload.read(request))
        except LatentLabError as error:
            return self._page(asked, error=str(error))
        return await self._tried(asked, lambda: self._page(asked, self._make(asked)))

    async def give(self, request: Request) -> Response:
        """Answer the file of a preview; if anything changed since, show the new preview instead."""
        asked = Asked(request.path_params["to"])
        try:
            shown = self._shown(asked.to, (await upload.read(request)).texts.get("preview", ""))
        except LatentLabError as error:
            return self._page(asked, error=str(error))

        def give() -> Response:
            now = self._make(shown.asked)
            if changed := preview.differences(shown, now):
                return self._page(shown.asked, now, changed=changed)
            headers = {"content-disposition": f'attachment; filename="{shown.file}"'}
            return Response(shown.data, media_type=TYPES[shown.file.rpartition(".")[2]], headers=headers)

        return await self._tried(shown.asked, give)

    async def _tried(self, asked: Asked, work: Callable[[], Response]) -> Response:
        """Return what `work` answers in another thread; if it is impossible, the options and the reason."""

        def tried() -> Response:
            try:
                return work()
            except LatentLabError as error:
                return self._page(asked, error=str(error))

        return await run_in_threadpool(tried)

    def _make(self, asked: Asked) -> Preview:
        with self.alone:
            return preview.make(Cohort(self.out, self.assignment), asked)

    def _shown(self, to: str, key: str) -> Preview:
        """Return a preview by its key. Raises UsageError if it is not kept any more."""
        if (shown := self.kept.get(key)) is None or shown.asked.to != to:
            raise UsageError(
                f"expected one of the last {KEPT} previews, got another; nothing was downloaded: preview it "
                "again"
            )
        return shown

    def _keep(self, made: Preview) -> str:
        """Keep a preview in memory instead of the oldest; return its key."""
        with self.alone:
            key = secrets.token_urlsafe(16)
            self.kept[key] = made
            for old in list(self.kept)[:-KEPT]:
                del self.kept[old]
        return key

    def _page(
        self,
        asked: Asked | None = None,
        made: Preview | None = None,
        error: str = "",
        changed: tuple[str, ...] = (),
    ) -> Response:
        if asked and asked.to not in WORDS:
            text = f"handback: expected one of {', '.join(WORDS)}, got {asked.to!r}; choose it from the list"
            return PlainTextResponse(text, 404)
        facts: dict[str, Any] = {"root": self.root, "kinds": KINDS, "words": WORDS, "asked": asked}
        options = [option for option, kinds in told.MEANT.items() if asked and asked.to in kinds]
        facts |= {"options": options, "made": made, "shown": self._keep(made) if made else ""}
        text = page.render("desk_handback", look="desk", error=error, changed=changed, **facts)
        return HTMLResponse(text, 409 if error or changed else 200)


def _asked(to: str, form: upload.Form) -> Asked:
    """Return what a form asks for."""
    texts = form.texts
    return Asked(
        to,
        form.files.get("template"),
        texts.get("column", "").strip(),
        "scale" in texts,
        "keep" in texts,
        texts.get("name", "").strip(),
        "checks_only" in texts,
    )
