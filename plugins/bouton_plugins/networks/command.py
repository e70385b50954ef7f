"""`bouton network`: simulate a network of rules, and look at what there is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bouton_plugins.networks.options import STYLE

if TYPE_CHECKING:
    from bouton.jobs.networks import Simulated


_ELSEWHERE = {
    "compile": "bouton_plugins.reconstruction.command:compile_command",
    "reconfigure": "bouton_plugins.reconstruction.simulation.command:reconfigure_command",
}
"""Commands of the group that other plug-ins bring, imported when they are run."""


class _Group(click.Group):
    """A group with commands from elsewhere."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing it if it is one from elsewhere."""
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = _ELSEWHERE[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found


@click.group(cls=_Group)
def command() -> None:
    """Reconstruct and simulate networks, and look at them.

    \b
    Examples:
      bouton network compile stellate-layer -o layer.h5
      bouton network simulate layer.h5 stimulated -o runs/layer
      bouton network simulate network-rate --out runs/network
      mpirun -n 2 bouton network simulate network-rate --out runs/network
      bouton network info network-rate
    """


@command.command()
@click.argument("study")
@click.argument("simulation", required=False)
@click.option(
    *("-o", "--out"), required=True, type=click.Path(path_type=Path), help="Run directory to make."
)
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value of the study."
)
@click.option("--force", is_flag=True, help="Replace the run that is there.")
@click.option(
    "--figures/--no-figures",
    default=True,
    show_default=True,
    help="Make figures (needs matplotlib).",
)
@STYLE
def simulate(
    study: str,
    simulation: str | None,
    out: Path,
    overrides: tuple[str, ...],
    force: bool,
    figures: bool,
    style: str,
) -> None:
    """Build the network of STUDY, run it, and leave spikes, reports and figures.

    STUDY is a file, the name of a built-in study, or a compiled network, of which SIMULATION is
    one simulation. Started with mpirun, the processes share the cells; the spikes are the same for
    any number of processes.

    \b
    Examples:
      bouton network simulate network-rate --out runs/network
      bouton network simulate layer.h5 stimulated -o runs/layer
      mpirun -n 2 bouton network simulate network-rate --out runs/network
    """

    def show(done: Simulated) -> None:
        click.echo(_shown(done.summary(), style))
        if figures:
            _draw(done, out)

    if Path(study).suffix in (".h5", ".hdf5"):
        from bouton_plugins.reconstruction.simulation.command import simulate_file

        simulate_file(Path(study), simulation, out, overrides, force=force, then=show)
        return
    if simulation is not None:
        raise click.UsageError("SIMULATION belongs to a compiled network; give an HDF5 file")
    from bouton.jobs.networks import simulate_network
    from bouton.jobs.studies import find_study

    simulate_network(find_study(study, overrides), out, force=force, then=show)


def _draw(done: Simulated, out: Path) -> None:
    from bouton.errors import MissingDependencyError
    from bouton_plugins.networks.figures import write_figures

    try:
        for path in write_figures(done, out):
            click.echo(f"wrote {path}", err=True)
    except MissingDependencyError as error:
        click.echo(f"no figures: {error}", err=True)


@command.command()
@click.argument("study")
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value of the study."
)
@STYLE
@click.option(
    "--figures",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for figures of a compiled network (needs matplotlib).",
)
def info(study: str, overrides: tuple[str, ...], style: str, figures: Path | None) -> None:
    """Show populations and connections of the network of STUDY, without simulating it.

    STUDY is a study, the name of a built-in one, or the file of a compiled network.

    \b
    Examples:
      bouton network info network-rate --format json
      bouton network info layer.h5 --figures pictures
    """
    if Path(study).suffix in (".h5", ".hdf5"):
        from bouton_plugins.reconstruction.command import show_network

        show_network(Path(study), overrides, style, figures)
        return
    if figures is not None:
        raise click.UsageError("--figures needs a compiled network; give an HDF5 file")
    from bouton.jobs.networks import required_network
    from bouton.jobs.studies import find_study

    network = required_network(find_study(study, overrides)).network({}, 0, 1, 0)
    summary = {
        "populations": [
            {"name": p.name, "count": len(p), "is_source": p.is_source} for p in network.populations
        ],
        "connections": [
            {"name": c.name, "pre": c.pre, "post": c.post, "synapse": c.synapse, "count": len(c)}
            for c in network.connections
        ],
        "gap_junctions": [{"name": g.name, "count": len(g)} for g in network.gap_junctions],
    }
    click.echo(_shown(summary, style))


def _shown(summary: Mapping[str, Any], style: str) -> str:
    if style == "json":
        return json.dumps(summary, indent=2)
    lines = []
    for key in ("populations", "connections", "gap_junctions"):
        rows = summary[key]
        if not isinstance(rows, list) or not rows:
            continue
        names = list(rows[0])
        table = [names, *([_cell(row[name]) for name in names] for row in rows)]
        widths = [max(len(line[column]) for line in table) for column in range(len(names))]
        lines.append(key.replace("_", " "))
        lines += [
            "  " + "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True))
            for line in table
        ]
    return "\n".join(line.rstrip() for line in lines)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
