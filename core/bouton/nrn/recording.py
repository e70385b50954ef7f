"""Signals of a protocol: attached before a run, copied out after it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import define, field

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.locations import Place, SpikeSource
from bouton.model.morphology import FloatArray
from bouton.model.protocol import MEMBRANE_CURRENT, SPIKES, STIMULUS, Protocol, Signal
from bouton.model.traces import Trace, TracePlace
from bouton.nrn import engine
from bouton.nrn.cells import LiveCell
from bouton.nrn.drives import Attached
from bouton.nrn.engine import h
from bouton.nrn.frames import Frames


@define(eq=False)
class Recording:
    """Everything that one run records.

    Attributes:
        cell: The cell.
        drives: Its drives in this run.
        duration_ms: How long the run is.
        step_ms: Fixed step of a run that nothing can interrupt for a sample; 0 for others.
        clock: Vector of the times of all integrator steps.
        vectors: Vectors that record every step.
        frames: What is sampled at fixed intervals, by interval in ms.
        detectors: Spike detector and times by segment.
        takers: The signals, in order.
    """

    cell: LiveCell
    drives: Attached
    duration_ms: float
    step_ms: float = 0.0
    clock: Any = field(factory=lambda: h.Vector().record(h._ref_t))
    vectors: list[Any] = field(factory=list)
    frames: dict[float, Frames] = field(factory=dict)
    detectors: dict[int, tuple[Any, Any]] = field(factory=dict)
    takers: list[_Taker] = field(factory=list)

    def add(self, signal: Signal) -> None:
        """Attach one signal.

        Raises:
            ProtocolError: If a place of it has no such variable.
            LocationError: If its location finds no place.
        """
        places = self.cell.places(signal.location)
        kind = {SPIKES: _Spikes, STIMULUS: _Stimulus}.get(signal.variable, _Variable)
        self.takers.append(kind(self, signal, places))

    def traces(self) -> tuple[Trace, ...]:
        """Return copies of all that was recorded, in the order of the signals."""
        return tuple(taker.trace() for taker in self.takers)

    def samples(self, pointer: Any, interval_ms: float) -> Callable[[], FloatArray]:  # noqa: ANN401
        """Record a variable; the result gives its samples after the run."""
        if interval_ms > 0 and not self.step_ms:
            if interval_ms not in self.frames:
                self.frames[interval_ms] = Frames(interval_ms, self.duration_ms)
            frames = self.frames[interval_ms]
            column = frames.add(pointer)
            return lambda: frames.table[:, column]
        vectors = self.vectors
        vectors.append(h.Vector().record(pointer))
        number = len(vectors) - 1
        if interval_ms > 0:
            rows = Frames(interval_ms, self.duration_ms).steps(self.step_ms)
            return lambda: np.array(vectors[number], dtype=np.float64)[rows]
        return lambda: np.array(vectors[number], dtype=np.float64)

    def remove(self) -> None:
        """Stop recording. NEURON goes on as long as anything, a traceback even, holds a vector."""
        for vector in (self.clock, *self.vectors):
            vector.play_remove()
        self.takers.clear()
        self.detectors.clear()
        self.frames.clear()
        self.vectors.clear()

    def times(self, interval_ms: float) -> FloatArray:
        """Return the sample times at an interval, or of every step if it is 0, ms."""
        if interval_ms > 0:
            return Frames(interval_ms, self.duration_ms).t_ms
        return np.array(self.clock, dtype=np.float64)


@contextmanager
def recorded(
    cell: LiveCell, protocol: Protocol, drives: Attached, step_ms: float = 0.0
) -> Iterator[Recording]:
    """Attach all signals of a protocol to a cell, and detach them at the end.

    Args:
        cell: The cell.
        protocol: What is recorded.
        drives: Its drives in this run.
        step_ms: Fixed step of a run that nothing can interrupt for a sample; 0 for others.

    Raises:
        ProtocolError: If a place has no such variable, naming signal and place.
    """
    recording = Recording(cell, drives, protocol.duration_ms, step_ms)
    try:
        for signal in protocol.signals:
            recording.add(signal)
        yield recording
    finally:
        recording.remove()


class _Taker(ABC):
    """One signal under way."""

    def __init__(self, recording: Recording, signal: Signal, places: Sequence[Place]) -> None:
        self.recording = recording
        self.signal = signal
        self.places = places
        self.attach()

    @abstractmethod
    def attach(self) -> None:
        """Start recording."""

    @abstractmethod
    def trace(self) -> Trace:
        """Return a copy of what was recorded."""

    def made(self, unit: str, t_ms: FloatArray, columns: Sequence[FloatArray]) -> Trace:
        """Return the trace; one place gives a vector, several give columns."""
        values = columns[0] if len(columns) == 1 else np.stack(columns, axis=1)
        segments = [nearest_segment(self.recording.cell, place) for place in self.places]
        places = tuple(
            trace_place(self.recording.cell, segment, place)
            for segment, place in zip(segments, self.places, strict=True)
        )
        return Trace(self.signal.name, self.signal.variable, unit, t_ms, values, places)


class _Variable(_Taker):
    """A range variable, or a variable of a point process of the cell."""

    def attach(self) -> None:
        cell, signal = self.recording.cell, self.signal
        pointers = [pointer_of(cell, signal, place) for place in self.places]
        self.columns = [self.recording.samples(one, signal.interval_ms) for one in pointers]

    def trace(self) -> Trace:
        t = self.recording.times(self.signal.interval_ms)
        unit = unit_of(self.recording.cell, self.signal)
        return self.made(unit, t, [samples() for samples in self.columns])


class _Stimulus(_Taker):
    """The current that the drives really inject into the segments of the places, summed, nA."""

    def attach(self) -> None:
        table = self.recording.cell.structure.compartments
        self.parts: list[list[tuple[Callable[[], FloatArray], int]]] = []
        for place in self.places:
            segment = table.segment_at(place.section, place.x)
            self.parts.append(
                [
                    (self.recording.samples(pointer, self.signal.interval_ms), sign)
                    for where, pointer, sign in self.recording.drives.currents
                    if where == segment
                ]
            )

    def trace(self) -> Trace:
        t = self.recording.times(self.signal.interval_ms)
        columns = []
        for parts in self.parts:
            total = np.zeros(len(t))
            for samples, sign in parts:
                total += sign * samples()
            columns.append(total)
        return self.made("nA", t, columns)


class _Spikes(_Taker):
    """Times of upward crossings, by NEURON's own detector."""

    def attach(self) -> None:
        if len(self.places) != 1:
            raise ProtocolError(
                f"signal {self.signal.name!r}: spikes are detected at one place, got "
                f"{len(self.places)}"
            )
        cell, detectors = self.recording.cell, self.recording.detectors
        sender = cell.structure.spike_process
        if sender and isinstance(self.signal.location, SpikeSource):
            self.detector, self.times = _listener(cell.point_process(sender))
            return
        index = nearest_segment(cell, self.places[0])
        own = self.signal.threshold_mV
        level = float(cell.structure.spike_threshold_mV if own is None else own)
        if index not in detectors:
            detectors[index] = _detector(cell.centre(index), level)
        detector, self.times = detectors[index]
        if detector.threshold != level:
            raise ProtocolError(
                f"signal {self.signal.name!r}: NEURON detects one level per segment, and another "
                f"signal detects {detector.threshold:g} mV there; record `v` instead"
            )

    def trace(self) -> Trace:
        t = np.array(self.times, dtype=np.float64)
        return self.made("", t, [np.ones(len(t))])


def _listener(sender: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Return a connection that hears a point process, and the vector that gets the times."""
    connection, times = h.NetCon(sender, None), h.Vector()
    connection.record(times)
    return connection, times


def _detector(segment: Any, threshold_mV: float) -> tuple[Any, Any]:  # noqa: ANN401
    """Return a detector of upward crossings in a segment, and the vector that gets their times."""
    detector = h.NetCon(segment._ref_v, None, sec=segment.sec)
    detector.threshold = threshold_mV
    times = h.Vector()
    detector.record(times)
    return detector, times


def pointer_of(cell: LiveCell, signal: Signal, place: Place) -> Any:  # noqa: ANN401
    """Return a reference to what a signal means at a place.

    Raises:
        ProtocolError: If there is no such variable, with close matches.
    """
    owner, _, rest = signal.variable.rpartition(".")
    if owner in cell.point_processes:
        return _reference(cell.point_process(owner), rest, signal, owner)
    segment = cell.centre(nearest_segment(cell, place))
    return _reference(segment, _range_name(signal), signal, str(segment))


def unit_of(cell: LiveCell, signal: Signal) -> str:
    """Return the unit of what a signal records."""
    owner, _, rest = signal.variable.rpartition(".")
    if owner in cell.point_processes:
        kind = cell.point_process(owner).hname().split("[", maxsplit=1)[0]
        return engine.unit(f"{kind}.{rest}")
    return engine.unit(_range_name(signal))


def _range_name(signal: Signal) -> str:
    owner, _, rest = signal.variable.rpartition(".")
    return f"{rest}_{owner}" if owner else rest


def nearest_segment(cell: LiveCell, place: Place) -> int:
    """Return the index of the segment whose centre is nearest to a place, the lower on a tie."""
    table = cell.structure.compartments
    n = int(table.nseg[place.section])
    # ceil(x n) - 1 is the segment left of a border, which is the lower one of a tie.
    local = min(max(int(np.ceil(place.x * n)) - 1, 0), n - 1)
    return int(table.first[place.section]) + local


def trace_place(cell: LiveCell, segment: int, asked: Place) -> TracePlace:
    """Return where a segment is, beside the place that was asked for."""
    table = cell.structure.compartments
    section = table.morphology.sections[int(table.section[segment])].name
    return TracePlace(section, float(table.x[segment]), float(table.distance_um[segment]), asked)


def _reference(owner: Any, variable: str, signal: Signal, where: str) -> Any:  # noqa: ANN401
    found = getattr(owner, f"_ref_{variable}", None)
    # Arrays and functions come as other types; recording one would fail deep inside NEURON.
    if type(found).__name__ == "HocObject":
        return found
    known = _names(owner)
    hint = "it is no single number" if variable in known else did_you_mean(variable, known)
    raise ProtocolError(
        f"signal {signal.name!r}: nothing called {signal.variable!r} to record at {where}; {hint}"
    )


def _names(owner: Any) -> list[str]:  # noqa: ANN401
    if not hasattr(owner, "sec"):
        return [name for name in dir(owner) if not name.startswith("_")]
    known = [variable.name() for mechanism in owner for variable in mechanism]
    return [*known, "v", "cm", MEMBRANE_CURRENT]
