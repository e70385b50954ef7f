"""Commands on the simulations of stored networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bouton.jobs.networks import Simulated


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("config", type=click.Path(path_type=Path))
def reconfigure_command(file: Path, config: Path) -> None:
    """Replace the simulations in FILE, a compiled network, by those of CONFIG.

    Cells and contacts stay as they are. If CONFIG describes another tissue, nothing is changed and
    the differences are shown.

    \b
    Example:
      bouton network reconfigure layer.h5 layer.yaml
    """
    from bouton_plugins.reconstruction.simulation.reconfiguring import reconfigure

    done = reconfigure(file, config, _tell)
    for what in ("added", "changed", "removed", "same"):
        names = getattr(done, what)
        if names:
            click.echo(f"{what:<8} {', '.join(names)}")
    if not (done.added or done.changed or done.removed or done.same):
        click.echo(f"{config} has no simulations, and neither has {file} now")


def simulate_file(
    file: Path,
    simulation: str | None,
    out: Path,
    overrides: Sequence[str],
    *,
    force: bool,
    then: Callable[[Simulated], None],
) -> None:
    """Simulate a stored network, for `bouton network simulate`."""
    from bouton_plugins.reconstruction.simulation.running import simulate_stored

    simulate_stored(file, simulation, out, overrides, force=force, then=then, tell=_tell)


def _tell(text: str) -> None:
    click.echo(text, err=True)
