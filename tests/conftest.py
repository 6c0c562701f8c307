"""Shared fixtures: small assignments, the Docker sandbox and a browser, if available."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.errors import SandboxError
from autograder.records.assignment import Assignment, Limits, Question
from autograder.sandbox.docker import DockerSandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
NO_BROWSER = "expected Chromium on the PATH, found none; run apt-get install chromium, or .ci/browser"
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
STANDINS = "def double(x):\n    return 2 * x\n"


def scratch_in(folder: Path, suites: dict[str, str], points: dict[str, int], **limits: Any) -> Assignment:
    """Write `suites` (path below the suite → the checks in it) and return an assignment of `points`."""
    files = {"standins.py": STANDINS, **suites}
    for name, source in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        head = "from autograder.judge import check, expect, shared\n" if path.name.startswith("test_") else ""
        path.write_text(head + source)
    for visibility in ("public", "hidden"):
        (folder / visibility).mkdir(parents=True, exist_ok=True)
    questions = tuple(Question(name, name.title(), worth, ("f",)) for name, worth in points.items())
    return Assignment("scratch", "Assignment", ("f.py",), questions, (), Limits(**limits), folder)


@pytest.hookimpl(optionalhook=True)  # from xdist, whose own groups do not work with pytest 9.2
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each test to any free process, but all tests of a file with a shared fixture to the same process.

    Such a fixture is expensive, or its tests depend on each other. These files run first.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if shares_a_fixture(config.rootpath / file) else nodeid

    return Scheduling(config, log)


@cache
def shares_a_fixture(path: Path) -> bool:
    """Whether a file of tests has a fixture that lives as long as its module."""
    return 'scope="module"' in path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def is_older() -> Callable[[str], bool]:
    """Return whether README.md in docs/proof lists a page there as older than today's suites."""
    text = (Path(__file__).parent.parent / "docs/proof/README.md").read_text(encoding="utf-8")
    line = next((line for line in text.splitlines() if line.startswith("**Older than today's suites:**")), "")
    return lambda page: f"`{page}`" in line


@pytest.fixture(scope="session")
def of_today(is_older: Callable[[str], bool]) -> Callable[[str], None]:
    """Skip a test of a page in docs/proof that its README lists as older than today's suites."""

    def check(page: str) -> None:
        if is_older(page):
            pytest.skip(f"docs/proof/README.md lists {page} as older than today's suites; make it again")

    return check


@pytest.fixture
def scratch(tmp_path: Path) -> Callable[..., Assignment]:
    """Return `scratch(suites, points, **limits)`, which writes a small assignment and returns it."""
    return lambda suites, points, **limits: scratch_in(tmp_path / "suite", suites, points, **limits)


@pytest.fixture(scope="session")
def scratch_at() -> Callable[..., Assignment]:
    """Like `scratch`, for fixtures that outlive a test: `scratch_at(folder, suites, points, **limits)`."""
    return scratch_in


@pytest.fixture(scope="session")
def docker() -> DockerSandbox:
    """The Docker sandbox; skips without engine or image, or fails with LATENTLAB_REQUIRE_DOCKER=1."""
    try:
        sandbox = DockerSandbox()
        sandbox.identity()
    except SandboxError as error:
        (pytest.fail if os.environ.get("LATENTLAB_REQUIRE_DOCKER") == "1" else pytest.skip)(str(error))
    return sandbox


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; skips without one, or fails with LATENTLAB_REQUIRE_BROWSER=1."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        (pytest.fail if os.environ.get("LATENTLAB_REQUIRE_BROWSER") == "1" else pytest.skip)(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()
