"""What a run recorded, whatever its kind: episodes with signals and spike trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs
import numpy as np
from attrs import Factory, frozen

from bouton import Results
from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray
from bouton.model.protocol import SPIKES
from bouton.model.traces import Response
from bouton.results.safe_tables import open_tables
from bouton.results.sonata import Report, read_reports, read_spikes

_NETWORK = "network"
_SPIKES_FILE = "spikes.h5"


@frozen(eq=False)
class SignalOfRun:
    """A sampled signal.

    Attributes:
        name: Unique within the episode.
        variable: What was recorded.
        unit: Unit of the values.
        t_ms: Shape (n,).
        values: Shape (n, columns).
        columns: Where each column was recorded, in words such as `soma(0.5)`.
    """

    name: str
    variable: str
    unit: str
    t_ms: FloatArray
    values: FloatArray
    columns: tuple[str, ...]

    @property
    def interval_ms(self) -> float:
        """Sampling interval; 0 if samples are not equally spaced."""
        steps = np.diff(self.t_ms)
        if not len(steps) or steps.min() <= 0:
            return 0.0
        return float(steps[0]) if np.allclose(steps, steps[0], rtol=1e-6, atol=1e-9) else 0.0


@frozen(eq=False)
class Episode:
    """One protocol, or the simulation of a network.

    Attributes:
        name: Its name.
        duration_ms: How long it lasted.
        signals: Sampled signals.
        spikes: Spike times by source, ms.
        settings: Words and numbers that made it, such as `celsius`.
    """

    name: str
    duration_ms: float
    signals: tuple[SignalOfRun, ...]
    spikes: Mapping[str, FloatArray] = Factory(dict)
    settings: Mapping[str, float | str] = Factory(dict)


def name_of(results: Results) -> str:
    """Return the name of the study, or of the directory if it has none."""
    return str(results.study.get("name") or results.path.name)


def episodes_of(results: Results, row: int | str) -> tuple[Episode, ...]:
    """Return what a run recorded.

    Args:
        results: The run.
        row: Evaluation whose traces are meant, or `best`; networks have one only.

    Raises:
        ResultsError: If the run kept no traces.
    """
    folder = results.path / _NETWORK
    if (folder / _SPIKES_FILE).is_file():
        return (_network(results, folder),)
    return tuple(_protocol(response) for response in _responses(results, row))


def _responses(results: Results, row: int | str) -> Iterator[Response]:
    if not any(record["traces"] for record in results.evaluation_records):
        raise ResultsError(
            f"{results.path}: this {results.kind!r} kept no traces of protocols; run a model with "
            "`bouton run` and export that run"
        )
    only = 0 if len(results.evaluations) <= 1 else None
    chosen = row if isinstance(row, int) else only if only is not None else results.best()
    record = results.evaluation_record(chosen)
    if not record["traces"]:
        raise ResultsError(
            f"{results.path}: evaluation {chosen} kept no traces; run that model with "
            "`bouton run` and export that run"
        )
    yield from results.responses(chosen).values()


def _protocol(response: Response) -> Episode:
    signals, spikes = [], {}
    for trace in response:
        where = tuple(f"{place.section}({place.x:g})" for place in trace.places)
        if trace.variable == SPIKES:
            spikes[trace.name] = trace.t_ms
            continue
        values = trace.values.reshape(len(trace.t_ms), -1)
        columns = where or tuple("" for _ in range(values.shape[1]))
        signals.append(
            SignalOfRun(trace.name, trace.variable, trace.unit, trace.t_ms, values, columns)
        )
    settings = attrs.asdict(response.integration)
    return Episode(
        response.protocol, response.description.duration_ms, tuple(signals), spikes, settings
    )


def _network(results: Results, folder: Path) -> Episode:
    recorded = sorted({*folder.glob("*.h5")} - {folder / _SPIKES_FILE})
    spikes = _trains(folder / _SPIKES_FILE)
    for path in filter(_holds_spikes, recorded):
        spikes |= _trains(path, f"{path.stem}: ")
    signals = [
        _signal(path.stem, report)
        for path in recorded
        if not _holds_spikes(path)
        for report in read_reports(path)
    ]
    last = [times.max() for times in spikes.values()] + [s.t_ms[-1] for s in signals]
    duration = results.parts.get(_NETWORK, {}).get("duration_ms", max(last, default=0.0))
    return Episode(_NETWORK, float(duration), tuple(signals), spikes)


def _holds_spikes(path: Path) -> bool:
    with open_tables(path) as file:
        return "spikes" in file.root


def _trains(path: Path, prefix: str = "") -> dict[str, FloatArray]:
    return {
        f"{prefix}{population} {cell}": times[cells == cell]
        for population, (times, cells) in read_spikes(path).items()
        for cell in np.unique(cells).tolist()
    }


def _signal(name: str, report: Report) -> SignalOfRun:
    columns = tuple(
        f"{report.population} {cell}, section {section}({x:g})"
        for cell, section, x in zip(report.cells, report.elements, report.positions, strict=True)
    )
    variable = name.rpartition(".")[2]
    return SignalOfRun(
        f"{name} {report.population}", variable, report.unit, report.t_ms, report.values, columns
    )
