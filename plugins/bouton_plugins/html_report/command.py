"""`bouton report`: a run as one HTML file."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; report.html in DIRECTORY if not given.",
)
def command(directory: Path, out: Path | None) -> None:
    """Make one HTML file of the run in DIRECTORY.

    The file needs nothing else: it asks no network, and can be mailed, printed or put in a
    supplement. It works while the run goes on, and for runs that failed.

    \b
    Examples:
      bouton report runs/l5pt-bac
      bouton report runs/fit -o fit.html
    """
    from bouton_plugins.html_report.writing import write_report

    path = write_report(directory, out)
    click.echo(f"wrote {path} ({path.stat().st_size / 1e6:.1f} MB)", err=True)
