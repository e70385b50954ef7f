"""A command of the command line."""

from __future__ import annotations

from pathlib import Path

import click

from bouton_example.sticks import Sticks


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def sticks(file: Path) -> None:
    r"""Show the sections of a stick file.

    \b
    Example:
      bouton sticks cell.sticks
    """
    for section in Sticks().load(file).sections:
        click.echo(f"{section.name}\t{section.length_um:g} um")
