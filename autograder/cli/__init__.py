"""The command line: parse arguments, make one call, print the result. Command modules are imported lazily."""

from __future__ import annotations

import difflib
import gc
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click

import autograder
from autograder.cli import streams

MODULES = {  # in the order of use; a student's copy of the kit contains only the first module
    "check": "student",
    "pack": "student",
    "grade": "staff",
    "show": "marks",
    "override": "marks",
    "rule": "marks",
    "marks": "marks",
    "same": "marks",
    "choose": "marks",
    "regrade": "staff",
    "report": "report",
    "alike": "report",
    "desk": "desk",
    "export": "export",
    "release": "release",
    "new": "release",
    "image": "image",
    "prove": "proof",
    "calibrate": "proof",
    "attacks": "proof",
    "doctor": "doctor",
}


class Group(click.Group):
    """The commands installed here; a misspelt name is answered with the nearest one."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; its output survives whatever the terminal can show."""
        streams.never_fail()
        gc.set_threshold(*autograder.SELDOM)
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands whose modules are installed."""
        return [name for name, module in MODULES.items() if find_spec(f"autograder.cli.{module}")]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Import the module of a command and return the command, or None if it is not installed."""
        if name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(f"autograder.cli.{MODULES[name]}"), name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find a command, or fail and name the nearest one."""
        installed = self.list_commands(ctx)
        if args and args[0] not in installed and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], installed, 1)
            hint = f" Did you mean {near[0]}?" if near else f" Commands: {', '.join(installed)}."
            ctx.fail(f"No command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(autograder.__version__, prog_name="autograder")
def main() -> None:
    """Check, grade and manage submissions.

    \b
    Example: autograder check latent_space.ipynb
    """
