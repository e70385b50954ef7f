"""Options that the commands of `bouton network` share."""

from __future__ import annotations

import click

STYLE = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="For people or for scripts.",
)
