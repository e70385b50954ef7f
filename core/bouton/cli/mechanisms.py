"""`bouton mechanisms`: the catalogues of MOD files and the cache of what was compiled from them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import asdict, frozen

from bouton.cli.options import format_option
from bouton.cli.text import paragraph, table
from bouton.errors import BoutonError, UnknownEntryError, did_you_mean
from bouton.plugins import registry

if TYPE_CHECKING:
    from bouton.nrn.cache import CacheEntry

_format = format_option()
_DAY_S = 86400.0


@frozen
class _Row:
    """One catalogue in the listing."""

    name: str
    state: str
    mechanisms: tuple[str, ...] = ()
    size_bytes: int = 0
    folder: str = ""
    library: str = ""
    problem: str = ""


@click.group(name="mechanisms")
def command() -> None:
    """List, compile and clean the mechanisms (MOD files) of channels and synapses.

    Compiling happens by itself when it is needed, once per content of the files, compiler and
    NEURON; these commands are for looking, for compiling ahead and for tidying up.

    \b
    Examples:
      bouton mechanisms list
      bouton mechanisms compile hay
      bouton mechanisms clean --older-than 30
    """


@command.command(name="list")
@_format
def list_(form: str) -> None:
    """List catalogues: what they define, and whether they are compiled.

    \b
    Example:
      bouton mechanisms list --format json
    """
    from bouton.nrn.cache import cache_folder

    rows = [_row(name) for name in registry.catalogues.names()]
    if form == "json":
        listing = {"cache": str(cache_folder()), "catalogues": [asdict(row) for row in rows]}
        click.echo(json.dumps(listing, indent=2))
        return
    cells = [(r.name, r.state, _size(r.size_bytes), str(len(r.mechanisms)), r.folder) for r in rows]
    click.echo(table(cells, ("CATALOGUE", "STATE", "SIZE", "MECHANISMS", "FOLDER")))
    for row in rows:
        if row.problem:
            click.echo(paragraph(f"{row.name}:", row.problem))
        elif row.mechanisms:
            click.echo(paragraph(f"{row.name}:", ", ".join(row.mechanisms)))
    click.echo(f"cache: {cache_folder()}")


@command.command(name="compile")
@click.argument("names", nargs=-1)
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Compile the MOD files in a folder instead.",
)
def compile_(names: Sequence[str], folder: Path | None) -> None:
    """Compile catalogues that are not compiled yet; all of them if no NAME is given.

    \b
    Examples:
      bouton mechanisms compile
      bouton mechanisms compile hay
      bouton mechanisms compile --folder my_mod_files
    """
    from bouton.nrn.catalogues import libraries

    if folder is not None and names:
        raise click.UsageError("give names of catalogues or --folder, not both")
    wanted = [folder.resolve()] if folder else list(names) or list(registry.catalogues.names())
    for catalogue in wanted:  # one by one: catalogues that clash can still be compiled
        started = time.monotonic()
        for compiled in libraries([catalogue]):
            spent = time.monotonic() - started
            click.echo(f"{compiled.name}  {compiled.library}  {spent:.1f} s")


@command.command()
@click.argument("names", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that was compiled.")
@click.option("--older-than", type=click.FloatRange(min=0), help="Not used for so many days.")
def clean(names: Sequence[str], everything: bool, older_than: float | None) -> None:
    """Remove compiled catalogues from the cache; they are compiled again when needed.

    Say which: by NAME, by age, or all. Running simulations are not disturbed.

    \b
    Examples:
      bouton mechanisms clean hay
      bouton mechanisms clean --older-than 30
      bouton mechanisms clean --all
    """
    from bouton.nrn.cache import entries, remove

    if not (names or everything or older_than is not None):
        raise click.UsageError("say what to remove: NAME, --older-than DAYS or --all")
    found = entries()
    known = {*registry.catalogues.names(), *(entry.catalogue for entry in found)}
    for name in names:
        if name not in known:
            raise UnknownEntryError(f"no catalogue {name!r}; {did_you_mean(name, known)}")
    doomed = list(_chosen(found, names, older_than))
    for entry in doomed:
        remove(entry.folder)
    freed = sum(entry.size_bytes for entry in doomed)
    click.echo(f"{len(doomed)} removed, {_size(freed)} freed")


def _chosen(
    found: Sequence[CacheEntry], names: Sequence[str], older_than: float | None
) -> Iterator[CacheEntry]:
    now = time.time()
    for entry in found:
        is_named = not names or entry.catalogue in names
        if is_named and (older_than is None or now - entry.used_s >= older_than * _DAY_S):
            yield entry


def _row(name: str) -> _Row:
    from bouton.nrn.catalogues import read
    from bouton.nrn.compiling import cached_library

    try:
        catalogue = read(name)
        mechanisms = tuple(mechanism.name for mechanism in catalogue.mechanisms)
        library = cached_library(catalogue.mechanisms, name=name)
    except BoutonError as error:  # one broken catalogue must not hide the others
        return _Row(name, "broken", problem=str(error))
    return _Row(
        name,
        state="compiled" if library else "not compiled",
        mechanisms=mechanisms,
        size_bytes=library.stat().st_size if library else 0,
        folder=str(catalogue.folder),
        library=str(library or ""),
    )


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes else "-"
