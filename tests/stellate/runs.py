"""Runs experiments on mechanisms in a fresh NEURON: `python runs.py LIBRARY JOBS.json OUT.npz`.

Kept apart from pytest because a process can hold one library of mechanisms only.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
from neuron import h

SPECIFIC = 1e18  # uF/cm2: with this capacitance no current moves the voltage


def clamped(job: Any) -> Any:
    sec = h.Section(name="cell")
    sec.L, sec.diam, sec.cm = 20.0, job.get("diam", 4.0), SPECIFIC
    sec.nseg = job.get("nseg", 1)  # all segments are alike
    for name, values in job.get("mechanisms", {}).items():
        sec.insert(name)
        for segment in sec:
            for variable, value in values.items():
                setattr(segment, f"{variable}_{name}", value)
    return sec


def solver(job: Any) -> Any:
    cvode = h.CVode()
    h.secondorder = job.get("secondorder", 0)
    cvode.active(not job.get("dt"))
    if job.get("dt"):
        h.dt = job["dt"]
    else:
        cvode.atol(job.get("atol", 1e-10))
        cvode.maxstep(1e9)
    return cvode


def advance(cvode: Any, until: float) -> None:
    if cvode.active():
        cvode.solve(until)
    else:
        for _ in range(round((until - h.t) / h.dt)):
            h.fadvance()


def voltage_clamp(job: Any) -> Any:
    """Hold a series of voltages; return the variables at the end of each."""
    sec = clamped(job)
    cvode = solver(job)
    h.finitialize(job["steps"][0][0])
    for variable, value in job.get("ions", {}).items():
        for segment in sec:
            setattr(segment, variable, value)
    places = [segment.x for segment in sec] if job.get("nseg") else [0.5]

    def read() -> list[list[float]]:
        return [[h.t, *(getattr(sec(x), name) for name in job["read"])] for x in places]

    rows = [read()]
    stop = 0.0
    for v, duration in job["steps"]:
        for segment in sec:
            segment.v = v
        if cvode.active():
            cvode.re_init()
        stop += duration
        advance(cvode, stop)
        cvode.re_init() if cvode.active() else h.fcurrent()
        rows.append(read())
    table = np.array(rows)
    return table if job.get("nseg") else table[:, 0]


def synapse(job: Any) -> Any:
    """Send events to a synapse on a clamped section; return the variables at given times."""
    sec = clamped(job)
    point = getattr(h, job["mechanism"])(sec(0.5))
    for variable, value in job.get("values", {}).items():
        setattr(point, variable, value)
    lines = []
    for times, weight in job["trains"]:
        line = h.NetCon(None, point)
        line.weight[0] = weight
        lines.append((line, times))
    handler = h.FInitializeHandler(lambda: [one.event(t) for one, times in lines for t in times])
    cvode = solver(job)
    h.finitialize(job["v"])
    del handler
    rows = []
    for until in job["times"]:
        advance(cvode, until)
        cvode.re_init() if cvode.active() else h.fcurrent()
        rows.append([h.t, *(getattr(point, name) for name in job["read"])])
    return np.array(rows)


def main() -> None:
    library, jobs, out = sys.argv[1:]
    h.nrn_load_dll(library)
    results = {}
    for name, job in json.loads(Path(jobs).read_text()).items():
        h.celsius = job["celsius"]
        results[name] = globals()[job["kind"]](job)
    np.savez(out, **results)


if __name__ == "__main__":
    main()
