"""`bouton network compile`, and `bouton network info` of a compiled network."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import bouton
from bouton.errors import MissingDependencyError, Problem, StudyError, UnknownEntryError
from bouton_plugins.networks.options import STYLE

if TYPE_CHECKING:
    from bouton_plugins.reconstruction.compiling import Compiled, Progress
    from bouton_plugins.reconstruction.reading import Configuration


@click.command("compile")
@click.argument("config")
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to make; by default what the configuration says, or CONFIG.h5 in this folder.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Replace the seed of CONFIG.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Number of processes; the network is the same for any.",
)
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value of CONFIG."
)
@click.option("--force", is_flag=True, help="Replace the network that is there.")
@STYLE
def compile_command(
    config: str,
    out: Path | None,
    seed: int | None,
    workers: int,
    overrides: tuple[str, ...],
    force: bool,
    style: str,
) -> None:
    """Place and connect the cells of CONFIG, and store the network in one file.

    CONFIG is a YAML, JSON or TOML file, also one of the Brain Scaffold Builder, or the name of a
    built-in study.

    \b
    Examples:
      bouton network compile stellate-layer -o layer.h5
      bouton network compile network.json --seed 7 --workers 2
      bouton network compile stellate-layer -o denser.h5 \\
          --set reconstruction.cell_types.stellate.amount.count=60
    """
    from bouton_plugins.reconstruction.compiling import compile_network

    configuration = find_configuration(config, overrides)
    for notice in configuration.notices:
        click.echo(f"note: {notice}", err=True)
    path = out or Path(configuration.tissue.storage.file or f"{Path(config).stem}.h5")
    with _progress() as progress:
        done = compile_network(
            configuration, path, seed=seed, workers=workers, force=force, progress=progress
        )
    for notice in done.notices[len(configuration.notices) :]:
        click.echo(f"note: {notice}", err=True)
    click.echo(_compiled(done, style))


def find_configuration(text: str, overrides: Sequence[str] = ()) -> Configuration:
    """Return a configuration from a file, or a built-in one by name.

    Raises:
        StudyError: If neither exists, or it is wrong.
    """
    from bouton_plugins.reconstruction.reading import read_configuration

    path = Path(text)
    if not (path.exists() or path.suffix or len(path.parts) > 1):
        try:
            source: Callable[[], Path] = bouton.registry.studies[text]
        except UnknownEntryError as error:
            hint = "give a path with its suffix, or a name: " + ", ".join(
                bouton.registry.studies.names()
            )
            message = f"there is no file and no built-in study called {text!r}"
            raise StudyError([Problem(message, hint=hint)]) from error
        path = source()
    return read_configuration(path, overrides=overrides)


def show_network(
    path: Path, overrides: Sequence[str], style: str, figures: Path | None = None
) -> None:
    """Print what a compiled network consists of, and make figures if a folder is given."""
    from bouton_plugins.reconstruction.statistics import summary
    from bouton_plugins.reconstruction.store import verify

    if overrides:
        raise click.UsageError("--set changes studies; a compiled network stays as it is")
    tissue = verify(path)
    found = summary(tissue)
    click.echo(json.dumps(found, indent=2) if style == "json" else _table(found))
    if figures is None:
        return
    try:
        from bouton_plugins.reconstruction.figures import write_figures

        for made in write_figures(tissue, figures):
            click.echo(f"wrote {made}", err=True)
    except MissingDependencyError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _progress() -> Iterator[Progress | None]:
    """Show how many chunks are connected, on a terminal only."""
    stream = sys.stderr
    if not stream.isatty():
        yield None
        return
    with click.progressbar(length=1, label="connecting", file=stream) as bar:

        def show(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield show


def _compiled(done: Compiled, style: str) -> str:
    if style == "json":
        return json.dumps(
            {
                "file": str(done.path),
                "seed": done.seed,
                "digest": done.digest,
                "populations": [{"name": n, "count": c} for n, c in done.populations],
                "connections": [{"name": n, "count": c} for n, c in done.connections],
            },
            indent=2,
        )
    lines = [f"{count} cells {name}" for name, count in done.populations]
    lines += [f"{count} contacts {name}" for name, count in done.connections]
    size = done.path.stat().st_size / 1000
    return "\n".join([*lines, f"{done.path}: {size:.0f} kB, seed {done.seed}"])


def _table(found: dict[str, Any]) -> str:
    lines = [f"seed {found['seed']}, content {found['digest'][:16]}", "", "populations"]
    lines += _columns(
        [
            (p["name"], f"{p['count']} cells", ", ".join(p.get("morphologies", ())))
            for p in found["populations"]
        ]
    )
    if found["connections"]:
        lines += ["", "connections"]
    for one in found["connections"]:
        lines.append(f"  {one['name']}: {one['pre']} to {one['post']}")
        lines.append(
            f"    {one['count']} contacts, {one['pairs']} pairs, "
            f"{one['self_contacts']} of a cell with itself"
        )
        for key, label in (
            ("in_degree", "inputs of a cell"),
            ("out_degree", "outputs of a cell"),
            ("distance_um", "distance of contacts (um)"),
        ):
            if one[key] is not None:
                spread = "  ".join(f"{name} {value:g}" for name, value in one[key].items())
                lines.append(f"    {label}: {spread}")
    if found["simulations"]:
        lines += ["", "simulations", f"  {', '.join(found['simulations'])}"]
    return "\n".join(lines)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
