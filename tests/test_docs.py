"""Docs under test: every command, target, file and link in them exists, and versions agree."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

import autograder
from autograder.cli import main
from autograder.release import manifest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ABOUT = [ROOT / f"{name}.md" for name in ("CHANGELOG", "CONTRIBUTING", "SECURITY")]
LINKING = [*PAGES, *ABOUT, ROOT / "docs/proof/README.md", ROOT / "benchmarks/README.md"]
CALLING = [*LINKING, ROOT / ".pre-commit-config.yaml", ROOT / ".github/workflows/ci.yml"]
COMMAND = re.compile(r"^\s*(?:\$ )?autograder (\w.*)$", re.MULTILINE)
TARGET = re.compile(r"(?:`|^\s*|: )make ([a-z]+)", re.MULTILINE)
FILE = re.compile(r"`([a-z_]+(?:/[a-z_]+)+\.py)`")  # NAME and <assignment> stand for others
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


def within(page: Path) -> str:
    return str(page.relative_to(ROOT))


def commands(page: Path) -> list[str]:
    blocks = re.findall(r"^```.*?\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in COMMAND.findall(block)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_a_page_is_one_that_there_is(page: Path) -> None:
    for line in commands(page):
        name, *words = shlex.split(line, comments=True)
        command = main.get_command(click.Context(main), name)
        assert command is not None, line
        known = {
            flag for option in command.params for flag in option.opts if isinstance(option, click.Option)
        }
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, line


@pytest.mark.parametrize("page", LINKING, ids=within)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_the_pages_of_a_day_show_commands() -> None:
    for name in ("grade-your-first-class", "a-student-complains", "the-machine-died"):
        assert commands(ROOT / "docs" / f"{name}.md"), name


@pytest.mark.parametrize("page", CALLING, ids=within)
def test_every_target_of_make_that_a_page_names_is_in_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(TARGET.findall(page.read_text("utf-8"))) <= targets


@pytest.mark.parametrize("page", LINKING, ids=within)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    for name in FILE.findall(page.read_text("utf-8")):
        assert (ROOT / name).exists() or (ROOT / "autograder" / name).exists(), name


def test_the_changelog_and_the_citation_are_of_the_version_that_this_is() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == autograder.__version__
    assert f"{citation['date-released']}" in manifest.changes(ROOT, autograder.__version__).splitlines()[0]
