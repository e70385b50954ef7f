"""Traces as Neurodata Without Borders (NWB), the archive format of neurophysiology."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import field, frozen

from bouton import Results
from bouton.errors import MissingDependencyError
from bouton.results.atomic import partial_path, publish, storage_errors
from bouton.results.exporting import row_or_best
from bouton_plugins.interchange.episodes import Episode, SignalOfRun, episodes_of, name_of

# series of a current clamp, with the unit that NWB fixes for it and the factor from ours
_CLAMP = {
    "v": ("CurrentClampSeries", "volts", 1e-3),
    "stimulus": ("CurrentClampStimulusSeries", "amperes", 1e-9),
}


@frozen
class NwbExporter:
    """Traces as intracellular recordings in an NWB file.

    Membrane potentials become current-clamp series, injected currents their stimuli, spikes units,
    everything else plain time series. Protocols follow each other on one clock.

    Attributes:
        row: Evaluation whose traces are meant, or `best`: the smallest largest objective.
    """

    row: int | str = field(default="best", converter=row_or_best)

    def export(self, directory: Path, out: Path) -> Sequence[str]:
        """Write the file and return what it could not hold.

        Raises:
            MissingDependencyError: If pynwb is not installed.
            ResultsError: If the run kept no traces, or the file cannot be written.
        """
        try:
            import pynwb
        except ImportError as error:
            raise MissingDependencyError(
                "NWB needs pynwb; install it with `pip install 'bouton[nwb]'`"
            ) from error
        results = Results.open(directory)
        writer = _Writer(pynwb, results)
        for episode in episodes_of(results, self.row):
            writer.add(episode)
        temporary = partial_path(out).with_suffix(".partial.nwb")  # pynwb wants its own ending
        with storage_errors(f"writing {out}"):
            with pynwb.NWBHDF5IO(str(temporary), mode="w") as file:
                file.write(writer.file)
            publish(temporary, out)
        return writer.notes


class _Writer:
    """Fills one NWB file."""

    def __init__(self, pynwb: Any, results: Results) -> None:  # noqa: ANN401
        self._nwb = pynwb
        provenance, name = results.provenance, name_of(results)
        self.file = pynwb.NWBFile(
            session_description=f"simulation: {results.kind} of study {name!r}",
            identifier=results.manifest.run_id,
            session_start_time=datetime.strptime(results.manifest.created, "%Y-%m-%dT%H:%M:%S%z"),
            source_script=f"study {provenance.get('study_sha256', '')}",
            source_script_file_name="study.json",
            notes="Simulated data, not an experiment.",
            experiment_description=str(results.study.get("description") or "A simulation."),
            keywords=["simulation", "NEURON", "Bouton"],
            subject=pynwb.file.Subject(
                subject_id=name,
                description="a model that was simulated, not an animal",
                sex="U",
            ),
        )
        self._device = self.file.create_device(name="NEURON", description="simulator")
        self._electrodes: dict[str, Any] = {}
        self._start_ms = 0.0
        self.notes: list[str] = []

    def add(self, episode: Episode) -> None:
        """Add one episode after the others."""
        self.file.add_epoch(
            start_time=self._start_ms * 1e-3,
            stop_time=(self._start_ms + episode.duration_ms) * 1e-3,
            tags=[episode.name],
        )
        settings = ", ".join(f"{key}={value}" for key, value in episode.settings.items())
        for signal in episode.signals:
            if not len(signal.t_ms):
                self.notes.append(f"{episode.name}, {signal.name}: it has no samples")
                continue
            self._add_signal(episode.name, signal, settings)
        for name, times in episode.spikes.items():
            seconds = (self._start_ms + times) * 1e-3
            self._add_unit(f"{episode.name}: {name}", seconds)
        self._start_ms += episode.duration_ms

    def _add_unit(self, name: str, times_s: Any) -> None:  # noqa: ANN401
        if self.file.units is None:
            self.file.add_unit_column("source", "protocol and trace, or population and cell")
        self.file.add_unit(spike_times=times_s, source=name)

    def _add_signal(self, episode: str, signal: SignalOfRun, settings: str) -> None:
        name = f"{episode} {signal.name}".replace("/", "_").replace(":", "_")
        where = "; ".join(signal.columns)
        common = {
            "name": name,
            "description": f"{signal.variable} at {where}",
            **self._clock(signal),
        }
        if signal.variable not in _CLAMP or signal.values.shape[1] != 1:
            unit = signal.unit or "1"
            series = self._nwb.TimeSeries(
                data=signal.values, unit=unit, comments=settings, **common
            )
            self.file.add_acquisition(series)
            return
        kind, unit, factor = _CLAMP[signal.variable]
        series = getattr(self._nwb.icephys, kind)(
            data=signal.values[:, 0],
            unit=unit,
            conversion=factor,
            electrode=self._electrode(where),
            gain=1.0,
            stimulus_description=episode,
            comments=settings,
            **common,
        )
        add = self.file.add_acquisition if signal.variable == "v" else self.file.add_stimulus
        add(series)

    def _clock(self, signal: SignalOfRun) -> dict[str, Any]:
        if signal.interval_ms:
            start_s = float(self._start_ms + signal.t_ms[0]) * 1e-3
            return {"starting_time": start_s, "rate": 1e3 / signal.interval_ms}
        return {"timestamps": (self._start_ms + signal.t_ms) * 1e-3}

    def _electrode(self, where: str) -> Any:  # noqa: ANN401
        if where not in self._electrodes:
            self._electrodes[where] = self.file.create_icephys_electrode(
                name=where.replace("/", "_").replace(":", "_") or "unknown",
                description="ideal electrode of a simulation",
                cell_id=self.file.subject.subject_id,
                device=self._device,
                location=where,
            )
        return self._electrodes[where]
