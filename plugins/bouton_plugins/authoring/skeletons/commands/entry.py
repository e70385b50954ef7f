"""A command: what a morphology file holds."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--loader", default="swc", show_default=True, help="Morphology loader.")
def skeleton(file: Path, loader: str) -> None:
    """Show the sections of a morphology FILE by label.

    \b
    Example:
      bouton skeleton-entry cell.swc
    """
    from bouton import registry

    for line in registry.morphology_loaders[loader]().load(file).totals():
        click.echo(line)
