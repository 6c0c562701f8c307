"""A desk that is served as the command serves it, and a page on it in a real browser; tests define `out`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REFUSED = "status of 409"  # a change that the desk refuses is a message in the browser's console


@pytest.fixture
def address(out: Path) -> Iterator[str]:
    """The address of a desk that is served until the test ends."""
    pytest.importorskip("uvicorn", reason="the desk needs starlette and uvicorn")
    from desks import served

    with served(out) as said:
        yield said


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page on the desk that fails the test on any message, error or request to elsewhere."""
    context = browser.new_context()
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: None if REFUSED in message.text else wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda r: None if r.url.startswith(address) else wrong.append(r.url))
    opened.goto(address)
    yield opened
    context.close()
    assert wrong == []


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of an empty, prepared gradebook in PostgreSQL; without a server, see databases."""
    from databases import in_postgres

    yield from in_postgres()
