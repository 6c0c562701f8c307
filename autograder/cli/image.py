"""The command that builds the worker image, once per version of the kit: image."""

from __future__ import annotations

import time

import click

import autograder
from autograder.cli.base import clear_errors


@click.command()
@click.option(
    "--base", metavar="IMAGE", help=f"A base image, by default one with Python {autograder.GRADING}."
)
@click.option("--torch-index", metavar="URL", help="An additional package index, for a CPU build of torch.")
@click.option("--if-engine", is_flag=True, help="If no Docker engine answers, say so and exit with 0.")
@clear_errors
def image(base: str | None, torch_index: str | None, if_engine: bool) -> int:
    """Build the image that submissions run in, if it is missing or out of date.

    \b
    Example: autograder image
    The first build downloads the pinned libraries; a rebuild after a change to the kit takes seconds.
    """
    from autograder.sandbox import image as images

    began = time.monotonic()
    try:
        built = images.build(base, torch_index, say=lambda text: click.echo(f"image: {text}"))
    except images.NoEngineError as error:
        if not if_engine:
            raise
        click.echo(f"image: {error}", err=True)
        return 0
    click.echo(f"image: {images.worker_image()} is {built[7:19]} ({time.monotonic() - began:.1f} s)")
    return 0
