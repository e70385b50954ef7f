"""Several processes as one: numbers gathered, and all fail if one does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from bouton.errors import EngineError
from bouton.model.locations import Place
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import Network, NetworkResponse, RecordedTrace
from bouton.model.traces import Trace, TracePlace
from bouton.nrn.engine import h, parallel
from bouton.nrn.launch import launched

_fallen_out: list[str] = []


def start() -> tuple[int, int]:
    """Return the number of this process and of all that an MPI launcher started.

    Raises:
        EngineError: If several processes were launched but know nothing of each other.
    """
    wanted = launched()
    rank, ranks = int(parallel.id()), int(parallel.nhost())
    if ranks != wanted:
        raise EngineError(
            f"{wanted} processes were launched, but NEURON sees {ranks}: it found no MPI library, "
            "or another one than the launcher's. Use the mpirun that belongs to the library; "
            "`pip install mpich` brings both (Linux, macOS), or set MPI_LIB_NRN_PATH"
        )
    return rank, ranks


def gathered(values: FloatArray) -> FloatArray:
    """Return the values of all processes, one after another, on process 0; empty elsewhere."""
    ranks = int(parallel.nhost())
    if ranks == 1:
        return values
    counts = h.Vector(ranks).fill(0)
    counts.x[0] = len(values)
    out = h.Vector()
    parallel.alltoall(h.Vector(values), counts, out)
    return np.array(out, dtype=np.float64)


def shared(values: IntArray) -> IntArray:
    """Return the values of all processes, one after another, on every process."""
    ranks = int(parallel.nhost())
    if ranks == 1:
        return values
    out = h.Vector()
    every = h.Vector(np.tile(values.astype(np.float64), ranks))
    parallel.alltoall(every, h.Vector(ranks).fill(len(values)), out)
    return np.array(out, dtype=np.float64).astype(np.int64)


def summed(values: Sequence[float]) -> list[float]:
    """Return the sums of values over all processes."""
    if int(parallel.nhost()) == 1:
        return list(values)
    return [float(parallel.allreduce(float(value), 1)) for value in values]


@contextmanager
def together() -> Iterator[None]:
    """Make all processes fail if one did, so that none waits for it for ever.

    The block must hold nothing that processes do with each other, but for `together` and `in_step`.

    Raises:
        EngineError: If another process failed in its block and this one did not.
    """
    problem = True
    try:
        yield
        problem = False
    finally:
        if int(parallel.nhost()) > 1 and not _fallen_out:
            failed = parallel.allreduce(1.0 if problem else 0.0, 1)
            if failed and not problem:
                raise EngineError("another process of this simulation failed; see its message")


@contextmanager
def in_step() -> Iterator[None]:
    """Do what processes do with each other; one that fails here cannot tell those that wait for it.

    So it tells nobody any more, and its end ends them all.
    """
    try:
        yield
    except BaseException as error:
        if int(parallel.nhost()) > 1:
            _fallen_out.append(type(error).__name__)
        raise


def gathered_recordings(network: Network, response: NetworkResponse) -> tuple[RecordedTrace, ...]:
    """Return the recorded signals of all processes on process 0, in the network's order.

    Every signal travels as text and two arrays of numbers.
    """
    if int(parallel.nhost()) == 1:
        return response.recordings
    heads = [_head(one) for one in response.recordings]
    text = np.frombuffer(json.dumps(heads).encode() + b"\n", dtype=np.uint8).astype(np.float64)
    parts = [[one.trace.t_ms, one.trace.values.ravel()] for one in response.recordings]
    numbers = gathered(np.concatenate([np.empty(0), *(a for part in parts for a in part)]))
    lines = bytes(gathered(text).astype(np.uint8)).splitlines()
    found: dict[tuple[int, int, int], RecordedTrace] = {}
    start = 0
    order = [one.name for one in network.recordings]
    order += [one.name for one in network.synapse_recordings]
    for head in (one for line in lines for one in json.loads(line)):
        size, shape = head["size"], head["shape"]
        middle, end = start + size, start + size + int(np.prod(shape))
        values = numbers[middle:end].reshape(shape)
        places = tuple(TracePlace(p[0], p[1], p[2], Place(p[3], p[4])) for p in head["places"])
        name, variable, unit = head["trace"]
        recording, population, cell, connections = head["owner"]
        trace = Trace(name, variable, unit, numbers[start:middle], values, places)
        key = (order.index(recording), cell, len(found))
        found[key] = RecordedTrace(
            recording, population, cell, trace, connections, tuple(head["sources"])
        )
        start = end
    return tuple(found[key] for key in sorted(found))


def _head(one: RecordedTrace) -> dict[str, Any]:
    trace = one.trace
    return {
        "owner": [one.recording, one.population, one.cell, one.connections],
        "sources": list(one.sources),
        "trace": [trace.name, trace.variable, trace.unit],
        "size": len(trace.t_ms),
        "shape": list(trace.values.shape),
        "places": [
            [p.section, p.x, p.distance_um, p.asked.section, p.asked.x] for p in trace.places
        ],
    }
