"""`bouton fit`, `bouton explore` and `bouton resume`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bouton.jobs.searching import SearchOutcome

_STUDY = click.argument("study")
_OUT = click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Run directory to make."
)
_SET = click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value of the study."
)
_WORKERS = click.option("--workers", type=click.IntRange(min=1), help="Evaluations at once.")
_EXECUTOR = click.option("--executor", help="Where evaluations run: serial, local, dask, dask:ADDRESS, ...")
_FORCE = click.option("--force", is_flag=True, help="Replace the run that is there.")
_FIGURES = click.option(
    "--figures/--no-figures",
    default=True,
    show_default=True,
    help="Make figures at the end (needs matplotlib).",
)


@click.command()
@_STUDY
@_OUT
@_WORKERS
@_EXECUTOR
@click.option("--generations", type=click.IntRange(min=1), help="Generations to have in the end.")
@click.option("--seed", type=int, help="Seed of everything random.")
@_SET
@_FORCE
@_FIGURES
def fit(
    study: str,
    out: Path,
    workers: int | None,
    executor: str | None,
    generations: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    force: bool,
    figures: bool,
) -> None:
    """Search for parameters that meet the objectives of STUDY.

    STUDY is a file, or the name of a built-in study; numbers that no option gives are those of
    STUDY. Ctrl-C ends the search after the evaluations under way; `bouton resume` goes on from any
    stop.

    \b
    Example:
      bouton fit l5pt-bac --generations 2 --workers 2 --out runs/fit
    """
    options = {"fit.generations": generations, "fit.seed": seed}
    _begin(study, "fit", out, workers, executor, (*overrides, *_settings(options)), force)
    _draw(out, figures=figures)


@click.command()
@_STUDY
@_OUT
@_WORKERS
@_EXECUTOR
@click.option("--steps", type=click.IntRange(min=1), help="Steps to have in the end.")
@click.option("--seed", type=int, help="Seed of everything random.")
@_SET
@_FORCE
@_FIGURES
def explore(
    study: str,
    out: Path,
    workers: int | None,
    executor: str | None,
    steps: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    force: bool,
    figures: bool,
) -> None:
    """Walk at random through the space of good models of STUDY.

    It starts from good models, such as the values of STUDY, and stays where every combined
    objective is at or below `explore.limit`. Numbers that no option gives are those of STUDY.

    \b
    Example:
      bouton explore l5pt-bac --steps 4 --workers 2 --out runs/explore
    """
    options = {"explore.steps": steps, "explore.seed": seed}
    _begin(study, "explore", out, workers, executor, (*overrides, *_settings(options)), force)
    _draw(out, figures=figures)


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


def _settings(options: dict[str, int | None]) -> list[str]:
    return [f"{path}={value}" for path, value in options.items() if value is not None]


def _begin(
    study: str,
    kind: str,
    out: Path,
    workers: int | None,
    executor: str | None,
    overrides: tuple[str, ...],
    force: bool,
) -> None:
    from bouton.cli.progress import TerminalProgress
    from bouton.jobs.launching import begin
    from bouton.jobs.studies import find_study

    outcome = begin(
        find_study(study, overrides),
        kind,
        out,
        workers=workers or 0,
        executor=executor or "",
        force=force,
        progress=TerminalProgress(),
    )
    _conclude(out, outcome)


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
