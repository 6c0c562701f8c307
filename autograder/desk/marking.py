"""Written answers at the desk: one question across the class, its rubric, and one answer after another.

Marks and comments go into nbgrader's gradebook at once; students' pages show them when they are next written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from autograder.cohort import Cohort
from autograder.cohort.answers import Answers, Queue, Seat, progress
from autograder.errors import UsageError
from autograder.grades.policy import HandMark, number

if TYPE_CHECKING:
    from autograder.desk.app import Desk

Form = Mapping[str, str]
TICKED = "item-"  # and the number of an item of the rubric: a form's field

LEFT = "The rubric changed, but these marks stay, because somebody set them otherwise"
UNCLEAR = "No place for the answer was found in these, so look at them; they have no mark"


class Marking:
    """The pages on written answers of one desk."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def routes(self) -> list[Route]:
        """Return the addresses of these pages."""
        return [
            Route("/mark/{question}", self.question, methods=["GET"]),
            Route("/mark/{question}", self.change, methods=["POST"]),
            Route("/mark/{question}/{key}", self.answer, methods=["GET"]),
            Route("/mark/{question}/{key}", self.mark, methods=["POST"]),
        ]

    def question(self, request: Request) -> Response:
        """Show one question: progress, rubric, disagreements and the list of answers."""
        return self._question(request.path_params["question"], _options(request))

    def _question(self, name: str, options: Form, error: str = "") -> Response:
        def facts(cohort: Cohort) -> dict[str, Any]:
            queue = cohort.answers(name).queue()
            states, second = progress(queue), "second" in options
            todo = queue.after("", second)
            return {
                **_shared(queue, options, error),
                "states": states,
                "next": _place(queue, todo, options) if todo else "",
            }

        return self.desk.shown("desk_question", facts)

    async def change(self, request: Request) -> Response:
        """Change the rubric, give blank answers 0, or write the students' pages."""
        name, form, options = (
            request.path_params["question"],
            await self.desk.form(request),
            _options(request),
        )

        def change(cohort: Cohort) -> str:
            what = form.get("what", "")
            if what == "publish":
                cohort.publish()
            elif what == "blank" and (unclear := cohort.answers(name).blank()):
                return _told(name, f"{UNCLEAR}: {', '.join(unclear)}")
            elif what != "blank" and (left := cohort.answers(name).rubric(_of_rubric(what, form)).left):
                return _told(name, f"{LEFT}: {', '.join(left)}")
            return f"/mark/{quote(name)}{_query(options)}"

        return await self.desk.changed(change, lambda error: self._question(name, options, error))

    def answer(self, request: Request) -> Response:
        """Show one answer with what is needed to mark it."""
        return self._answer(**request.path_params, options=_options(request))

    def _answer(
        self, question: str, key: str, options: Form, error: str = "", typed: Form | None = None
    ) -> Response:
        def facts(cohort: Cohort) -> dict[str, Any]:
            answers = cohort.answers(question)
            queue = answers.queue()
            seat = queue.seat(key)
            places = [s.key for s in queue.seats]
            at = places.index(key)
            return {
                **_shared(queue, options, error),
                **_filled(seat, "second" in options, typed),
                "seat": seat,
                "at": at + 1,
                "answer": answers.answer(seat),
                "model": answers.model(),
                "before": _place(queue, queue.seats[at - 1], options),
                "next": _place(queue, queue.seats[(at + 1) % len(places)], options),
            }

        return self.desk.shown("desk_answer", facts)

    async def mark(self, request: Request) -> Response:
        """Mark an answer and lead to the next one that waits; or add to the rubric, or decide between two."""
        question, key = request.path_params["question"], request.path_params["key"]
        form, options = await self.desk.form(request), _options(request)
        if form.get("what") == "add" or form.get("text", "").strip():  # Enter in the new item's own box
            return await self._add(question, key, options, form)

        def change(cohort: Cohort) -> str:
            answers = cohort.answers(question)
            queue = answers.queue()
            seat = queue.seat(key)
            if form.get("what") in ("first", "second"):
                answers.settle(seat, form["what"] == "second", _seen(form))
                return f"/mark/{quote(question)}{_query(options)}"
            _mark(answers, seat, form, "second" in options)
            todo = queue.after(key, "second" in options)
            return _place(queue, todo, options) if todo else f"/mark/{quote(question)}{_query(options)}"

        return await self.desk.changed(
            change, lambda error: self._answer(question, key, options, error, form)
        )

    async def _add(self, question: str, key: str, options: Form, form: Form) -> Response:
        """Add an item to the rubric, which then applies to this answer; what was typed stays on its page."""
        new: list[int] = []

        def change(cohort: Cohort) -> str:
            answers = cohort.answers(question)
            answers.rubric(
                _of_rubric("add", {"text": form.get("text", ""), "points": form.get("points", "")})
            )
            new.append(max(item.id for item in answers.queue().items))
            return ""

        response = await self.desk.changed(
            change, lambda error: self._answer(question, key, options, error, form)
        )
        if not new:
            return response
        typed = {**form, f"{TICKED}{new[0]}": "on", "text": "", "points": ""}
        return await run_in_threadpool(self._answer, question, key, options, "", typed)


def _mark(answers: Answers, seat: Seat, form: Form, second: bool) -> None:
    items = tuple(sorted(int(n.removeprefix(TICKED)) for n in form if _is_item(n)))
    if not items and not form.get("extra", "").strip():
        raise UsageError(
            "expected items of the rubric or points, got neither; nothing was changed: for none, type 0"
        )
    answers.mark(seat, items, _number(form, "extra"), form.get("comment", ""), _seen(form), second)


def _is_item(name: str) -> bool:
    return name.startswith(TICKED) and name.removeprefix(TICKED).isdecimal() and len(name) < 20


def _of_rubric(what: str, form: Form) -> Callable[[Any], Any]:
    text, item = form.get("text", ""), form.get("item", "")
    if what == "add":
        return lambda question: question.add(text, _number(form, "points"))
    if what in ("change", "remove") and item.isdecimal() and len(item) < 12:
        if what == "remove":
            return lambda question: question.remove(int(item))
        return lambda question: question.change(int(item), text, _number(form, "points"))
    raise UsageError(
        f"expected add, change or remove, got {what!r}; nothing was changed: use the page's buttons"
    )


def _number(form: Form, name: str) -> float:
    text = form.get(name, "").strip() or "0"
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise UsageError(f"{name}: expected a number, got {text!r}; nothing was changed") from None


def _seen(form: Form) -> HandMark:
    """Return the mark that the form's page showed."""
    return HandMark(_number(form, "was") if form.get("was") else None, form.get("was_comment", ""))


def _options(request: Request) -> dict[str, str]:
    """Return what a page's address says: show names, or mark as the second marker."""
    return {
        name: request.query_params[name][:2000]
        for name in ("names", "second", "told")
        if name in request.query_params
    }


def _query(options: Form) -> str:
    kept = [f"{name}=1" for name in ("names", "second") if name in options]
    return f"?{'&'.join(kept)}" if kept else ""


def _told(question: str, text: str) -> str:
    return f"/mark/{quote(question)}?told={quote(text)}"


def _place(queue: Queue, seat: Seat, options: Form) -> str:
    return f"/mark/{quote(queue.asked.id)}/{seat.key}{_query(options)}"


def _shared(queue: Queue, options: Form, error: str) -> dict[str, Any]:
    return {
        "queue": queue,
        "names": "names" in options,
        "second": "second" in options,
        "told": options.get("told", ""),
        "query": _query(options),
        "error": error,
    }


def _filled(seat: Seat, second: bool, typed: Form | None) -> dict[str, Any]:
    """Return what the form shows: what was typed, or else what this marker read before."""
    if typed is not None:
        ticked = {int(n.removeprefix(TICKED)) for n in typed if _is_item(n)}
        return {"ticked": ticked, "extra": typed.get("extra", ""), "comment": typed.get("comment", "")}
    reading = seat.second if second else seat.first
    if reading is not None and (second or reading.points == seat.mark.points):
        extra = number(reading.extra) if reading.extra or not reading.items else ""
        return {
            "ticked": set(reading.items),
            "extra": extra,
            "comment": reading.comment if second else seat.mark.comment,
        }
    if second:
        return {"ticked": set(), "extra": "", "comment": ""}
    return {"ticked": set(), "extra": number(seat.mark.points), "comment": seat.mark.comment}
