"""Recorded spikes of cells in a network.

NEURON has one detector of crossings per place, with one level and one list of times, and a network
needs it to send spikes. So recorders take the spikes that the cell sends, or the potential.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import evolve

from bouton.errors import ProtocolError
from bouton.model.locations import SpikeSource
from bouton.model.morphology import FloatArray
from bouton.model.protocol import SPIKES, Signal
from bouton.model.traces import Trace
from bouton.nrn.cells import LiveCell
from bouton.nrn.recording import nearest_segment, trace_place


def without_detectors(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """Return what is to be recorded in NEURON for some signals, spikes as potentials."""
    return tuple(
        evolve(one, variable="v", interval_ms=0.0) if one.variable == SPIKES else one
        for one in signals
        if not _is_own(one)
    )


def spike_trace(
    signal: Signal, cell: LiveCell, sent_ms: FloatArray, potential: Trace | None
) -> Trace:
    """Return recorded spikes.

    Args:
        signal: What was asked for.
        cell: The cell.
        sent_ms: Spikes that the cell sent, ms.
        potential: What was recorded in their place, None for spikes that the cell sends itself.

    Raises:
        ProtocolError: If they are wanted at several places.
    """
    if potential is None:
        (place,) = cell.places(signal.location)
        where = (trace_place(cell, nearest_segment(cell, place), place),)
        return Trace(signal.name, SPIKES, "", sent_ms, np.ones(len(sent_ms)), where)
    if potential.values.ndim != 1:
        raise ProtocolError(
            f"signal {signal.name!r}: spikes are detected at one place, got {len(potential.places)}"
        )
    own = cell.structure.spike_threshold_mV
    above = potential.values > (own if signal.threshold_mV is None else signal.threshold_mV)
    t_ms = potential.t_ms[1:][above[1:] & ~above[:-1]]
    return Trace(signal.name, SPIKES, "", t_ms, np.ones(len(t_ms)), potential.places)


def _is_own(signal: Signal) -> bool:
    """Return whether the spikes that a cell sends are wanted, as it detects them."""
    is_source = isinstance(signal.location, SpikeSource)
    return signal.variable == SPIKES and is_source and signal.threshold_mV is None
