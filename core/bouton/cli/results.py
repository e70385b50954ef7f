"""`bouton results`: look at, check, repair and export a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bouton.cli.options import format_option
from bouton.plugins import registry

if TYPE_CHECKING:
    from bouton.contracts import Exporter

_DIRECTORY = click.argument(
    "directory", type=click.Path(exists=True, file_okay=False, path_type=Path)
)


@click.group(name="results")
def command() -> None:
    """Look at, check, repair and export a run directory.

    \b
    Examples:
      bouton results show runs/l5pt-bac
      bouton results verify runs/l5pt-bac
    """


@command.command()
@_DIRECTORY
@click.option("--row", type=int, help="One evaluation only, by its row; -1 is the last.")
@format_option()
def show(directory: Path, row: int | None, form: str) -> None:
    """Show what a run gave: scores of one evaluation, or the best of many.

    It works while the run goes on. JSON is strict: numbers that are not finite are null.

    \b
    Examples:
      bouton results show runs/l5pt-bac
      bouton results show runs/fit --row 7
      bouton results show runs/fit --format json
    """
    from bouton.results.reading import Results

    results = Results.open(directory)
    count = len(results.evaluations)
    if row is not None and not -count <= row < count:
        raise click.BadParameter(f"there are {count} evaluations, no row {row}", param_hint="--row")
    for notice in results.notices:
        click.echo(notice, err=True)
    if form == "json":
        from bouton.results.document import run_document

        click.echo(json.dumps(run_document(results, row), indent=2, allow_nan=False))
        return
    from bouton.report.summary import evaluation_summary, run_summary

    click.echo(run_summary(results) if row is None else evaluation_summary(results, row))


@command.command()
@_DIRECTORY
@click.pass_context
def verify(ctx: click.Context, directory: Path) -> None:
    """Check every checksum of a run; exit code 1 if data are damaged or missing.

    \b
    Example:
      bouton results verify runs/l5pt-bac
    """
    from bouton.results.checking import verify as findings_of

    findings = findings_of(directory)
    for finding in findings:
        click.echo(str(finding))
    if not findings:
        click.echo(f"{directory}: all is well")
    if any(finding.severity == "error" for finding in findings):
        ctx.exit(1)


@command.command()
@_DIRECTORY
@click.option(
    "--drop-damaged",
    is_flag=True,
    help="Go on without damaged lines of the journal; a copy of it is kept.",
)
def rebuild(directory: Path, drop_damaged: bool) -> None:
    """Derive results.h5 anew from the journal and the traces.

    \b
    Example:
      bouton results rebuild runs/l5pt-bac
    """
    from bouton.results.checking import rebuild as rebuild_run

    for note in rebuild_run(directory, drop_damaged=drop_damaged):
        click.echo(note, err=True)
    click.echo(f"{directory / 'results.h5'} is derived anew")


@command.command()
@_DIRECTORY
@click.option(
    "--format", "form", default="csv", show_default=True, help="csv, parquet, or an exporter."
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
@click.option("--row", help="One model, for exporters that write one: its row, or `best`.")
def export(directory: Path, form: str, out: Path, row: str | None) -> None:
    """Write the evaluations as a table, one row each, or in the format of a plug-in.

    \b
    Examples:
      bouton results export runs/fit --format csv --out fit.csv
      bouton results export runs/fit --format parquet --out fit.parquet
      bouton results export runs/fit --format hoc --row best --out model.hoc
    """
    from bouton.results.exporting import WRITERS
    from bouton.results.reading import Results

    writer = WRITERS.get(form)
    if writer is not None:
        if row is not None:
            raise click.BadParameter(f"{form} holds every row; leave it out", param_hint="--row")
        writer(Results.open(directory), out)
    elif form in registry.exporters.names():
        for note in _exporter(form, row).export(directory, out):
            click.echo(f"not exported: {note}", err=True)
    else:
        known = ", ".join([*WRITERS, *registry.exporters.names()])
        raise click.BadParameter(f"no format {form!r}; known: {known}", param_hint="--format")
    click.echo(f"wrote {out}", err=True)


def _exporter(name: str, row: str | None) -> Exporter:
    import attrs

    kind = registry.exporters[name]
    options = [option.name for option in attrs.fields(kind)] if attrs.has(kind) else []
    if row is None:
        made: Exporter = kind()
        return made
    if "row" not in options:
        raise click.BadParameter(f"format {name!r} takes no row", param_hint="--row")
    try:
        made = kind(row=row)
    except (TypeError, ValueError) as error:
        raise click.BadParameter(str(error), param_hint="--row") from error
    return made


@command.command()
@_DIRECTORY
@click.option(
    "--models",
    type=click.IntRange(min=0),
    default=8,
    show_default=True,
    help="Models of a search that are simulated again for their traces; 0 for none.",
)
def figures(directory: Path, models: int) -> None:
    """Make the figures of a run anew, in its folder `figures`.

    \b
    Example:
      bouton results figures runs/fit --models 2
    """
    from bouton.report.files import write_report_files
    from bouton.report.search_files import SEARCHES, write_search_figures
    from bouton.results.manifest import read_manifest

    notes: list[str] = []
    if read_manifest(directory).kind in SEARCHES:
        written = write_search_figures(directory, models=models, notes=notes)
    else:
        written = write_report_files(directory)
    for note in notes:
        click.echo(note, err=True)
    for path in written:
        click.echo(f"wrote {path}", err=True)
