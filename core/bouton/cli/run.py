"""`bouton run`: the protocols of a study on its cell."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
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
@click.option(
    "--movie/--no-movie",
    default=True,
    show_default=True,
    help="Record the potential of every segment in protocols of up to a second.",
)
def command(
    study: str, out: Path, overrides: tuple[str, ...], force: bool, figures: bool, movie: bool
) -> None:
    """Run the protocols of STUDY and leave traces, features, scores and figures in a directory.

    A study without protocols is carried out by the job that it has instead, such as drive; movie
    and figures are then options of that job.

    STUDY is a file, or the name of a built-in study (`bouton plugins --kind studies`).

    \b
    Examples:
      bouton run l5pt-bac --out runs/l5pt-bac
      bouton run experiment-bischop --out runs/experiment
      bouton run study.yaml --out runs/a --set protocols.BAC.stimulus_distance_um=310
    """
    from bouton.jobs.running import executable_job, run_study
    from bouton.jobs.studies import find_study
    from bouton.report.files import write_report_files
    from bouton.report.summary import evaluation_summary, run_summary
    from bouton.results.reading import Results

    found = find_study(study, overrides)
    job = executable_job(found)
    if job is not None:
        from bouton.cli.progress import TerminalProgress

        job.execute(found, out, force=force, progress=TerminalProgress())
        click.echo(run_summary(Results.open(out)))
        return
    evaluation = run_study(found, out, force=force, movie=movie)
    results = Results.open(out)
    click.echo(evaluation_summary(results, 0))
    for path in write_report_files(out, figures=figures):
        click.echo(f"wrote {path}", err=True)
    if evaluation.status == "failed":
        raise click.ClickException(f"the simulation failed: {evaluation.reason}")
