"""Runs clamp experiments in a fresh NEURON: `python clamps.py LIBRARY JOBS.json OUT.npz`.

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


def section(job: Any) -> Any:
    sec = h.Section(name="cell")
    sec.L = sec.diam = 20.0
    sec.cm = job.get("cm", 1.0)
    for name, values in job["mechanisms"].items():
        sec.insert(name)
        for variable, value in values.items():
            setattr(sec(0.5), f"{variable}_{name}", value)
    for variable, value in job.get("ions", {}).items():
        setattr(sec(0.5), variable, value)
    return sec


def solver(job: Any) -> Any:
    cvode = h.CVode()
    cvode.active(not job.get("dt"))
    if job.get("dt"):
        h.dt = job["dt"]
    else:
        cvode.use_local_dt(bool(job.get("local")))
        cvode.atol(job.get("atol", 1e-10))
        cvode.rtol(job.get("rtol", 0.0))
        cvode.maxstep(job.get("maxstep", 1e9))
    return cvode


def read(sec: Any, names: Any) -> Any:
    return [getattr(sec(0.5), f"_ref_{name}")[0] for name in names]


def voltage_clamp(job: Any) -> Any:
    """Hold a series of voltages; return the variables at the end of each."""
    sec = section({**job, "cm": SPECIFIC})
    cvode = solver(job)
    h.finitialize(job["steps"][0][0])
    for variable, value in job.get("ions", {}).items():
        setattr(sec(0.5), variable, value)
    rows = [[0.0, *read(sec, ["v", *job["read"]])]]
    stop = 0.0
    for v, duration in job["steps"]:
        sec(0.5).v = v
        if cvode.active():
            cvode.re_init()
        stop += duration
        if cvode.active():
            cvode.solve(stop)
        else:
            for _ in range(round(duration / h.dt)):
                h.fadvance()
        h.fcurrent() if not cvode.active() else cvode.re_init()
        rows.append([h.t, *read(sec, ["v", *job["read"]])])
    return np.array(rows)


def current_clamp(job: Any) -> Any:
    """Inject a pulse; return time, voltage and variables at every step taken."""
    cells = [section(job) for _ in range(job.get("cells", 1))]
    clamps = []
    for number, sec in enumerate(cells):
        clamp = h.IClamp(sec(0.5))
        clamp.delay, clamp.dur, clamp.amp = job["pulse"]
        clamp.delay += number
        clamps.append(clamp)
    cvode = solver(job)
    watched = cells[-1]
    t = h.Vector()
    columns = [h.Vector() for _ in ("v", *job["read"])]
    for vector, name in zip(columns, ("v", *job["read"]), strict=True):
        ref = getattr(watched(0.5), f"_ref_{name}")
        if job.get("local"):
            cvode.record(ref, vector, t, sec=watched)
        else:
            vector.record(ref)
    if not job.get("local"):
        t.record(h._ref_t)
    h.finitialize(job["v_init"])
    if job.get("local"):
        cvode.solve(job["stop"])
    else:
        while h.t < job["stop"]:
            h.fadvance()
    del clamps
    return np.column_stack([t.as_numpy(), *(c.as_numpy() for c in columns)])


def interface(job: Any) -> Any:
    """Return defaults, units and kinds of the variables of a mechanism."""
    told = {}
    name = job["mechanism"]
    for kind, label in ((1, "parameter"), (2, "assigned"), (3, "state")):
        standard = h.MechanismStandard(name, kind)
        text = h.ref("")
        for index in range(int(standard.count())):
            standard.name(text, index)
            variable = text[0]
            told[variable] = [label, h.units(variable) if "_" in variable else ""]
            if label == "parameter":
                told[variable].append(standard.get(variable))
    for variable in job.get("globals", []):
        told[variable] = ["global", h.units(variable), getattr(h, variable)]
    return np.array(json.dumps(told))


def point_process(job: Any) -> Any:
    """Drive a passive cell with `epsp`; return time, current, the copy of v, and v."""
    sec = section({**job, "mechanisms": {"pas": {}}})
    process = h.epsp(sec(0.5))
    for variable, value in job["values"].items():
        setattr(process, variable, value)
    solver(job)
    refs = (h._ref_t, process._ref_i, process._ref_myv, sec(0.5)._ref_v)
    vectors = [h.Vector().record(ref) for ref in refs]
    h.finitialize(-70)
    while h.t < job["stop"]:
        h.fadvance()
    return np.column_stack([vector.as_numpy() for vector in vectors])


def rates(job: Any) -> Any:
    """Call a FUNCTION of a mechanism for many arguments."""
    sec = h.Section()
    sec.insert(job["mechanism"])
    function = getattr(getattr(sec(0.5), job["mechanism"]), job["function"])
    return np.array([function(*arguments) for arguments in job["arguments"]])


def reversal(job: Any) -> Any:
    """Return eca and cai after initialisation."""
    sec = section(job)
    h.celsius = job["celsius"]
    h.finitialize(-75)
    return np.array([sec(0.5).eca, sec(0.5).cai, h.FARADAY, h.R])


def main() -> None:
    library, jobs, out = sys.argv[1:]
    h.nrn_load_dll(library)
    h.celsius = 34
    results = {}
    for name, job in json.loads(Path(jobs).read_text()).items():
        results[name] = globals()[job["kind"]](job)
    np.savez(out, **results)


if __name__ == "__main__":
    main()
