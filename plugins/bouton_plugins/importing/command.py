"""`bouton import`: a cell that somebody wrote becomes a portable file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bouton.errors import CellError


@click.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--name", default="", help="Template, class, factory function or object.")
@click.option(
    "--args",
    "arguments",
    default="[]",
    metavar="JSON",
    help="Arguments that NAME is called with: a list, or a mapping by name.",
)
@click.option(
    "--mods",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of MOD files that it needs.",
)
@click.option(
    "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="File to write."
)
@click.option("--root", default="", help="Root section, if the cell has several trees.")
@click.option("--spike-source", default="", metavar="SECTION(X)", help="Where spikes are detected.")
@click.option("--assigned", multiple=True, help="ASSIGNED variable to keep too, or 'all'.")
@click.option(
    "--potential",
    "potentials",
    multiple=True,
    metavar="MECHANISM=VARIABLE",
    help="The own potential of a point neuron, where no rule tells it.",
)
@click.option("--keep-stimulators", is_flag=True, help="Keep current clamps and the like.")
@click.option(
    "--time-limit",
    "time_limit_s",
    type=click.FloatRange(min=0.0, min_open=True),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="When to give up.",
)
@click.option("--force", is_flag=True, help="Replace the file that is there.")
@click.option(
    "--accept-differences", is_flag=True, help="Succeed although the rebuilt cell differs."
)
def command(
    file: Path,
    name: str,
    arguments: str,
    mods: Path | None,
    out: Path,
    root: str,
    spike_source: str,
    assigned: tuple[str, ...],
    potentials: tuple[str, ...],
    keep_stimulators: bool,
    time_limit_s: float,
    force: bool,
    accept_differences: bool,
) -> None:
    """Read the cell NAME out of FILE (hoc, Python, SWC) and write it to a portable file.

    This RUNS the code in FILE and in the MOD files, in processes of their own. The cell is built
    again from what was read and compared with the native one; the report is stored and shown.

    \b
    Examples:
      bouton import cell.hoc --name Pyramidal --out cell.json
      bouton import cells.py --name Cell --args '{"kind": "RS"}' --mods mods --out cell.json
      bouton import neuron.swc --out cell.json
    """
    from bouton_plugins.importing.fidelity import lines
    from bouton_plugins.importing.work import ImportOrder, import_cell

    if out.exists() and not force:
        raise CellError(f"{out} exists; give another --out, or --force")
    order = ImportOrder(
        file,
        name,
        _arguments(arguments),
        mods,
        root,
        _place(spike_source),
        assigned,
        dict(_pair(text) for text in potentials),
        keep_stimulators,
        time_limit_s,
    )
    document = import_cell(order, out)
    click.echo("\n".join([*summary(document), *lines(document["fidelity"])]))
    click.echo(f"wrote {out}", err=True)
    status = document["fidelity"]["status"]
    if status != "equal" and not accept_differences:
        raise click.ClickException(
            f"the rebuilt cell is not equal to the native one ({status}); the file is there to "
            "look at, and studies refuse it unless they say accept_differences: true"
        )


def summary(document: dict[str, Any]) -> list[str]:
    """Return what was imported, in words."""
    sections, points = document["sections"], document["point_processes"]
    segments = sum(section["nseg"] for section in sections)
    told = [f"{document['name']}: {len(sections)} sections, {segments} segments"]
    mechanisms = sorted({name for section in sections for name in section["mechanisms"]})
    told.append(f"  mechanisms: {', '.join(mechanisms) or 'none'}")
    for point in points:
        own = f", own potential {point['voltage']}" if point["voltage"] else ""
        takes = f", events: {', '.join(point['receptors'])}" if point["receptors"] else ""
        place = f"{point['section']}({point['x']:g})"
        text = f"  {point['kind']} {point['name']} ({point['mechanism']}) at {place}{own}{takes}"
        told.append(text)
    spike = document["spike_source"]
    where = spike["source"] or f"{spike['section']}({spike['x']:g})"
    told.append(f"  spikes: {where}, chosen by: {spike['chosen_by']}")
    bound = document["globals"]
    for key, unit in (("celsius", "degC"), ("v_init_mV", "mV")):
        if bound[key] is not None:
            told.append(f"  bound to {key} = {bound[key]:g} {unit}")
    told += [f"  bound to {name} = {bound['mechanisms'][name]:g}" for name in bound["changed"]]
    told += [f"  left out: {text}" for text in document["dropped"]]
    return told + [f"  note: {text}" for text in document["notes"]]


def _arguments(text: str) -> Any:  # noqa: ANN401
    try:
        found = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"--args must be JSON: {error}") from error
    if not isinstance(found, list | dict):
        raise click.UsageError("--args must be a JSON list or mapping")
    return found


def _place(text: str) -> tuple[str, float] | None:
    if not text:
        return None
    from bouton.model.locations import At

    try:
        place = At.parse(text)
    except ValueError as error:
        raise click.UsageError(f"--spike-source: {error}") from error
    return place.section, place.x


def _pair(text: str) -> tuple[str, str]:
    mechanism, equals, variable = text.partition("=")
    if not (mechanism and equals and variable):
        raise click.UsageError(f"--potential must be MECHANISM=VARIABLE, got {text!r}")
    return mechanism, variable
