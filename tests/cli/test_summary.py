"""The summary of grade: urgent headings are red, long lists are cut, control characters are replaced."""

from __future__ import annotations

import click
import pytest

from autograder.cli import summary
from autograder.grades.attention import Need


@pytest.mark.parametrize(("urgent", "colour"), [(True, "red"), (False, "yellow")])
def test_only_what_is_urgent_is_red(urgent: bool, colour: str, capsys: pytest.CaptureFixture[str]) -> None:
    context = click.Context(click.Command("grade"), color=True)
    with context:
        summary.show([Need("ungraded or not", ("ada",), "look", urgent=urgent)])
    assert click.style("\nungraded or not: 1 → look", fg=colour) in capsys.readouterr().out


def test_a_long_list_is_cut_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    summary.show([Need("rejected", ("ada\x1b[2J", "bob", "eve"))], most=2)
    assert capsys.readouterr().out == "\nrejected: 3\n  ada\ufffd[2J\n  bob\n  … and 1 more\n"
