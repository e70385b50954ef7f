"""The four neurons, type by type, against an integration that knows nothing of NEURON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from bouton_plugins.izhikevich.tables import (
    TYPES_2003,
    TYPES_2007,
    parameters_2003,
    parameters_2007,
)

INPUT_2003 = {
    "tonic spiking": 14.0,
    "phasic spiking": 0.5,
    "tonic bursting": 15.0,
    "phasic bursting": 0.6,
    "mixed mode": 10.0,
    "spike frequency adaptation": 30.0,
    "class 1": 35.0,
    "class 2": 0.6,
    "spike latency": 7.0,
    "resonator": 1.0,
    "integrator": 35.0,
    "inhibition-induced spiking": 75.0,
    "inhibition-induced bursting": 81.0,
}
INPUT_2007 = {
    "RS": 100.0,
    "IB": 500.0,
    "CH": 300.0,
    "LTS": 200.0,
    "FS": 200.0,
    "TC": 100.0,
    "TC_burst": 100.0,
    "RTN": 110.0,
    "RTN_burst": 110.0,
}
DURATION_MS = 100.0
CASES = [
    *(
        (f"izhikevich-2003{x}", kind, INPUT_2003.get(kind, 1.0))
        for x in "ab"
        for kind in TYPES_2003
    ),
    *((f"izhikevich-2007{x}", kind, INPUT_2007[kind]) for x in "ab" for kind in TYPES_2007),
]
RUN = """
import json, sys
from bouton import Integration, registry
from bouton.nrn import integration
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import cvode, h
told = []
for name, kind, current in json.load(sys.stdin):
    template = registry.cell_templates[name](type=kind)
    values = {p.name: p.default for p in template.parameters} | {"Iin": current}
    structure = template.structure(None, values)
    run = Integration("cvode", absolute_tolerance=1e-9, relative_tolerance=1e-9)
    # Order 2 finds when a level is crossed; order 1 takes the end of the step.
    settings = {**integration.wanted(run), "cvode.condition_order": 2}
    with LiveCell(structure, template.settings(structure, values)) as cell:
        izh, place = cell.point_process("izh"), cell.sections[0](0.5)
        own = getattr(izh, "_ref_V", None) or place._ref_v
        with integration.applied(settings):
            potential, u = h.Vector().record(own, 0.5), h.Vector().record(izh._ref_u, 0.5)
            spikes, listener = h.Vector(), h.NetCon(izh, None)
            listener.record(spikes)
            h.finitialize(-65)
            cvode.solve(100)
            told.append({"potential": list(potential), "u": list(u), "spikes": list(spikes)})
            del potential, u, listener
json.dump(told, sys.stdout)
"""


@pytest.fixture(scope="module")
def ours() -> dict[tuple[str, str], dict[str, Any]]:
    """Every case, run in one process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(CASES),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return {(name, kind): one for (name, kind, _), one in zip(CASES, told, strict=True)}


Change = Callable[[float, Any], list[float]]


def of_2003(kind: str, current: float) -> tuple[Change, Any, Any, list[float]]:
    p = parameters_2003(kind)

    def change(_: float, y: Any) -> list[float]:
        v, u = y
        return [
            0.04 * v**2 + p["f"] * v + p["g"] - u + current,
            p["a"] * (p["b"] * v - u),
        ]

    return change, lambda y: y[0] - 30.0, lambda y: [p["c"], y[1] + p["d"]], [-65.0, -65.0 * p["b"]]


def of_2007(kind: str, current: float) -> tuple[Change, Any, Any, list[float]]:
    """The equations as chapter 8 prints them, type by type."""
    name = kind.removesuffix("_burst")
    p = parameters_2007(kind)

    def pull(v: float) -> float:
        if name == "FS":
            return 0.025 * (v + 55.0) ** 3 if v > -55.0 else 0.0
        if name in ("TC", "RTN"):
            low, high = {"TC": (15.0, 0.0), "RTN": (10.0, 2.0)}[name]
            return (low if v <= -65.0 else high) * (v + 65.0)
        return {"RS": -2.0, "IB": 5.0, "CH": 1.0, "LTS": 8.0}[name] * (v - p["vr"])

    def change(_: float, y: Any) -> list[float]:
        v, u = y
        return [
            (p["k"] * (v - p["vr"]) * (v - p["vt"]) - u + current) / p["C"],
            p["a"] * (pull(v) - u),
        ]

    peaks: Mapping[str, Callable[[float], float]] = {
        "LTS": lambda u: 40.0 - 0.1 * u,
        "TC": lambda u: 35.0 + 0.1 * u,
    }
    resets: Mapping[str, Callable[[float], list[float]]] = {
        "LTS": lambda u: [-53.0 + 0.04 * u, min(u + 20.0, 670.0)],
        "FS": lambda u: [-45.0, u],
        "TC": lambda u: [-60.0 - 0.1 * u, u + 10.0],
    }
    peak = peaks.get(name, lambda _: p["vpeak"])
    reset = resets.get(name, lambda u: [p["c"], u + p["d"]])
    return change, lambda y: y[0] - peak(y[1]), lambda y: reset(y[1]), [p["vr"], 0.0]


def integrated(case: tuple[Change, Any, Any, list[float]]) -> tuple[Any, Any, list[float]]:
    """Return both variables every 0.5 ms, and the spikes."""
    change, above, reset, y = case

    def event(_: float, state: Any) -> float:
        return float(above(state))

    event.terminal, event.direction = True, 1  # type: ignore[attr-defined]
    grid = np.arange(0.0, DURATION_MS + 0.25, 0.5)
    table = np.full((2, len(grid)), np.nan)
    t, spikes = 0.0, []
    while t < DURATION_MS:
        part = solve_ivp(
            change,
            (t, DURATION_MS),
            y,
            "DOP853",
            events=event,
            dense_output=True,
            rtol=1e-10,
            atol=1e-10,
            max_step=0.5,
        )
        inside = (grid >= t) & (grid <= part.t[-1])
        table[:, inside] = part.sol(grid[inside])
        t = float(part.t[-1])
        if part.status == 1:
            spikes.append(t)
            y = reset(part.y[:, -1])
            if above(y) >= 0:
                break
    return table, grid, spikes


@pytest.mark.parametrize(("name", "kind", "current"), CASES)
def test_spikes_and_traces_agree(
    ours: dict[tuple[str, str], dict[str, Any]], name: str, kind: str, current: float
) -> None:
    case = of_2003(kind, current) if "2003" in name else of_2007(kind, current)
    table, grid, spikes = integrated(case)
    found = ours[name, kind]
    assert len(found["spikes"]) == len(spikes)
    np.testing.assert_allclose(found["spikes"], spikes, atol=5e-3)
    # Near a spike a few microseconds are millivolts, so samples there say nothing.
    count = len(found["u"])
    table, grid = table[:, :count], grid[:count]
    far = np.all(np.abs(grid[:, None] - np.array([*spikes, -1e9])) > 1.0, axis=1)
    np.testing.assert_allclose(np.array(found["potential"])[far], table[0][far], atol=0.2)
    np.testing.assert_allclose(np.array(found["u"])[far], table[1][far], rtol=5e-3, atol=0.1)


def test_the_inputs_make_most_types_fire(ours: dict[tuple[str, str], dict[str, Any]]) -> None:
    silent = sorted(kind for (name, kind), one in ours.items() if not one["spikes"])
    assert len(silent) <= len(ours) // 2, silent
