"""An experiment of a study, from the first step to the last figure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import asdict, evolve

from bouton.errors import MissingDependencyError, ResultsError
from bouton.files import study_hash
from bouton.jobs.cells import catalogue_digests
from bouton.model.protocol import Integration
from bouton.model.study import Study
from bouton.results.directory import RunDirectory
from bouton.results.provenance import provenance
from bouton.results.records import part_record, start_record
from bouton_plugins.experiments import spikes
from bouton_plugins.experiments.accuracy import ErrorEstimate, estimate_error
from bouton_plugins.experiments.data import Chunk, RunResult, SimulationRecord
from bouton_plugins.experiments.plots import Panel, Plot
from bouton_plugins.experiments.section import ExperimentSection
from bouton_plugins.experiments.storage import save_results

if TYPE_CHECKING:
    from bouton.jobs.progress import Progress

KIND = "experiment"
FILE = "experiment.h5"
SPIKES_FILE = "spikes.csv"


def execute(
    section: ExperimentSection,
    study: Study,
    out: Path,
    *,
    force: bool,
    progress: Progress | None,
) -> None:
    """Do the experiment of a study in a new run directory; see `ExperimentSection.execute`."""
    names = section.rehearse(study)  # what is wrong shows before any file is written
    told = provenance(
        study.document,
        study_sha256=study_hash(study.document),
        seed=section.seed,
        catalogues=catalogue_digests(names),
    )
    with RunDirectory.create(out, KIND, study.document, told, force=force) as directory:
        (directory.path / FILE).unlink(missing_ok=True)  # of the run that this one replaces
        directory.append([start_record()])

        def run(integration: Integration) -> list[RunResult]:
            with section.experiment(study, integration) as again:
                return again.run_all()

        settings = evolve(section.integration, seed=section.seed)
        results = run(settings)
        estimate = None
        if section.estimate_error:
            estimate = estimate_error(run, settings, results)
        for line in in_words(results, estimate):
            _say(progress, line)
        save_results(directory.path / FILE, results)
        directory.append([part_record(KIND, summary(results, estimate))])
        directory.write_text(SPIKES_FILE, spikes_csv(results))
        if section.figures:
            for name in _draw(section, results, directory, progress):
                _say(progress, f"wrote {directory.path / name}")


def in_words(results: Sequence[RunResult], estimate: ErrorEstimate | None) -> Iterator[str]:
    """Yield a line per chunk, and one on the error of the spike times."""
    for result in results:
        for number, chunk in enumerate(result.chunks):
            counted = f"{chunk.spike_count} spike{'s' if chunk.spike_count != 1 else ''}"
            yield (
                f"{result.name}, chunk {number}: {chunk.duration_ms:g} ms from {chunk.state!r}, "
                f"{counted}"
            )
    if estimate is not None and not estimate.counts_agree:
        yield "other settings of the integrator give other numbers of spikes: make it more accurate"
    elif estimate is not None and estimate.n_spikes:
        yield f"error of spike times: about {estimate.spike_time_ms:.2g} ms"


def summary(results: Sequence[RunResult], estimate: ErrorEstimate | None) -> dict[str, Any]:
    """Return what scripts want to know of an experiment, JSON-ready."""
    told: dict[str, Any] = {"file": FILE, "runs": [_run_summary(result) for result in results]}
    if estimate is not None:
        told["error_estimate"] = asdict(estimate)
    return told


def _run_summary(result: RunResult) -> dict[str, Any]:
    return {
        "name": result.name,
        "dt_ms": result.dt_ms,
        "seed": result.integration.seed,
        "method": result.integration.method,
        "chunks": [_chunk_summary(chunk, result.n_cells) for chunk in result.chunks],
    }


def _chunk_summary(chunk: Chunk, n_cells: int) -> dict[str, Any]:
    statistics = spikes.statistics(chunk, range(n_cells))
    return {
        "start_ms": chunk.start_ms,
        "duration_ms": chunk.duration_ms,
        "state": chunk.state,
        "spike_count": chunk.spike_count,
        "spike_times_ms": chunk.spike_times_ms.tolist(),
        "spike_cells": chunk.spike_cells.tolist(),
        "statistics": [asdict(one) for one in statistics],
        "signals": {name: len(one.ticks) for name, one in chunk.signals.items()},
        "changed": _changed(chunk),
        "simulations": [_simulation_summary(one, chunk.dt_ms) for one in chunk.simulations],
    }


def _changed(chunk: Chunk) -> list[Mapping[str, Any]]:
    """Return parameters at the end of the chunk by cell, where they are not those of its start."""
    return [
        {name: value for name, value in end.items() if value != start.get(name)}
        for start, end in zip(chunk.parameters_start, chunk.parameters_end, strict=True)
    ]


def _simulation_summary(record: SimulationRecord, dt_ms: float) -> dict[str, Any]:
    return {
        "name": record.name,
        "kind": record.kind,
        "start_ms": record.start * dt_ms,
        "end_ms": record.stop * dt_ms,
        "stopped": record.stopped,
        "events": [[name, clock * dt_ms] for name, clock in record.events],
    }


def spikes_csv(results: Sequence[RunResult]) -> str:
    """Return one line per spike: run, chunk, cell, time in ms."""
    lines = ["run,chunk,cell,time_ms"]
    for result in results:
        name = f'"{result.name}"' if set(result.name) & set(',"\n') else result.name
        for number, chunk in enumerate(result.chunks):
            pairs = zip(chunk.spike_cells.tolist(), chunk.spike_times_ms.tolist(), strict=True)
            lines += [f"{name},{number},{cell},{time!r}" for cell, time in pairs]
    return "\n".join(lines) + "\n"


def default_plots(results: Sequence[RunResult]) -> dict[str, Plot]:
    """Return a figure per chunk number: the first signal and the current, all runs overlaid."""
    plots = {}
    for number in range(max((len(result.chunks) for result in results), default=0)):
        having = tuple(i for i, result in enumerate(results) if number < len(result.chunks))
        chunk = results[having[0]].chunk(number)
        names = [name for name, one in chunk.signals.items() if len(one.ticks)][:1]
        names += [name for name in chunk.applied if name not in names]
        panels = tuple(Panel(name, runs=having, chunks=(number,)) for name in names)
        if panels:
            plots[f"chunk-{number}"] = Plot(panels)
    return plots


def _draw(
    section: ExperimentSection,
    results: Sequence[RunResult],
    directory: RunDirectory,
    progress: Progress | None,
) -> list[str]:
    """Write the figures; one that cannot be drawn is named, and the others are drawn."""
    try:
        from bouton.report.figures import save
        from bouton_plugins.experiments.plots import plot

        written = []
        for name, plan in (section.plots or default_plots(results)).items():
            path = directory.path / "figures" / f"{_file_name(name)}.png"
            try:
                save(plot(results, plan), path)
            except ResultsError as error:
                _say(progress, f"figure {name!r} is left out: {error}")
                continue
            written.append(os.path.relpath(path, directory.path))
    except MissingDependencyError as error:
        _say(progress, f"no figures: {error}")
        return []
    return written


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_.=" else "-" for letter in name)


def _say(progress: Progress | None, text: str) -> None:
    if progress is not None:
        progress.note(text)
