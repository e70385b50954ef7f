"""A protocol as a hoc file: drives, recordings, integration settings, and the run itself."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence

import numpy as np
from attrs import frozen

from bouton.model.cell import CellStructure
from bouton.model.locations import Location, Place, SpikeSource
from bouton.model.morphology import FloatArray
from bouton.model.protocol import (
    MEMBRANE_CURRENT,
    SPIKES,
    STIMULUS,
    PointDrive,
    Protocol,
    Signal,
    WaveformDrive,
)
from bouton_plugins.exports.names import identifier, names_of

_FOREVER_MS = 1e9
_PER_LINE = 20


@frozen(eq=False)
class Driver:
    """The file of one protocol.

    Attributes:
        text: Its content.
        notes: What it could not hold.
    """

    text: str
    notes: tuple[str, ...]


def driver(
    name: str,
    protocol: Protocol,
    structure: CellStructure,
    template: str,
    file: str,
    with_del: Container[str] = ("IClamp",),
) -> Driver:
    """Return the file that runs a protocol on a new cell of the template.

    Args:
        name: Name of the protocol.
        protocol: The protocol.
        structure: The cell that it runs on.
        template: Name of the template.
        file: File that defines it.
        with_del: Mechanisms whose `delay` is called `del`, a word that Python does not allow.
    """
    writer = _Writer(name, protocol, structure, with_del)
    drives = list(writer.drives())
    signals = list(writer.signals())
    lines = [
        f'{{load_file("{file}")}}',
        "objref cell, cvode, nil",
        f"cell = new {template}()",
        "cvode = new CVode()",
        "",
        *_counted("objref drive", writer.n_points),
        *_counted("objref wave_t", writer.n_waves),
        *_counted("objref wave_i", writer.n_waves),
        *_quiet(drives),
        "",
        "objref rec_t",
        "rec_t = new Vector()",
        "{rec_t.record(&t)}",
        *_counted("objref rec", len(writer.columns)),
        *_counted("objref detector", writer.n_detectors),
        *_quiet(signals),
        "",
        *writer.run(),
        *_save(writer.columns),
        "run_protocol()",
    ]
    return Driver("\n".join(lines) + "\n", tuple(writer.notes))


class _Writer:
    def __init__(
        self,
        name: str,
        protocol: Protocol,
        structure: CellStructure,
        with_del: Container[str],
    ) -> None:
        self.name = name
        self.with_del = with_del
        self.protocol = protocol
        self.structure = structure
        self.names = names_of([section.name for section in structure.morphology.sections])
        self.notes: list[str] = []
        self.columns: list[str] = []
        self.n_points = self.n_waves = self.n_detectors = 0

    def drives(self) -> Iterator[str]:
        for train in self.protocol.events:
            self._note(f"events for {train.point}: {len(train.times_ms)} events are left out")
        for drive in self.protocol.drives:
            for place in self._places(drive.location):
                where = f"cell.{self.names.of_section[place.section]}"
                point = f"drive[{self.n_points}]"
                self.n_points += 1
                if isinstance(drive, WaveformDrive):
                    yield f"{where} {point} = new IClamp({place.x!r})"
                    yield from self._wave(point, drive)
                else:
                    yield f"{where} {point} = new {drive.mechanism}({place.x!r})"
                    for key, value in drive.values.items():
                        is_del = key == "delay" and drive.mechanism in self.with_del
                        yield f"{point}.{'del' if is_del else key} = {float(value)!r}"

    def _wave(self, point: str, drive: WaveformDrive) -> Iterator[str]:
        number = self.n_waves
        self.n_waves += 1
        t, current = drive.t_ms, drive.current_nA
        if drive.interpolate:
            t, current = _with_ends(t, current)
        yield from (f"{point}.del = 0", f"{point}.dur = {_FOREVER_MS!r}", f"{point}.amp = 0")
        for vector, values in ((f"wave_t[{number}]", t), (f"wave_i[{number}]", current)):
            yield f"{vector} = new Vector()"
            for start in range(0, len(values), _PER_LINE):
                row = ", ".join(map(repr, values[start : start + _PER_LINE].tolist()))
                yield f"{vector}.append({row})"
        lines = ", 1" if drive.interpolate else ""
        yield f"wave_i[{number}].play(&{point}.amp, wave_t[{number}]{lines})"

    def signals(self) -> Iterator[str]:
        for signal in self.protocol.signals:
            if signal.variable == STIMULUS:
                self._note(f"signal {signal.name!r}: the sum of the currents of drives")
                continue
            if signal.interval_ms:
                self._note(
                    f"signal {signal.name!r} at every {signal.interval_ms:g} ms: it records every "
                    "step"
                )
            for place in self._places(signal.location):
                yield from self._record(signal, place)

    def _record(self, signal: Signal, place: Place) -> Iterator[str]:
        x = self._centre(place)
        where = f"cell.{self.names.of_section[place.section]}"
        if signal.variable == SPIKES:
            own = signal.threshold_mV
            level = self.structure.spike_threshold_mV if own is None else own
            number = len(self.columns)
            self._column(signal, where, x)
            yield f"rec[{number}] = new Vector()"
            yield f"{where} detector[{self.n_detectors}] = new NetCon(&v({x!r}), nil)"
            yield f"detector[{self.n_detectors}].threshold = {float(level)!r}"
            yield f"detector[{self.n_detectors}].record(rec[{number}])"
            self.n_detectors += 1
            return
        number = len(self.columns)
        self._column(signal, where, x)
        yield f"rec[{number}] = new Vector()"
        yield f"rec[{number}].record({self._pointer(signal, where, x)})"

    def _pointer(self, signal: Signal, where: str, x: float) -> str:
        owner, _, variable = signal.variable.rpartition(".")
        points = {point.name for point in self.structure.point_processes}
        if owner in points:
            return f"&cell.{identifier(owner, 'point')}.{variable}"
        return f"&{where}.{f'{variable}_{owner}' if owner else variable}({x!r})"

    def _column(self, signal: Signal, where: str, x: float) -> None:
        place = f"{where.removeprefix('cell.')}({x:.4g})"
        self.columns.append(f"{signal.name} {signal.variable} {place}")

    def run(self) -> Iterator[str]:
        settings = self.protocol.integration
        is_variable = settings.method == "cvode"
        currents = any(s.variable == MEMBRANE_CURRENT for s in self.protocol.signals)
        yield "proc run_protocol() { local i"
        yield f"  celsius = {settings.celsius!r}"
        yield f"  secondorder = {2 if settings.method == 'crank-nicolson' else 0}"
        yield f"  dt = {settings.dt_ms!r}"
        yield f"  cvode.active({int(is_variable)})"
        if is_variable:
            yield f"  cvode.atol({settings.absolute_tolerance!r})"
            yield f"  cvode.rtol({settings.relative_tolerance!r})"
        if currents:
            yield "  cvode.use_fast_imem(1)"
        yield f"  finitialize({settings.v_init_mV!r})"
        end = float(self.protocol.duration_ms)
        if is_variable:
            yield f"  while (t < {end!r}) fadvance()"
            # NEURON records a step when it starts the next one.
            yield f"  while (rec_t.x(rec_t.size() - 1) < {end!r}) fadvance()"
        else:
            steps = math.ceil(end / settings.dt_ms * (1.0 - 1e-12))
            yield f"  for i = 1, {steps} fadvance()"
        yield "}"
        yield ""

    def _places(self, location: Location) -> Sequence[Place]:
        if isinstance(location, SpikeSource):
            location = self.structure.spike_source
        return location.places(self.structure.compartments)

    def _centre(self, place: Place) -> float:
        """Return the centre of the segment that Bouton records for a place."""
        n = int(self.structure.compartments.nseg[place.section])
        local = min(max(math.ceil(place.x * n) - 1, 0), n - 1)
        return (local + 0.5) / n

    def _note(self, text: str) -> None:
        self.notes.append(f"protocol {self.name}, {text}")


def point_mechanisms(protocol: Protocol) -> tuple[str, ...]:
    """Return the point processes that drive a protocol."""
    return tuple(d.mechanism for d in protocol.drives if isinstance(d, PointDrive))


def _with_ends(t_ms: FloatArray, current_nA: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a waveform with 0 before its first point and its last value kept for ever.

    NEURON would hold the first value before the first point.
    """
    front = ([0.0, t_ms[0]], [0.0, 0.0]) if t_ms[0] > 0 else ([], [])
    return (
        np.concatenate((front[0], t_ms, [2 * _FOREVER_MS])),
        np.concatenate((front[1], current_nA, current_nA[-1:])),
    )


def _quiet(statements: Sequence[str]) -> Iterator[str]:
    """Yield statements so that hoc does not print what calls return."""
    for one in statements:
        yield f"{{{one}}}" if one.endswith(")") and " new " not in one else one


def _counted(declaration: str, count: int) -> Iterator[str]:
    if count:
        yield f"{declaration}[{count}]"


def _save(columns: Sequence[str]) -> Iterator[str]:
    """Yield the procedure that writes a table; spike times, which have other lengths, follow."""
    yield '// save("FILE") writes rec_t and every rec[...] as lines `name, n, numbers`:'
    yield from (f"//   rec[{number}]: {text}" for number, text in enumerate(columns))
    yield "proc save() { local i, k  localobj file"
    yield "  file = new File()"
    yield "  file.wopen($s1)"
    yield '  file.printf("rec_t, %d", rec_t.size())'
    yield '  for k = 0, rec_t.size() - 1 file.printf(", %.17g", rec_t.x[k])'
    for number, text in enumerate(columns):
        yield f'  file.printf("\\n{text}, %d", rec[{number}].size())'
        yield f'  for k = 0, rec[{number}].size() - 1 file.printf(", %.17g", rec[{number}].x[k])'
    yield '  file.printf("\\n")'
    yield "  file.close()"
    yield "}"
    yield ""
