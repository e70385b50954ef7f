"""`bouton fit`, `bouton explore` and `bouton resume`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

if TYPE_CHECKING:
    from bouton.jobs.searching import SearchOutcome


class _Given(TypedDict):
    """The options that fit and explore share."""

    study: str
    out: Path
    workers: int | None
    executor: str | None
    seed: int | None
    overrides: tuple[str, ...]
    force: bool
    figures: bool


_WORKERS = click.option("--workers", type=click.IntRange(min=1), help="Evaluations at once.")
_EXECUTOR = click.option(
    "--executor", help="Where evaluations run: serial, local, dask, dask:ADDRESS, ..."
)
_FIGURES = click.option(
    "--figures/--no-figures",
    default=True,
    show_default=True,
    help="Make figures at the end (needs matplotlib).",
)
_SHARED = (
    click.argument("study"),
    click.option(
        "--out", required=True, type=click.Path(path_type=Path), help="Run directory to make."
    ),
    _WORKERS,
    _EXECUTOR,
    click.option("--seed", type=int, help="Seed of everything random."),
    click.option(
        "--set",
        "overrides",
        multiple=True,
        metavar="PATH=VALUE",
        help="Change one value of the study.",
    ),
    click.option("--force", is_flag=True, help="Replace the run that is there."),
    _FIGURES,
)


def _shared(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_SHARED):
        command = option(command)
    return command


@click.command()
@click.option("--generations", type=click.IntRange(min=1), help="Generations to have in the end.")
@_shared
def fit(generations: int | None, **given: Unpack[_Given]) -> None:
    """Search for parameters that meet the objectives of STUDY.

    STUDY is a file, or the name of a built-in study. Ctrl-C ends the search after the evaluations
    under way; `bouton resume` goes on from any stop.

    \b
    Example:
      bouton fit l5pt-bac --generations 2 --workers 2 --out runs/fit
    """
    _begin("fit", given, {"fit.generations": generations, "fit.seed": given["seed"]})


@click.command()
@click.option("--steps", type=click.IntRange(min=1), help="Steps to have in the end.")
@_shared
def explore(steps: int | None, **given: Unpack[_Given]) -> None:
    """Walk at random through the space of good models of STUDY.

    \b
    Example:
      bouton explore l5pt-bac --steps 10 --workers 2 --out runs/explore
    """
    _begin("explore", given, {"explore.steps": steps, "explore.seed": given["seed"]})


@click.command()
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_WORKERS
@_EXECUTOR
@click.option(
    "--generations",
    "--steps",
    "rounds",
    type=click.IntRange(min=1),
    help="Generations or steps to have in the end, if more than the study says.",
)
@_FIGURES
def resume(
    directory: Path, workers: int | None, executor: str | None, rounds: int | None, figures: bool
) -> None:
    """Go on with the fit or exploration in DIRECTORY, whatever ended it.

    \b
    Example:
      bouton resume runs/fit --generations 3
    """
    from bouton.cli.progress import TerminalProgress
    from bouton.jobs.launching import resume as go_on

    outcome = go_on(
        directory,
        rounds=rounds or 0,
        workers=workers or 0,
        executor=executor or "",
        progress=TerminalProgress(),
    )
    _conclude(directory, outcome)
    _draw(directory, figures=figures)


def _begin(kind: str, given: _Given, numbers: dict[str, int | None]) -> None:
    from bouton.cli.progress import TerminalProgress
    from bouton.jobs.launching import begin
    from bouton.jobs.studies import find_study

    settings = [f"{path}={value}" for path, value in numbers.items() if value is not None]
    outcome = begin(
        find_study(given["study"], (*given["overrides"], *settings)),
        kind,
        given["out"],
        workers=given["workers"] or 0,
        executor=given["executor"] or "",
        force=given["force"],
        progress=TerminalProgress(),
    )
    _conclude(given["out"], outcome)
    _draw(given["out"], figures=given["figures"])


def _conclude(out: Path, outcome: SearchOutcome) -> None:
    text = f"{outcome.evaluations} evaluations, {outcome.failed} failed"
    if outcome.satisfied >= 0:
        text += f"; evaluation {outcome.satisfied} meets all targets"
    if outcome.stopped:
        text += f"; stopped early, go on with: bouton resume {out}"
    click.echo(f"{out}: {text}", err=True)
    if outcome.failed == outcome.evaluations > 0:
        from bouton.results import Results

        reason = Results.open(out).evaluation_records[0]["reason"]
        raise click.ClickException(f"every evaluation failed, the first because: {reason}")


def _draw(directory: Path, *, figures: bool) -> None:
    """Make the figures of a finished search; without matplotlib say so in one line."""
    from bouton.errors import MissingDependencyError
    from bouton.report.search_files import write_search_figures
    from bouton.results.manifest import read_manifest

    if not figures or read_manifest(directory).status != "finished":
        return
    notes: list[str] = []
    try:
        written = write_search_figures(directory, notes=notes)
    except MissingDependencyError as error:
        click.echo(f"no figures: {error}", err=True)
        return
    for note in notes:
        click.echo(note, err=True)
    if written:
        click.echo(f"{len(written)} figures in {written[0].parent}", err=True)
