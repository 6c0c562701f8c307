"""A desk that is served as the command serves it, and a page on it in a real browser; tests define `out`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from papers import ASSIGNMENT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REFUSED = "status of 409"  # a change that the desk refuses is a message in the browser's console


@pytest.fixture
def address(out: Path) -> Iterator[str]:
    """The address of a desk that is served until the test ends."""
    from autograder.desk import serve

    said: list[str] = []
    ready = threading.Event()
    server = serve.server(out, ASSIGNMENT, 0, lambda text: (said.append(text), ready.set()))
    thread = threading.Thread(target=server.run_here)
    thread.start()
    assert ready.wait(30)
    yield said[0]
    server.stop()
    thread.join(30)


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
