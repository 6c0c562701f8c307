"""The command line: arguments in, one call, words out. Nothing heavy is imported before it is needed."""

from __future__ import annotations

import difflib
from typing import Any

import click

import autograder
from autograder.cli.doctor import doctor
from autograder.cli.export import export
from autograder.cli.marks import override, show
from autograder.cli.proof import attacks, calibrate, prove
from autograder.cli.report import report
from autograder.cli.staff import grade, regrade
from autograder.cli.student import check


class Group(click.Group):
    """Commands in the order of use; a misspelt one is answered with the nearest."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands as they were added."""
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command, or fail naming the nearest."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], self.commands, 1)
            hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(self.commands)}."
            ctx.fail(f"No command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(autograder.__version__, prog_name="autograder")
def main() -> None:
    """Check, grade and look after submissions.

    \b
    Example: autograder check latent_space.ipynb
    """


for command in (check, grade, show, override, regrade, report, export, prove, calibrate, attacks, doctor):
    main.add_command(command)
