"""One protocol on one live cell: drives in, traces out, nothing left behind."""

from __future__ import annotations

import math
from time import process_time
from typing import Any

import numpy as np

from bouton.errors import SimulationError
from bouton.model.protocol import MEMBRANE_CURRENT, Protocol
from bouton.model.traces import Response, RunStatistics
from bouton.nrn import engine, gate, integration
from bouton.nrn.cells import LiveCell
from bouton.nrn.drives import attached
from bouton.nrn.engine import h
from bouton.nrn.randomness import restart_generators
from bouton.nrn.recording import record


def run_protocol(cell: LiveCell, protocol: Protocol, name: str = "protocol") -> Response:
    """Run a protocol and return its traces.

    The run starts from `v_init_mV` everywhere with every state at its initial value, so it does
    not depend on what ran before.

    Args:
        cell: A built cell with its settings applied.
        protocol: What to do.
        name: Name for the response.

    Raises:
        ProtocolError: If a drive or signal does not fit the cell.
        LocationError: If a location finds no place.
        SimulationError: If the run failed or its traces make no sense; `reason` says why.
    """
    engine.check_thread()
    if not cell.is_open:
        raise SimulationError("cell closed", "build the cell again; this one was closed")
    began = process_time()
    currents = any(signal.variable == MEMBRANE_CURRENT for signal in protocol.signals)
    values = integration.wanted(protocol.integration, membrane_current=currents)
    with integration.applied(values), attached(cell, protocol.drives) as drives:
        recording = record(cell, protocol, drives)
        attached_at = process_time()
        restart_generators()
        for streams in (cell.streams, drives.streams):
            streams.restart(protocol.integration.seed)
        steps = _integrate(protocol, recording.clock(0.0))
        ran_at = process_time()
        integration.verify(values)
        traces = recording.traces()
        end_mV = np.array(cell.potentials_mV())
        del recording
    gate.check_traces(traces, protocol)
    gate.check_values(end_mV, "the potential at the end")
    gate.check_range(end_mV, protocol.validity, "the potential at the end")
    cpu_s = {
        "attach": attached_at - began,
        "run": ran_at - attached_at,
        "collect": process_time() - ran_at,
    }
    return Response(name, traces, protocol, RunStatistics(cpu_s, steps))


def _integrate(protocol: Protocol, clock: Any) -> int:  # noqa: ANN401
    try:
        h.finitialize(protocol.integration.v_init_mV)
        if protocol.integration.method == "cvode":
            return _variable_steps(protocol.duration_ms, clock)
        return _fixed_steps(protocol.duration_ms, protocol.integration.dt_ms)
    except RuntimeError as error:
        detail = " ".join(str(error).split()).removeprefix("hocobj_call error: ")
        raise SimulationError("solver failed", f"{detail} at t = {h.t:g} ms") from error


def _variable_steps(duration_ms: float, clock: Any) -> int:  # noqa: ANN401
    """Take whole integrator steps until one is recorded that reaches the duration.

    NEURON records a step when it starts the next one, and samples at fixed intervals interrupt
    steps; so the clock of recorded steps, not `h.t`, says how far the traces go.
    """
    while h.t < duration_ms or clock[-1] < duration_ms:
        h.fadvance()
    return len(clock) - 1


def _fixed_steps(duration_ms: float, dt_ms: float) -> int:
    """Take the smallest number of steps that reaches the duration."""
    steps = math.ceil(duration_ms / dt_ms * (1.0 - 1e-12))
    # psolve rounds down to whole steps; it costs a third of the standard run loop.
    engine.parallel.set_maxstep(10)
    engine.parallel.psolve((steps + 0.25) * dt_ms)
    return steps
