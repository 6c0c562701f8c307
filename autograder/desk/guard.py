"""Lets in only requests to this machine's own address with the token, and changes only from the desk's pages.

A page elsewhere can neither read the desk (it does not know the token, and its host's name is not ours) nor
change anything (its origin is another).
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

HOSTS = ("127.0.0.1", "localhost")
SAFE = {
    "content-security-policy": "frame-ancestors 'none'; form-action 'self'; base-uri 'none'",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Guard:
    """Passes a request on to `app` if it is allowed, and adds headers to every answer."""

    def __init__(self, app: App, token: str) -> None:
        self.app, self.token = app, token

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        refusal = self._refusal(scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SAFE)
            await send(message)

        if refusal is None:
            return await self.app(scope, receive, answer)
        return await refusal(scope, receive, answer)

    def _refusal(self, scope: Message) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host.rpartition(":")[0] not in HOSTS:
            return PlainTextResponse(
                "expected this machine's own address; open the one that was printed", 421
            )
        if not secrets.compare_digest(scope["path"].split("/")[1].encode(), self.token.encode()):
            return PlainTextResponse(
                "expected the address with its token; open the one that was printed", 404
            )
        own = headers.get("sec-fetch-site", "") == "same-origin" or headers.get("origin") == f"http://{host}"
        if scope["method"] not in ("GET", "HEAD") and not own:
            return PlainTextResponse("expected a change from the desk's own page; nothing was changed", 403)
        return None
