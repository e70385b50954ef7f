"""`bouton measure`: the cells of a study, measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

import click


@click.command(name="measure")
@click.argument("study")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Run directory to make."
)
@click.option("--n-neurons", type=click.IntRange(min=1), help="Cells in the pool.")
@click.option(
    "--seed", type=click.IntRange(min=0), help="Noted with the results; no number depends on it."
)
@click.option("--workers", type=click.IntRange(min=1), help="Cells measured at once.")
@click.option("--executor", help="Where they are measured: serial, local, dask, ...")
@click.option(
    "--set", "overrides", multiple=True, metavar="PATH=VALUE", help="Change one value of the study."
)
@click.option("--figures/--no-figures", default=None, help="Make figures (needs matplotlib).")
@click.option("--force", is_flag=True, help="Replace the run that is there.")
@click.option("--resume", "is_resumed", is_flag=True, help="Go on with the run that is there.")
def command(
    study: str,
    out: Path,
    n_neurons: int | None,
    seed: int | None,
    workers: int | None,
    executor: str | None,
    overrides: tuple[str, ...],
    figures: bool | None,
    force: bool,
    is_resumed: bool,
) -> None:
    """Measure every cell of STUDY: resistance, time constant, rheobase, spike shape, gain.

    STUDY is a file, or the name of a built-in study such as motor-pool; numbers that no option
    gives are those of STUDY. It leaves neuron_parameters.csv, results.h5 and figures in a
    directory. A cell that cannot be measured has nan in the table, with the reason, and the rest
    go on.

    \b
    Examples:
      bouton measure motor-pool --n-neurons 2 --seed 42 --out runs/pool --workers 2
      bouton measure motor-pool --n-neurons 3 --out runs/good --set measure.mode=accurate
      bouton measure motor-pool --n-neurons 2 --seed 42 --out runs/pool --resume
    """
    from bouton import find_study
    from bouton_plugins.measurements.tables import summary_lines
    from bouton_plugins.measurements.working import measure_job

    if force and is_resumed:
        raise click.UsageError("--force begins anew and --resume goes on; give one of them")
    options = {"pool.n": n_neurons, "measure.seed": seed, "measure.workers": workers}
    given = [f"{path}={value}" for path, value in options.items() if value is not None]
    if executor is not None:
        given.append(f"measure.executor={executor}")
    if figures is not None:
        given.append(f"measure.figures={str(figures).lower()}")
    found = find_study(study, (*overrides, *given))
    job = measure_job(found)
    progress = CellProgress()
    if is_resumed:
        job.go_on(found, out, progress=progress)
    else:
        job.execute(found, out, force=force, progress=progress)
    for line in summary_lines(progress.records(out)):
        click.echo(line)


class CellProgress:
    """One line per cell with rate and time left, on stderr; a bar below them on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._bar: Any = None
        self._task: Any = None
        self._total = self._done = self._fresh = 0
        self._begun = monotonic()

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        """Start the display."""
        del objectives
        self._total, self._done, self._fresh, self._begun = total, done, 0, monotonic()
        if self._console.is_terminal:
            from rich.progress import Progress

            self._bar = Progress(console=self._console, transient=True)
            self._bar.start()
            self._task = self._bar.add_task("cells", total=total, completed=done)

    def expect(self, *, total: int) -> None:
        """Take another total."""
        self._total = total

    def evaluated(self, record: Mapping[str, Any]) -> None:
        """Show one cell."""
        self._done += 1
        self._fresh += 1
        if self._bar is not None:
            self._bar.advance(self._task)
        rate = self._fresh / max(monotonic() - self._begun, 1e-9)
        parts = [f"cell {record['index']} ({self._done}/{self._total})", f"{rate:.2f} cells/s"]
        if self._done < self._total:
            parts.append(f"{(self._total - self._done) / rate:.0f} s left")
        if record["reason"]:
            parts.append(f"ERROR {record['reason']}")
        self.note(", ".join(parts))

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Do nothing: there are no generations."""

    def note(self, text: str) -> None:
        """Print a line."""
        self._console.print(text, markup=False)

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def records(self, out: Path) -> list[Mapping[str, Any]]:
        """Return the records of the finished run."""
        from bouton.results import Results

        return list(Results.open(out).evaluation_records)
