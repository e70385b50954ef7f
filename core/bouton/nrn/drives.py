"""Drives of a protocol, alive for one run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from attrs import define, field

from bouton.errors import CellError, MechanismError, ProtocolError
from bouton.model.morphology import FloatArray
from bouton.model.protocol import Drive, EventTrain, PointDrive, WaveformDrive
from bouton.nrn import sections
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.randomness import RandomStreams

_FOREVER_MS = 1e9


@define(eq=False)
class Attached:
    """The drives of one run.

    Attributes:
        points: Point processes; NEURON drops one when nothing refers to it any more.
        vectors: Vectors that play into them.
        currents: Segment index, pointer and sign of every current that can be recorded.
        streams: Random streams of the point processes.
    """

    points: list[Any] = field(factory=list)
    vectors: list[Any] = field(factory=list)
    currents: list[tuple[int, Any, int]] = field(factory=list)
    streams: RandomStreams = field(factory=RandomStreams)

    def remove(self) -> None:
        """Take every drive out of the cell."""
        for vector in self.vectors:
            vector.play_remove()
        self.streams.clear()
        self.currents.clear()
        self.vectors.clear()
        self.points.clear()


@contextmanager
def attached(cell: LiveCell, drives: Iterable[Drive]) -> Iterator[Attached]:
    """Attach drives to a cell and remove them at the end.

    Raises:
        ProtocolError: If a drive does not fit, naming it.
    """
    live = Attached()
    try:
        for drive in drives:
            _attach(live, cell, drive)
        yield live
    finally:
        live.remove()


@contextmanager
def arriving(cell: LiveCell, trains: Iterable[EventTrain]) -> Iterator[None]:
    """Send events to point processes of a cell in the run that starts next.

    Raises:
        ProtocolError: If the cell has no such point process, or it takes no events.
    """
    connections = [(_connection(cell, train), train) for train in trains]

    def queue() -> None:
        for connection, train in connections:
            for time_ms in train.times_ms.tolist():
                connection.event(time_ms)

    # NEURON empties its queue when it initialises a run, so events are queued right after that.
    handler = h.FInitializeHandler(1, queue) if connections else None
    try:
        yield
    finally:
        connections.clear()
        del handler


def _connection(cell: LiveCell, train: EventTrain) -> Any:  # noqa: ANN401
    try:
        connection = h.NetCon(None, cell.point_process(train.point))
    except CellError as error:
        raise ProtocolError(f"events for {train.point!r}: {error}") from error
    except RuntimeError as error:
        raise ProtocolError(f"point process {train.point!r} takes no events") from error
    connection.delay = 0.0
    connection.weight[0] = train.weight
    return connection


def _attach(live: Attached, cell: LiveCell, drive: Drive) -> None:
    for place in cell.places(drive.location):
        segment = cell.structure.compartments.segment_at(place.section, place.x)
        if isinstance(drive, WaveformDrive):
            point = _play(live, cell.at(place), drive)
            live.currents.append((segment, point._ref_i, 1))
        else:
            point = _point(cell, place, drive)
            if drive.current:
                live.currents.append((segment, _current(point, drive), drive.sign))
            live.streams.add_point(f"drive {len(live.points)}", point)
        live.points.append(point)


def _point(cell: LiveCell, place: Any, drive: PointDrive) -> Any:  # noqa: ANN401
    if drive.catalogues:
        from bouton.nrn.catalogues import load

        load(drive.catalogues)
    known = (*cell.structure.catalogues, *drive.catalogues)
    try:
        return sections.point_process(drive.mechanism, cell.at(place), drive.values, known)
    except (CellError, MechanismError) as error:
        raise ProtocolError(f"drive {drive.mechanism!r} at {drive.location}: {error}") from error


def _current(point: Any, drive: PointDrive) -> Any:  # noqa: ANN401
    try:
        return getattr(point, f"_ref_{drive.current}")
    except AttributeError as error:
        raise ProtocolError(
            f"drive {drive.mechanism!r} has no current {drive.current!r} to record; name its "
            "current, or leave it empty"
        ) from error


def _play(live: Attached, segment: Any, drive: WaveformDrive) -> Any:  # noqa: ANN401
    clamp = h.IClamp(segment)
    clamp.delay, clamp.dur, clamp.amp = 0.0, _FOREVER_MS, 0.0
    t, current = drive.t_ms, drive.current_nA
    if drive.interpolate:
        t, current = _with_ends(t, current)
    values, times = h.Vector(current), h.Vector(t)
    if drive.interpolate:
        values.play(clamp._ref_amp, times, True)
    else:
        values.play(clamp._ref_amp, times)
    live.vectors.extend((values, times))
    return clamp


def _with_ends(t_ms: FloatArray, current_nA: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a waveform whose lines NEURON follows from 0 to for ever.

    NEURON holds the first value before the first point, and after a jump in the last point the
    mean of the two values there; so 0 goes in front and the last value far behind.
    """
    front = ([0.0, t_ms[0]], [0.0, 0.0]) if t_ms[0] > 0 else ([], [])
    return (
        np.concatenate((front[0], t_ms, [2 * _FOREVER_MS])),
        np.concatenate((front[1], current_nA, current_nA[-1:])),
    )
