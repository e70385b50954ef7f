"""Every channel against the published equations, written here anew and solved by scipy.

Voltage clamp: the voltage is a step function, so each gate has the exact solution
x_inf + (x0 - x_inf) exp(-t/tau). The clamp is a capacitance that no current can charge.
Current clamp: one compartment with a leak, against an implicit Runge-Kutta method.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy import exp
from scipy.integrate import solve_ivp

from bouton.nrn.compiling import FAST, PLAIN, compile_catalogue
from bouton_mechanisms import hay_folder

QT = 2.3**1.3


def ratio(x: Any) -> Any:
    """x/(exp(x) - 1), by a function that keeps its digits near 0."""
    return 1.0 if x == 0 else x / np.expm1(x)


def from_rates(alpha: Any, beta: Any, qt: Any = 1.0) -> Any:
    return alpha / (alpha + beta), 1 / (alpha + beta) / qt


def sigmoid(x: Any) -> Any:
    return 1 / (1 + exp(x))


def ca_hva(v: Any) -> Any:
    return {
        "m": from_rates(0.055 * 3.8 * ratio((-27 - v) / 3.8), 0.94 * exp((-75 - v) / 17)),
        "h": from_rates(0.000457 * exp((-13 - v) / 50), 0.0065 / (exp((-v - 15) / 28) + 1)),
    }


def ca_lvast(v: Any) -> Any:
    u = v + 10
    return {
        "m": (sigmoid((u + 30) / -6), (5 + 20 * sigmoid((u + 25) / 5)) / QT),
        "h": (sigmoid((u + 80) / 6.4), (20 + 50 * sigmoid((u + 40) / 7)) / QT),
    }


def ih(v: Any) -> Any:
    alpha = 0.001 * 6.43 * 11.9 * ratio((v + 154.9) / 11.9)
    return {"m": from_rates(alpha, 0.001 * 193 * exp(v / 33.1))}


def im(v: Any) -> Any:
    alpha, beta = (3.3e-3 * exp(sign * 2.5 * 0.04 * (v + 35)) for sign in (1, -1))
    return {"m": from_rates(alpha, beta, QT)}


def k_pst(v: Any) -> Any:
    u = v + 10
    tau_m = 1.25 + (175.03 * exp(0.026 * u) if u < -50 else 13 * exp(-0.026 * u))
    tau_h = 360 + (1010 + 24 * (u + 55)) * exp(-(((u + 75) / 48) ** 2))
    return {"m": (sigmoid(-(u + 1) / 12), tau_m / QT), "h": (sigmoid((u + 54) / 11), tau_h / QT)}


def k_tst(v: Any) -> Any:
    u = v + 10
    tau_m = 0.34 + 0.92 * exp(-(((u + 71) / 59) ** 2))
    tau_h = 8 + 49 * exp(-(((u + 73) / 23) ** 2))
    return {"m": (sigmoid(-u / 19), tau_m / QT), "h": (sigmoid((u + 66) / 10), tau_h / QT)}


def sodium(v_m: Any, v_h: Any, slope_m: Any = 6.0, slope_h: Any = 6.0) -> Any:
    def gates(v: Any) -> Any:
        y, z = (v - v_m) / slope_m, (v - v_h) / slope_h
        return {
            "m": from_rates(0.182 * slope_m * ratio(-y), 0.124 * slope_m * ratio(y), QT),
            "h": from_rates(0.015 * slope_h * ratio(z), 0.015 * slope_h * ratio(-z), QT),
        }

    return gates


def nap_et2(v: Any) -> Any:
    m = sodium(-38, -66)(v)["m"]
    alpha = 2.88e-6 * 4.63 * ratio((v + 17) / 4.63)
    beta = 6.94e-6 * 2.63 * ratio(-(v + 64.4) / 2.63)
    return {
        "m": (sigmoid((v + 52.6) / -4.6), 6 * m[1]),
        "h": (sigmoid((v + 48.8) / 10), from_rates(alpha, beta, QT)[1]),
    }


def skv3_1(v: Any) -> Any:
    return {"m": (sigmoid((v - 18.7) / -9.7), 0.2 * 20 * sigmoid((v + 46.56) / -44.14))}


def sk_e2(ca: Any) -> Any:
    ca = ca + 1e-7 if ca < 1e-7 else ca
    return {"z": (1 / (1 + (0.00043 / ca) ** 4.8), 1.0)}


SHIFTED = {"vshiftm": 7.0, "vshifth": -3.0, "slopem": 9.0, "slopeh": 5.0}
# name: gates, powers, current, reversal (mV), parameters, voltages where a rate is 0/0 as published
CHANNELS = {
    "Ca_HVA": (ca_hva, {"m": 2, "h": 1}, "ica", 120.0, {}, (-27.0,)),
    "Ca_LVAst": (ca_lvast, {"m": 2, "h": 1}, "ica", 120.0, {}, ()),
    "Ih": (ih, {"m": 1}, "ihcn", -45.0, {}, (-154.9,)),
    "Im": (im, {"m": 1}, "ik", -85.0, {}, ()),
    "K_Pst": (k_pst, {"m": 2, "h": 1}, "ik", -85.0, {}, (-60.0,)),
    "K_Tst": (k_tst, {"m": 4, "h": 1}, "ik", -85.0, {}, ()),
    "NaTa_t": (sodium(-38, -66), {"m": 3, "h": 1}, "ina", 50.0, {}, (-38.0, -66.0)),
    "NaTs2_t": (sodium(-32, -60), {"m": 3, "h": 1}, "ina", 50.0, {}, (-32.0, -60.0)),
    "NaTg": (sodium(-31, -69, 9, 5), {"m": 3, "h": 1}, "ina", 50.0, SHIFTED, (-31.0, -69.0)),
    "Nap_Et2": (nap_et2, {"m": 3, "h": 1}, "ina", 50.0, {}, (-38.0, -17.0, -64.4)),
    "SKv3_1": (skv3_1, {"m": 1}, "ik", -85.0, {}, ()),
}
REVERSAL = {"ica": "eca", "ik": "ek", "ina": "ena"}
G = 0.002  # S/cm2
LEAK, E_LEAK, V_INIT = 1e-4, -70.0, -75.0
PULSE = (2.0, 20.0, 0.25)  # delay ms, duration ms, nA
AREA_CM2 = math.pi * 20e-4 * 20e-4
STEPS = [(-80.0, 3.0), (-100.0, 5.0), (-65.0, 5.0), (0.0, 2.0), (30.0, 1.0), (-50.0, 20.0)]
OFFSETS = (0.0, 1e-9, -1e-9, 1e-6, -1e-4, 0.3)


def gate_names(name: Any) -> Any:
    return [f"{gate}_{name}" for gate in CHANNELS[name][1]]


def base(name: Any) -> Any:
    _, _, current, reversal, parameters, _ = CHANNELS[name]
    ions = {REVERSAL[current]: reversal} if current in REVERSAL else {}
    return {"mechanisms": {name: {f"g{name}bar": G, **parameters}}, "ions": ions}


def reads(name: Any) -> Any:
    current = CHANNELS[name][2]
    own = f"{current}_{name}"
    return [*gate_names(name), f"g{name}_{name}", own]


def experiments() -> Any:
    jobs = {}
    for name, (*_, singular) in CHANNELS.items():
        clamp = {"kind": "voltage_clamp", **base(name), "read": reads(name)}
        jobs[f"{name}/clamp"] = {**clamp, "steps": STEPS}
        jobs[f"{name}/clamp/fixed"] = {**clamp, "steps": STEPS, "dt": 0.25}
        for place in singular:
            for number, offset in enumerate(OFFSETS):
                steps = [(-80.0, 1.0), (place + offset, 2.0)]
                jobs[f"{name}/singular/{place}/{number}"] = {**clamp, "steps": steps}
        jobs[f"{name}/current"] = current_job(name)
        jobs[f"{name}/default"] = {**current_job(name), "atol": 1e-3, "maxstep": 1e9}
        jobs[f"{name}/fixed"] = {**current_job(name), "dt": 0.025}
    jobs["NaTa_t/local"] = {**current_job("NaTa_t"), "cells": 3, "local": True, "atol": 1e-5}
    jobs |= calcium_experiments()
    for name in INTERFACES:
        names = [f"{word}_{name}" for word in INTERFACES[name].get("globals", ())]
        jobs[f"{name}/interface"] = {"kind": "interface", "mechanism": name, "globals": names}
    for name, function in (("NaTa_t", "linoid"), ("Ca_HVA", "linoid")):
        arguments = [(x, math.exp(x)) for x in LINOID_POINTS]
        jobs[f"{name}/{function}"] = {
            "kind": "rates",
            "mechanism": name,
            "function": function,
            "arguments": arguments,
        }
    for number, (tau0, tau1) in enumerate(EPSP_TAUS):
        values = {"onset": 5.0, "tau0": tau0, "tau1": tau1, "imax": 0.5}
        jobs[f"epsp/{number}"] = {
            "kind": "point_process",
            "values": values,
            "dt": EPSP_DT,
            "stop": 40.0,
        }
    return jobs


def current_job(name: Any) -> Any:
    job = {"kind": "current_clamp", **base(name), "read": gate_names(name)}
    job["mechanisms"] = {"pas": {"g": LEAK, "e": E_LEAK}, **job["mechanisms"]}
    return {**job, "pulse": PULSE, "v_init": V_INIT, "stop": 40.0, "atol": 1e-10}


POOL = {"gamma": 0.01, "decay": 20.0, "depth": 0.1, "minCai": 1e-4}
SK_CONCENTRATIONS = (1e-8, 9.9e-8, 1e-7, 5e-5, 4.3e-4, 2e-3)
LINOID_POINTS = [sign * 10.0**power for power in range(-12, 2) for sign in (1, -1)] + [
    0.0,
    *(sign * (0.05 + delta) for sign in (1, -1) for delta in (0.0, 1e-12, -1e-12)),
    *np.linspace(-0.06, 0.06, 41).tolist(),
]
EPSP_DT = 0.0125  # ms
EPSP_TAUS = ((0.2, 3.0), (1.0, 5.0), (5.0, 1.0), (2.0, 2.0), (2.0, 2.0 * (1 + 1e-5)))


def calcium_experiments() -> Any:
    jobs = {}
    steps = [(-80.0, 2.0), (0.0, 10.0), (-70.0, 20.0)]
    for pool in ("CaDynamics_E2_v2", "CaDynamics_E2"):
        mechanisms = {
            "Ca_HVA": {"gCa_HVAbar": 1e-4},
            pool: POOL,
            "SK_E2": {"gSK_E2bar": 1e-3},
        }
        jobs[f"{pool}/clamp"] = {
            "kind": "voltage_clamp",
            "mechanisms": mechanisms,
            "read": ["cai", "eca", "ica", "z_SK_E2", "ik"],
            "steps": steps,
        }
        jobs[f"{pool}/reversal"] = {"kind": "reversal", "mechanisms": {pool: {}}, "celsius": 34.0}
    mechanisms = {
        "pas": {"g": LEAK, "e": E_LEAK},
        "Ca_HVA": {"gCa_HVAbar": 1e-3},
        "CaDynamics_E2_v2": POOL,
        "SK_E2": {"gSK_E2bar": 1e-3},
    }
    jobs["calcium/current"] = {
        **current_job("Ca_HVA"),
        "mechanisms": mechanisms,
        "ions": {"ek": -85.0},
        "read": ["cai"],
    }
    for number, cai in enumerate(SK_CONCENTRATIONS):
        jobs[f"SK_E2/{number}"] = {
            "kind": "voltage_clamp",
            "mechanisms": {"SK_E2": {"gSK_E2bar": G}},
            "ions": {"ek": -85.0, "cai": cai},
            "read": ["z_SK_E2", "ik_SK_E2"],
            "steps": [(-60.0, 3.0)],
        }
    return jobs


GATES = {"m": ["state", ""], "h": ["state", ""]}
INTERFACES = {
    name: {
        "parameters": {f"g{name}bar": ("S/cm2", 1e-5), **more},
        "assigned": {f"g{name}": "S/cm2", current: "mA/cm2"},
        "states": states,
    }
    for name, current, states, more in [
        ("Ca_HVA", "ica", "mh", {}),
        ("Ca_LVAst", "ica", "mh", {}),
        ("Ih", "ihcn", "m", {}),
        ("Im", "ik", "m", {}),
        ("K_Pst", "ik", "mh", {}),
        ("K_Tst", "ik", "mh", {}),
        ("NaTa_t", "ina", "mh", {}),
        ("NaTs2_t", "ina", "mh", {}),
        ("Nap_Et2", "ina", "mh", {}),
        ("SKv3_1", "ik", "m", {}),
        (
            "NaTg",
            "ina",
            "mh",
            {
                "vshiftm": ("mV", 0.0),
                "vshifth": ("mV", 0.0),
                "slopem": ("mV", 6.0),
                "slopeh": ("mV", 6.0),
            },
        ),
    ]
}
INTERFACES["Ih"]["globals"] = {"ehcn": ("mV", -45.0)}
INTERFACES["SK_E2"] = {
    "parameters": {"gSK_E2bar": ("mho/cm2", 1e-6)},
    "assigned": {"gSK_E2": "mho/cm2", "ik": "mA/cm2"},
    "states": "z",
    "globals": {"zTau": ("ms", 1.0)},
}
for pool in ("CaDynamics_E2", "CaDynamics_E2_v2"):
    INTERFACES[pool] = {
        "parameters": {
            "gamma": ("", 0.05),
            "decay": ("ms", 80.0),
            "depth": ("um", 0.1),
            "minCai": ("mM", 1e-4),
        },
        "assigned": {},
        "states": "",
    }
INTERFACES["epsp"] = {
    "parameters": {
        "onset": ("ms", 0.0),
        "tau0": ("ms", 0.2),
        "tau1": ("ms", 3.0),
        "imax": ("nA", 0.0),
    },
    "assigned": {"i": "nA", "myv": "mV"},
    "states": "",
}


def run(folder: Any, options: Any, jobs: Any) -> Any:
    library = compile_catalogue(hay_folder(), name="hay", options=options)
    (folder / "jobs.json").write_text(json.dumps(jobs))
    script = Path(__file__).parent / "clamps.py"
    out = folder / "out.npz"
    command = [sys.executable, str(script), str(library), str(folder / "jobs.json"), str(out)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stderr
    with np.load(out) as results:
        return dict(results)


@pytest.fixture(scope="module")
def fast(tmp_path_factory: Any) -> Any:
    return run(tmp_path_factory.mktemp("fast"), FAST, experiments())


@pytest.fixture(scope="module")
def plain(tmp_path_factory: Any) -> Any:
    wanted = ("default", "local", "fixed", "clamp")
    jobs = {key: job for key, job in experiments().items() if key.split("/")[1] in wanted}
    return run(tmp_path_factory.mktemp("plain"), PLAIN, jobs)


def exact_clamp(name: Any, steps: Any) -> Any:
    """Rows of gates at the start and at the end of each step."""
    gates, powers, *_ = CHANNELS[name]
    state = {gate: gates(steps[0][0])[gate][0] for gate in powers}
    rows = [list(state.values())]
    for v, duration in steps:
        for gate, (steady, tau) in gates(v).items():
            state[gate] = steady + (state[gate] - steady) * exp(-duration / tau)
        rows.append(list(state.values()))
    return np.array(rows)


@pytest.mark.parametrize("name", CHANNELS)
@pytest.mark.parametrize(("solver", "tolerance"), [("clamp", 1e-8), ("clamp/fixed", 1e-12)])
def test_gates_in_voltage_clamp_follow_the_equations(
    fast: Any, name: Any, solver: Any, tolerance: Any
) -> None:
    _, powers, _, reversal, _, _ = CHANNELS[name]
    rows = fast[f"{name}/{solver}"]
    expected = exact_clamp(name, STEPS)
    gates = rows[:, 2 : 2 + len(powers)]
    assert rows[1:, 1] == pytest.approx([v for v, _ in STEPS], abs=1e-9)  # the clamp holds
    assert gates == pytest.approx(expected, abs=tolerance)
    conductance = G * np.prod(expected ** list(powers.values()), axis=1)
    assert rows[1:, -2] == pytest.approx(conductance[1:], abs=G * 10 * tolerance)
    current = conductance * (rows[:, 1] - reversal)
    assert rows[1:, -1] == pytest.approx(current[1:], abs=G * 2000 * tolerance)


@pytest.mark.parametrize(
    ("name", "place"), [(name, place) for name, c in CHANNELS.items() for place in c[-1]]
)
def test_gates_near_a_singular_voltage_follow_the_equations(
    fast: Any, name: Any, place: Any
) -> None:
    for number, offset in enumerate(OFFSETS):
        rows = fast[f"{name}/singular/{place}/{number}"]
        expected = exact_clamp(name, [(-80.0, 1.0), (place + offset, 2.0)])
        gates = rows[:, 2 : 2 + expected.shape[1]]
        assert gates == pytest.approx(expected, abs=1e-8), offset


@pytest.mark.parametrize("name", ["NaTa_t", "Ca_HVA"])
def test_removable_singularity_keeps_all_digits(fast: Any, name: Any) -> None:
    found = fast[f"{name}/linoid"]
    # Beside the series, exp(x) - 1 loses digits in proportion to 1/|x|, at most 20 times.
    assert found == pytest.approx([ratio(x) for x in LINOID_POINTS], rel=2e-14)


def reference(name: Any) -> Any:
    gates, powers, _, reversal, _, _ = CHANNELS[name]

    def slope(t: Any, y: Any) -> Any:
        v = y[0]
        told = gates(v)
        derivative = [
            (told[gate][0] - x) / told[gate][1] for gate, x in zip(powers, y[1:], strict=True)
        ]
        g = G * np.prod([x**power for x, power in zip(y[1:], powers.values(), strict=True)])
        injected = PULSE[2] * 1e-6 / AREA_CM2 if PULSE[0] <= t < PULSE[0] + PULSE[1] else 0.0
        current = injected - LEAK * (v - E_LEAK) - g * (v - reversal)
        return [current * 1e3, *derivative]

    start = [V_INIT, *(gates(V_INIT)[gate][0] for gate in powers)]
    return slope, start


def solve(slope: Any, start: Any, times: Any) -> Any:
    """Integrate piece by piece: the pulse has two jumps."""
    rows = np.empty((len(times), len(start)))
    state = np.array(start)
    edges = [0.0, PULSE[0], PULSE[0] + PULSE[1], times[-1] + 1e-9]
    for number, (begin, end) in enumerate(pairwise(edges)):
        inside = (times >= begin) & ((times < end) if number < 2 else (times <= end))
        # The middle of the piece decides whether the pulse is on, not a rounded edge.
        shifted = lambda t, y, b=begin, e=end: slope(min(max(t, b + 1e-12), e - 1e-12), y)  # noqa: E731
        done = solve_ivp(
            shifted, (begin, end), state, "LSODA", dense_output=True, rtol=1e-12, atol=1e-13
        )
        assert done.success
        rows[inside] = done.sol(times[inside]).T
        state = done.y[:, -1]
    return rows


@pytest.mark.parametrize("name", CHANNELS)
def test_voltage_in_current_clamp_is_that_of_scipy(fast: Any, name: Any) -> None:
    rows = fast[f"{name}/current"]
    expected = solve(*reference(name), rows[:, 0])
    assert np.ptp(expected[:, 0]) > 5  # something happens
    assert np.abs(rows[:, 1] - expected[:, 0]).max() < 1e-6
    assert np.abs(rows[:, 2:] - expected[:, 1:]).max() < 1e-6


def nernst(cai: Any, faraday: Any, gas: Any) -> Any:
    return 1e3 * gas * (273.15 + 34) / (2 * faraday) * np.log(2.0 / cai)


def calcium_slope(y: Any, v: Any, faraday: Any, gas: Any, g_ca: Any) -> Any:
    m, h, cai, z = y
    told, steady_z = ca_hva(v), sk_e2(cai)["z"][0]
    ica = g_ca * m * m * h * (v - nernst(cai, faraday, gas))
    inflow = -1e4 * ica * POOL["gamma"] / (2 * faraday * POOL["depth"])
    return [
        (told["m"][0] - m) / told["m"][1],
        (told["h"][0] - h) / told["h"][1],
        inflow - (cai - POOL["minCai"]) / POOL["decay"],
        steady_z - z,
    ], ica


@pytest.mark.parametrize(("pool", "start"), [("CaDynamics_E2_v2", 1e-4), ("CaDynamics_E2", 5e-5)])
def test_calcium_pool_and_what_hangs_on_it_in_voltage_clamp(
    fast: Any, pool: Any, start: Any
) -> None:
    faraday, gas = fast[f"{pool}/reversal"][2:]
    gates = ca_hva(-80.0)
    # The SK gate starts at the concentration it finds, which another mechanism may still change.
    state = [gates["m"][0], gates["h"][0], start, fast[f"{pool}/clamp"][0, 5]]
    for number, (v, duration) in enumerate([(-80.0, 2.0), (0.0, 10.0), (-70.0, 20.0)]):
        done = solve_ivp(
            lambda _, y, v=v: calcium_slope(y, v, faraday, gas, 1e-4)[0],
            (0, duration),
            state,
            "LSODA",
            rtol=1e-12,
            atol=1e-15,
        )
        state = done.y[:, -1]
        cai, eca, ica, z, ik = fast[f"{pool}/clamp"][number + 1, 2:]
        assert cai == pytest.approx(state[2], rel=1e-6)
        assert eca == pytest.approx(nernst(state[2], faraday, gas), abs=1e-6)
        assert ica == pytest.approx(calcium_slope(state, v, faraday, gas, 1e-4)[1], rel=1e-6)
        assert z == pytest.approx(state[3], abs=1e-7)
        assert ik == pytest.approx(1e-3 * state[3] * (v + 77), abs=1e-9)


def test_calcium_spike_of_a_compartment_is_that_of_scipy(fast: Any) -> None:
    rows = fast["calcium/current"]
    faraday, gas = fast["CaDynamics_E2_v2/reversal"][2:]

    def slope(t: Any, y: Any) -> Any:
        v, *rest = y
        derivative, ica = calcium_slope(rest, v, faraday, gas, 1e-3)
        injected = PULSE[2] * 1e-6 / AREA_CM2 if PULSE[0] <= t < PULSE[0] + PULSE[1] else 0.0
        current = injected - LEAK * (v - E_LEAK) - ica - 1e-3 * rest[3] * (v + 85.0)
        return [current * 1e3, *derivative]

    gates = ca_hva(V_INIT)
    start = [V_INIT, gates["m"][0], gates["h"][0], 1e-4, sk_e2(1e-4)["z"][0]]
    expected = solve(slope, start, rows[:, 0])
    assert np.ptp(expected[:, 3]) > 1e-4
    assert np.abs(rows[:, 1] - expected[:, 0]).max() < 1e-6
    assert np.abs(rows[:, 2] - expected[:, 3]).max() < 1e-9


def test_calcium_reversal_follows_nernst(fast: Any) -> None:
    eca, cai, faraday, gas = fast["CaDynamics_E2_v2/reversal"]
    assert cai == pytest.approx(1e-4)
    assert eca == pytest.approx(131.06, abs=0.005)
    assert eca == pytest.approx(nernst(cai, faraday, gas), abs=1e-9)
    assert fast["CaDynamics_E2/reversal"][:2] == pytest.approx([140.24, 5e-5], abs=0.005)


@pytest.mark.parametrize(("number", "cai"), list(enumerate(SK_CONCENTRATIONS)))
def test_sk_gate_follows_the_concentration(fast: Any, number: Any, cai: Any) -> None:
    rows = fast[f"SK_E2/{number}"]
    steady = sk_e2(cai)["z"][0]
    z = steady + (rows[0, 2] - steady) * exp(-3.0)
    assert rows[1, 2] == pytest.approx(z, abs=1e-9, rel=1e-9)
    assert rows[1, 3] == pytest.approx(G * z * (-60 + 85), abs=1e-10)


@pytest.mark.parametrize("name", INTERFACES)
def test_interface_is_the_published_one(fast: Any, name: Any) -> None:
    told = json.loads(str(fast[f"{name}/interface"]))
    suffix = "" if name == "epsp" else f"_{name}"
    expected = INTERFACES[name]
    wanted = {
        f"{word}{suffix}": ["parameter", unit, value]
        for word, (unit, value) in expected["parameters"].items()
    }
    wanted |= {f"{w}{suffix}": ["assigned", unit] for w, unit in expected["assigned"].items()}
    wanted |= {f"{gate}_{name}": ["state", ""] for gate in expected["states"]}
    for word, (unit, value) in expected.get("globals", {}).items():
        wanted[f"{word}_{name}"] = ["global", unit, value]
    if name == "epsp":  # NEURON gives units by mechanism for density mechanisms only
        wanted = {key: [row[0], "", *row[2:]] for key, row in wanted.items()}
    assert told == wanted


def epsp_current(t: Any, tau0: Any, tau1: Any) -> Any:
    s = t - 5.0
    if tau0 == tau1:
        shape = s / tau0 * exp(1 - s / tau0)
    else:
        peak = tau0 * tau1 * math.log(tau0 / tau1) / (tau0 - tau1)
        top = math.exp(-peak / tau1) - math.exp(-peak / tau0)
        shape = (exp(-s / tau1) - exp(-s / tau0)) / top
    return np.where(s < 0, 0.0, -0.5 * shape)


@pytest.mark.parametrize(("number", "taus"), list(enumerate(EPSP_TAUS)))
def test_epsp_has_the_published_shape_and_peak(fast: Any, number: Any, taus: Any) -> None:
    t, i, copy, v = fast[f"epsp/{number}"].T
    # NEURON's fixed step evaluates currents in the middle of the step.
    expected = epsp_current(t - EPSP_DT / 2, *taus)
    is_near_limit = abs(taus[0] - taus[1]) < 1e-3
    assert np.abs(i - expected)[1:].max() < (1e-9 if is_near_limit else 1e-12)
    assert i.min() == pytest.approx(-0.5, abs=1e-4)
    assert np.all(i <= 0)
    assert v.max() > -70 + 5  # negative membrane current depolarises
    assert np.abs(copy[1:] - v[:-1]).max() < 1e-9 or np.abs(copy - v).max() < 1e-9


@pytest.mark.parametrize("name", CHANNELS)
def test_fast_and_plain_libraries_give_one_trace_at_a_fixed_step(
    fast: Any, plain: Any, name: Any
) -> None:
    ours, theirs = fast[f"{name}/fixed"], plain[f"{name}/fixed"]
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-9
    assert fast[f"{name}/clamp/fixed"] == pytest.approx(plain[f"{name}/clamp/fixed"], abs=1e-12)


@pytest.mark.parametrize("job", [*(f"{name}/default" for name in CHANNELS), "NaTa_t/local"])
def test_fast_and_plain_libraries_let_the_variable_step_go_the_same_way(
    fast: Any, plain: Any, job: Any
) -> None:
    ours, theirs = fast[job], plain[job]
    assert len(ours) == len(theirs)  # as many steps
    assert np.ptp(ours[:, 1]) > 5
    # The step size follows the estimated error, which magnifies rounding: compare at equal times.
    v = np.interp(ours[:, 0], theirs[:, 0], theirs[:, 1])
    assert np.abs(ours[:, 1] - v).max() < 1e-3
