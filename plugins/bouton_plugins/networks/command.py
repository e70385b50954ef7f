"""`bouton network`: simulate a network of rules, and look at what there is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bouton.jobs.networks import Simulated


@click.group()
def command() -> None:
    """Simulate networks, and look at them.

    \b
    Examples:
      bouton network simulate network-rate --out runs/network
      mpirun -n 2 bouton network simulate study.yaml --out runs/network
      bouton network info network-rate
    """


@command.command()
@click.argument("study")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Run directory to make."
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
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def simulate(
    study: str, out: Path, overrides: tuple[str, ...], force: bool, figures: bool, style: str
) -> None:
    """Build the network of STUDY, run it, and leave spikes, reports and figures.

    STUDY is a file, or the name of a built-in study. Started with mpirun, the processes share the
    cells; the spikes are the same for any number of processes.

    \b
    Examples:
      bouton network simulate network-rate --out runs/network
      mpirun -n 2 bouton network simulate network-rate --out runs/network
    """
    from bouton.jobs.networks import simulate_network
    from bouton.jobs.studies import find_study

    def show(done: Simulated) -> None:
        click.echo(_shown(done.summary(), style))
        if figures:
            _draw(done, out)

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
@click.option("--format", "style", type=click.Choice(["table", "json"]), default="table")
def info(study: str, overrides: tuple[str, ...], style: str) -> None:
    """Show populations and connections of the network of STUDY, without simulating it.

    \b
    Example:
      bouton network info network-rate --format json
    """
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
