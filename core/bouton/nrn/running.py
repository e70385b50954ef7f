"""One protocol on one live cell: drives in, traces out, nothing left behind."""

from __future__ import annotations

from time import process_time

import numpy as np

from bouton.errors import EngineError, SimulationError
from bouton.model.protocol import MEMBRANE_CURRENT, Protocol
from bouton.model.traces import Response, RunStatistics
from bouton.nrn import engine, gate, integration
from bouton.nrn.cells import LiveCell
from bouton.nrn.drives import arriving, attached
from bouton.nrn.engine import h
from bouton.nrn.frames import run_fixed, run_variable
from bouton.nrn.randomness import restart_generators
from bouton.nrn.recording import Recording, recorded


def run_protocol(cell: LiveCell, protocol: Protocol, name: str = "protocol") -> Response:
    """Run a protocol and return its traces.

    The run starts from `v_init_mV` everywhere with every state at its initial value, so it does
    not depend on what ran before.

    Args:
        cell: A built cell with its settings applied.
        protocol: What to do.
        name: Name for the response.

    Raises:
        ProtocolError: If a drive or signal does not fit the cell, or the protocol's temperature
            or starting potential is not the one that the cell is bound to.
        LocationError: If a location finds no place.
        EngineError: If the cell is closed, or in another thread.
        SimulationError: If the run failed or its traces make no sense; `reason` says why.
    """
    engine.check_thread()
    if not cell.is_open:
        raise EngineError("the cell is closed; build it again")
    integration.check_bound(cell.structure, protocol.integration)
    began = process_time()
    currents = any(signal.variable == MEMBRANE_CURRENT for signal in protocol.signals)
    values = integration.wanted(protocol.integration, membrane_current=currents)
    with (
        integration.applied(values),
        attached(cell, protocol.drives) as drives,
        arriving(cell, protocol.events),
        recorded(cell, protocol, drives) as recording,
    ):
        attached_at = process_time()
        restart_generators()
        for streams in (cell.streams, drives.streams):
            streams.restart(protocol.integration.seed)
        steps = _integrate(protocol, recording)
        ran_at = process_time()
        integration.verify(values)
        traces = recording.traces()
        end_mV = np.array(cell.potentials_mV())
    gate.check_traces(traces, protocol)
    gate.check_values(end_mV, "the potential at the end")
    gate.check_range(end_mV, protocol.validity, "the potential at the end")
    cpu_s = {
        "attach": attached_at - began,
        "run": ran_at - attached_at,
        "collect": process_time() - ran_at,
    }
    return Response(name, traces, protocol, RunStatistics(cpu_s, steps))


def _integrate(protocol: Protocol, recording: Recording) -> int:
    settings = protocol.integration
    frames = recording.frames.values()
    try:
        h.finitialize(settings.v_init_mV)
        if settings.method == "cvode":
            return run_variable(frames, protocol.duration_ms, recording.clock)
        return run_fixed(frames, protocol.duration_ms, settings.dt_ms)
    except RuntimeError as error:
        detail = " ".join(str(error).split()).removeprefix("hocobj_call error: ")
        raise SimulationError("solver failed", f"{detail} at t = {h.t:g} ms") from error
