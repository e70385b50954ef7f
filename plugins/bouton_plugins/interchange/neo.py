"""Traces as a Neo block in a NIX file (HDF5), for Elephant and the tools around it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import field, frozen

from bouton import Results
from bouton.errors import MissingDependencyError, ResultsError
from bouton.results.atomic import partial_path, publish, storage_errors
from bouton.results.exporting import row_or_best
from bouton_plugins.interchange.episodes import Episode, SignalOfRun, episodes_of, name_of

# our units in the words of `quantities`; anything else stays dimensionless, its unit an annotation
_UNITS = {"mV": "mV", "nA": "nA", "uS": "uS", "mM": "mmol/l", "ms": "ms", "mA/cm2": "mA/cm**2"}


@frozen
class NeoExporter:
    """Traces as a block of Neo in a NIX file, one segment per protocol.

    Neo's writer makes an array of every channel, at some milliseconds each, so recordings of whole
    cells take long; the SONATA reports of a run hold them at once.

    Attributes:
        row: Evaluation whose traces are meant, or `best`: the smallest largest objective.
    """

    row: int | str = field(default="best", converter=row_or_best)

    def export(self, directory: Path, out: Path) -> Sequence[str]:
        """Write the file and return what it could not hold.

        Raises:
            MissingDependencyError: If neo or nixio is not installed.
            ResultsError: If the run kept no traces, or the file cannot be written.
        """
        try:
            import neo
            import nixio  # noqa: F401 - Neo's writer needs it
        except ImportError as error:
            raise MissingDependencyError(
                "Neo needs neo and nixio; install them with `pip install 'bouton[neo]'`"
            ) from error
        results = Results.open(directory)
        notes: list[str] = []
        block = block_of(neo, results, self.row, notes)
        temporary = partial_path(out)
        with storage_errors(f"writing {out}"):
            try:
                with neo.io.NixIO(str(temporary), mode="ow") as file:
                    file.write_block(block)
            except RuntimeError as error:  # HDF5's word for a disk that is full
                raise ResultsError(f"writing {out}: {error}") from error
            publish(temporary, out)
        return notes


def block_of(neo: Any, results: Results, row: int | str, notes: list[str]) -> Any:  # noqa: ANN401
    """Return the Neo block of a run.

    Args:
        neo: The module.
        results: The run.
        row: Evaluation whose traces are meant, or `best`.
        notes: Takes a sentence on each thing that Neo cannot hold.
    """
    block = neo.Block(
        name=name_of(results),
        run_id=results.manifest.run_id,
        kind=results.kind,
        study_sha256=str(results.provenance.get("study_sha256", "")),
    )
    for episode in episodes_of(results, row):
        segment = neo.Segment(name=episode.name, **episode.settings)
        block.segments.append(segment)
        for signal in episode.signals:
            if len(signal.t_ms):
                _add_signal(neo, segment, signal)
            else:
                notes.append(f"{episode.name}, {signal.name}: it has no samples")
        for train in _trains(neo, episode):
            segment.spiketrains.append(train)
    return block


def _trains(neo: Any, episode: Episode) -> Iterator[Any]:  # noqa: ANN401
    for name, times in episode.spikes.items():
        end = max(episode.duration_ms, float(times.max(initial=0.0)))
        yield neo.SpikeTrain(times, units="ms", t_start=0.0, t_stop=end, name=name)


def _add_signal(neo: Any, segment: Any, signal: SignalOfRun) -> None:  # noqa: ANN401
    unit = _UNITS.get(signal.unit, "dimensionless")
    about = {
        "name": signal.name,
        "variable": signal.variable,
        "unit": signal.unit,
        "array_annotations": {"place": np.array(signal.columns)},
    }
    import quantities

    if signal.interval_ms:
        made = neo.AnalogSignal(
            signal.values,
            units=unit,
            t_start=signal.t_ms[0] * quantities.ms,
            sampling_period=signal.interval_ms * quantities.ms,
            **about,
        )
        segment.analogsignals.append(made)
    else:
        made = neo.IrregularlySampledSignal(
            signal.t_ms, signal.values, units=unit, time_units="ms", **about
        )
        segment.irregularlysampledsignals.append(made)
