"""Channels, calcium and synapses of the stellate cell against the equations, solved by scipy.

Voltage clamp: the voltage is a step function, so each gate and each linear scheme has an exact
solution. At a fixed step a scheme must take exactly the backward Euler step that the equations say.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from bouton.nrn.compiling import FAST, PLAIN, compile_catalogue
from bouton_mechanisms import stellate_folder


def _beside(name: str) -> Any:
    """Return the module in a file of this folder; test folders are no packages."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


k = _beside("kinetics")
G = 0.002
TEMPERATURES = (22.0, 32.0, 37.0)
STEPS = [(-65.0, 3.0), (-100.0, 5.0), (-50.0, 4.0), (0.0, 2.0), (30.0, 1.0), (-70.0, 20.0)]
CAI = 1.3e-3
# name: gates, powers, parameter, current, driving force, voltages where something jumps or is 0/0
GATED: dict[str, Any] = {
    "Kir2_3": (k.kir2_3, {"d": 1}, "gkbar", "ik", k.ohmic(-84), ()),
    "Kv1_1": (k.kv1_1, {"n": 4}, "gbar", "ik", k.ohmic(-84), ()),
    "Kv3_4": (k.kv3_4, {"m": 3, "h": 1}, "gkbar", "ik", k.ohmic(-84), (-46.0, -11.0)),
    "Kv4_3": (k.kv4_3, {"a": 3, "b": 1}, "gkbar", "ik", k.ohmic(-84), ()),
    "Km": (k.km, {"n": 1}, "gkbar", "ik", k.ohmic(-84), ()),
    "HCN1": (k.hcn1, {"h": 1}, "gbar", "ih", k.ohmic(-34.4), ()),
    "Cav2_1": (k.cav2_1, {"m": 3}, "pcabar", "ica", k.permeation, (-40.0, 0.0)),
    "Cav3_2": (k.cav3_2, {"m": 2, "h": 1}, "gcabar", "ica", k.nernst, ()),
    "Cav3_3": (k.cav3_3, {"n": 2, "l": 1}, "pcabar", "ica", k.published_ghk, (-60.0, 0.0)),
}
SODIUM = ["C1", "C2", "C3", "C4", "C5", "O", "B", "I1", "I2", "I3", "I4", "I5", "I6"]
# name: scheme, states, open states, parameter, current, reversal
SCHEMES: dict[str, Any] = {
    "Nav1_1": (k.sodium(2.3, 1e-12, 2.7), SODIUM, ["O"], "gbar", "ina", 60.0),
    "Nav1_6": (k.sodium(0.75, 1.75, 3.0), SODIUM, ["O"], "gbar", "ina", 60.0),
    "Kca1_1": (
        lambda v, c: k.kca1_1(v, c, CAI),
        [f"{row}{i}" for row in "CO" for i in range(5)],
        [f"O{i}" for i in range(5)],
        "gbar",
        "ik",
        -84.0,
    ),
    "Kca2_2": (
        lambda v, c: k.kca2_2(v, c, CAI),
        ["c1", "c2", "c3", "c4", "o1", "o2"],
        ["o1", "o2"],
        "gkbar",
        "ik",
        -84.0,
    ),
}
OFFSETS = (0.0, 1e-9, -1e-9, 1e-6, -1e-4, 0.3, -0.3)
IONS = {"ik": {"ek": -84.0}, "ina": {"ena": 60.0}, "ih": {}, "ica": {"cai": CAI, "cao": k.CAO}}
FIXED_DT = 0.025

SYNAPSES: dict[str, Any] = {
    "AMPA": {
        "states": ["C", "O", "D"],
        "open": ["O"],
        "g": 2300.0,
        "Q": 1.1,
        "E": 0.0,
        "p": {"tau_facil": 10.8, "tau_rec": 35.1, "tau_1": 10.0, "U": 0.15},
    },
    "GABA": {
        "states": ["C", "CA1", "CA2", "OA1", "OA2", "DA1", "DA2", "DA2f"],
        "open": ["OA1", "OA2"],
        "g": 3230.0,
        "Q": 1.5,
        "E": -65.0,
        "p": {"tau_facil": 0.0, "tau_rec": 38.7, "tau_1": 1.0, "U": 0.42},
    },
    "NMDA": {
        "states": ["CC0", "CC1", "CC2", "D1", "D2", "C1", "C2", "O"],
        "open": ["O"],
        "g": 10000.0,
        "Q": 1.5,
        "E": -3.7,
        "p": {"tau_facil": 5.0, "tau_rec": 8.0, "tau_1": 1.0, "U": 0.15},
    },
}
EVENTS = [2.0, 2.2, 9.0, 9.1, 9.35, 19.0, 24.0, 61.0]  # some within a pulse of 0.3 ms
TIMES = [1.0, 2.1, 2.4, 2.6, 4.0, 9.2, 9.5, 12.0, 21.0, 30.0, 62.0, 80.0]
POOL_STEPS = [(-60.0, 5.0), (0.0, 4.0), (-70.0, 30.0)]


def experiments() -> dict[str, Any]:
    jobs: dict[str, Any] = {}
    for name, (_, powers, bar, current, _, special) in GATED.items():
        job = clamp_job(name, bar, current, list(powers))
        for c in TEMPERATURES:
            jobs[f"{name}/{c}"] = {**job, "celsius": c, "steps": STEPS}
        jobs[f"{name}/fixed"] = {**job, "celsius": 32.0, "steps": STEPS, "dt": 0.25}
        for v in special:
            for offset in OFFSETS:
                steps = [(-75.0, 1.0), (v + offset, 2.0)]
                jobs[f"{name}/{v}/{offset}"] = {**job, "celsius": 32.0, "steps": steps}
    for name, (_, states, _, bar, current, _) in SCHEMES.items():
        job = clamp_job(name, bar, current, states)
        if name.startswith("Kca"):
            job["ions"] = {"ek": -84.0, "cai": CAI}
        for c in TEMPERATURES:
            jobs[f"{name}/{c}"] = {**job, "celsius": c, "steps": STEPS}
        fixed = {**job, "celsius": 32.0, "steps": STEPS, "dt": FIXED_DT}
        jobs[f"{name}/fixed"] = fixed
        jobs[f"{name}/second"] = {**fixed, "secondorder": 2}
        jobs[f"{name}/many"] = {**fixed, "nseg": 21}  # whole vectors and what is left over
    for c in TEMPERATURES:
        jobs[f"cdp5/{c}"] = pool_job(c)
    jobs["cdp5/fixed"] = {**pool_job(32.0), "dt": FIXED_DT}
    jobs["cdp5/many"] = {**pool_job(32.0), "dt": FIXED_DT, "nseg": 21}
    return jobs | synapse_experiments()


def clamp_job(name: str, bar: str, current: str, states: list[str]) -> dict[str, Any]:
    read = [f"{state}_{name}" for state in states] + [f"{current}_{name}"]
    return {
        "kind": "voltage_clamp",
        "mechanisms": {name: {bar: G}},
        "ions": IONS[current],
        "read": ["v", *read],
    }


def pool_job(celsius: float) -> dict[str, Any]:
    return {
        "kind": "voltage_clamp",
        "celsius": celsius,
        "diam": 3.0,
        "atol": 1e-8,  # times 1e-3 for calcium, 1e-9 for the pump
        "mechanisms": {"Cav2_1": {"pcabar": 2e-4}, "cdp5": {"TotalPump": 5e-9}, "Kca1_1": {}},
        "steps": POOL_STEPS,
        "read": ["v", "cai", "ica", *(f"{name}_cdp5" for name in POOL), "C0_Kca1_1"],
    }


POOL = ("buffer", "cabuffer", "pv", "capv", "mgpv", "pump", "pumpca")


def synapse_experiments() -> dict[str, Any]:
    jobs = {}
    for name, about in SYNAPSES.items():
        job = {
            "kind": "synapse",
            "mechanism": name,
            "v": -60.0,
            "trains": [(EVENTS, 1.0)],
            "times": TIMES,
            "read": [*about["states"], "g", "i"],
        }
        for c in TEMPERATURES:
            jobs[f"{name}/{c}"] = {**job, "celsius": c}
        jobs[f"{name}/weight"] = {**job, "celsius": 32.0, "trains": [(EVENTS, 0.25)]}
        none = [(EVENTS, 0.0), (EVENTS, -1.0)]
        jobs[f"{name}/none"] = {**job, "celsius": 32.0, "trains": none}
        jobs[f"{name}/equal"] = {**job, "celsius": 32.0, "values": {"tau_1": 9.0, "tau_rec": 9.0}}
        many = np.arange(1.0, 200.0, 0.5).tolist()
        jobs[f"{name}/many"] = {
            **job,
            "celsius": 32.0,
            "trains": [(many, 1.0)],
            "times": [20.0, 100.0, 199.7, 230.0],
        }
        jobs[f"{name}/fixed"] = {**job, "celsius": 32.0, "dt": 0.0125}
    return jobs


def run(library: Path, jobs: dict[str, Any], folder: Path) -> Any:
    (folder / "jobs.json").write_text(json.dumps(jobs))
    runner = Path(__file__).with_name("runs.py")
    command = [sys.executable, str(runner), str(library), str(folder / "jobs.json")]
    subprocess.run([*command, str(folder / "out.npz")], check=True, capture_output=True)
    return np.load(folder / "out.npz")


@pytest.fixture(scope="module")
def fast(tmp_path_factory: Any) -> Any:
    library = compile_catalogue(stellate_folder(), name="stellate", options=FAST)
    return run(library, experiments(), tmp_path_factory.mktemp("fast"))


def exact_gates(name: str, steps: Any, celsius: float) -> Any:
    gates = GATED[name][0]
    state = {gate: told[0] for gate, told in gates(steps[0][0], celsius).items()}
    rows = [list(state.values())]
    for v, duration in steps:
        for gate, (steady, tau) in gates(v, celsius).items():
            state[gate] = steady + (state[gate] - steady) * np.exp(-duration / tau)
        rows.append(list(state.values()))
    return np.array(rows)


def check_gated(rows: Any, name: str, steps: Any, celsius: float, tolerance: float) -> None:
    _, powers, _, _, drive, _ = GATED[name]
    expected = exact_gates(name, steps, celsius)
    assert rows[:, 2:-1] == pytest.approx(expected, abs=tolerance)
    opened = G * np.prod(expected ** list(powers.values()), axis=1)[1:]
    current = opened * [drive(v, celsius, CAI) for v, _ in steps]
    assert rows[1:, -1] == pytest.approx(current, abs=1e3 * tolerance, rel=1e-5)


@pytest.mark.parametrize("name", GATED)
@pytest.mark.parametrize("celsius", TEMPERATURES)
def test_gates_follow_the_equations(fast: Any, name: str, celsius: float) -> None:
    check_gated(fast[f"{name}/{celsius}"], name, STEPS, celsius, 1e-8)


@pytest.mark.parametrize("name", GATED)
def test_gates_are_exact_at_any_fixed_step(fast: Any, name: str) -> None:
    check_gated(fast[f"{name}/fixed"], name, STEPS, 32.0, 1e-12)


@pytest.mark.parametrize(
    ("name", "v"), [(name, v) for name, about in GATED.items() for v in about[-1]]
)
def test_gates_near_special_voltages_follow_the_equations(fast: Any, name: str, v: float) -> None:
    for offset in OFFSETS:
        steps = [(-75.0, 1.0), (v + offset, 2.0)]
        check_gated(fast[f"{name}/{v}/{offset}"], name, steps, 32.0, 1e-8)


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("celsius", TEMPERATURES)
def test_schemes_follow_the_equations(fast: Any, name: str, celsius: float) -> None:
    scheme, states, opened, _, _, reversal = SCHEMES[name]
    rows = fast[f"{name}/{celsius}"]
    if not name.startswith("Kca"):  # calcium is set after the initialisation
        steady = k.steady(k.matrix(scheme(STEPS[0][0], celsius), states))
        assert rows[0, 2:-1] == pytest.approx(steady, abs=1e-8)
    x = rows[0, 2:-1]
    for number, (v, duration) in enumerate(STEPS, 1):
        x = expm(k.matrix(scheme(v, celsius), states) * duration) @ x
        assert rows[number, 2:-1] == pytest.approx(x, abs=2e-7)
        current = G * sum(x[states.index(s)] for s in opened) * (v - reversal)
        assert rows[number, -1] == pytest.approx(current, abs=1e-7)
    assert rows[:, 2:-1].sum(axis=1) == pytest.approx(1.0, abs=1e-8)


def implicit(name: str, x: Any, dt: float, *, second: bool = False) -> Any:
    """Return the states at the end of each clamp step by backward Euler, or half-way and on."""
    scheme, states = SCHEMES[name][:2]
    rows = [x]
    for v, duration in STEPS:
        rates = k.matrix(scheme(v, 32.0), states)
        step = np.linalg.inv(np.eye(len(states)) - (dt / 2 if second else dt) * rates)
        for _ in range(round(duration / dt)):
            x = 2 * (step @ x) - x if second else step @ x
        rows.append(x)
    return np.array(rows)


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("way", ["fixed", "second"])
def test_a_fixed_step_is_the_implicit_one(fast: Any, name: str, way: str) -> None:
    rows = fast[f"{name}/{way}"]
    expected = implicit(name, rows[0, 2:-1], FIXED_DT, second=way == "second")
    assert rows[:, 2:-1] == pytest.approx(expected, abs=1e-9)
    assert rows[:, 2:-1].sum(axis=1) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("name", [*SCHEMES, "cdp5"])
def test_segments_do_not_notice_each_other(fast: Any, name: str) -> None:
    alone, many = fast[f"{name}/fixed"], fast[f"{name}/many"]
    assert many.shape == (len(alone), 21, alone.shape[1])
    assert many == pytest.approx(np.broadcast_to(alone[:, None], many.shape), rel=1e-9, abs=1e-12)


def pool_slope(y: Any, v: float, celsius: float) -> Any:
    cai, buffer, cabuffer, pv, capv, mgpv, pump, pumpca, m = y
    diam, r = 3.0, 0.5
    dr = r / (10.9495 - 1) / 2
    volume = diam**2 * np.pi * (r - dr / 2) * 2 * dr
    edge = np.pi * diam
    ica = 2e-4 * m**3 * k.permeation(v, celsius, cai)
    bound = 0.1435 * cai * buffer - 0.0014 * cabuffer
    capturing = 107 * cai * pv - 9.5e-4 * capv
    magnesium = 0.8 * 0.59 * pv - 0.025 * mgpv
    taking = 0.003 * cai * pump - 1.75e-5 * pumpca  # mol/cm2/ms
    out = 7.255e-5 * pumpca
    inflow = -ica * edge * 1e4 / (2 * k.F) / volume
    steady, tau = k.cav2_1(v, celsius)["m"]
    return [
        inflow - bound - capturing - taking * 1e10 * edge / volume,
        -bound,
        bound,
        -capturing - magnesium,
        capturing,
        magnesium,
        out - taking,
        taking - out,
        (steady - m) / tau,
    ]


@pytest.mark.parametrize("celsius", TEMPERATURES)
def test_calcium_pool_follows_the_equations(fast: Any, celsius: float) -> None:
    rows = fast[f"cdp5/{celsius}"]
    assert rows[0, 2] == pytest.approx(45e-6, rel=1e-12)
    y = np.array([rows[0, 2], *rows[0, 4:11], k.cav2_1(-60.0, celsius)["m"][0]])
    for number, (v, duration) in enumerate(POOL_STEPS, 1):
        y = solved(lambda _, y, v=v: pool_slope(y, v, celsius), duration, y)
        told = rows[number]
        assert told[2] == pytest.approx(y[0], rel=1e-5)
        assert told[4:11] == pytest.approx(y[1:8], rel=1e-5)
        assert told[3] == pytest.approx(2e-4 * y[8] ** 3 * k.permeation(v, celsius, y[0]), rel=1e-5)
    assert rows[2, 2] > 20 * rows[1, 2]  # it fills while channels are open
    for members, total in (((0, 1), 60.9091), ((2, 3, 4), 0.08), ((5, 6), 5e-9)):
        sums = sum(rows[:, 4 + member] for member in members)
        assert sums == pytest.approx(total, rel=1e-7)


def solved(slope: Any, duration: float, start: Any) -> Any:
    done = solve_ivp(slope, (0, duration), start, "LSODA", rtol=1e-11, atol=1e-18)
    assert done.success
    return done.y[:, -1]


def test_calcium_is_there_before_the_channels_that_feel_it_start(fast: Any) -> None:
    states = SCHEMES["Kca1_1"][1]
    steady = k.steady(k.matrix(k.kca1_1(-60.0, 32.0, 45e-6), states))
    assert fast["cdp5/32.0"][0, -1] == pytest.approx(steady[0], abs=1e-9)


def test_the_pool_at_a_fixed_step_comes_near_the_equations(fast: Any) -> None:
    exact, fixed = fast["cdp5/32.0"], fast["cdp5/fixed"]
    assert fixed[1:, 2] == pytest.approx(exact[1:, 2], rel=0.03)
    assert fixed[:, 4] + fixed[:, 5] == pytest.approx(60.9091, rel=1e-9)
    assert fixed[:, 9] + fixed[:, 10] == pytest.approx(5e-9, rel=1e-9)


def expected_synapse(name: str, celsius: float, events: Any, times: Any, **changed: float) -> Any:
    """Return states at the given times, by scipy, pulse by pulse."""
    about = SYNAPSES[name]
    pulses = k.releases(events, {**about["p"], **changed}, is_ampa=name == "AMPA")
    edges = sorted({0.0, *times, *(edge for pulse in pulses for edge in pulse[:2])})
    x, rows = np.eye(len(about["states"]))[0], []
    scheme = {"AMPA": k.ampa, "GABA": k.gaba, "NMDA": k.nmda}[name]
    for begin, end in pairwise(edges):
        if name == "NMDA":
            past = [p for p in pulses if p[0] <= begin][-100:]

            def slope(t: float, y: Any, past: Any = past) -> Any:
                c = sum(k.diffused(t - start, y0) for start, _, y0 in past)
                return k.matrix(scheme(celsius, c), about["states"]) @ y

            done = solve_ivp(slope, (begin, end), x, "LSODA", rtol=1e-10, atol=1e-13)
            x = done.y[:, -1]
        else:
            y0 = next((p[2] for p in pulses if p[0] <= begin < p[1]), 0.0)
            x = expm(k.matrix(scheme(celsius, y0), about["states"]) * (end - begin)) @ x
        if end in times:
            rows.append(x)
    return np.array(rows)


def check_synapse(rows: Any, name: str, celsius: float, x: Any, weight: float = 1.0) -> None:
    about = SYNAPSES[name]
    assert rows[:, 1:-2] == pytest.approx(x, abs=2e-6)
    assert rows[:, 1:-2].sum(axis=1) == pytest.approx(1.0, abs=1e-7)
    g = weight * about["g"] * about["Q"] ** ((celsius - 30) / 10)
    g = g * sum(x[:, about["states"].index(s)] for s in about["open"])
    if name == "NMDA":
        g = g / (1 + np.exp(-(-60 + 20) / 13))
    assert rows[:, -2] == pytest.approx(g, abs=2e-6 * about["g"] * 1.5)
    assert rows[:, -1] == pytest.approx(1e-6 * g * (-60 - about["E"]), abs=1e-6)


@pytest.mark.parametrize("name", SYNAPSES)
@pytest.mark.parametrize("celsius", TEMPERATURES)
def test_synapses_follow_the_equations(fast: Any, name: str, celsius: float) -> None:
    x = expected_synapse(name, celsius, EVENTS, TIMES)
    check_synapse(fast[f"{name}/{celsius}"], name, celsius, x)
    assert x[:, SYNAPSES[name]["states"].index(SYNAPSES[name]["open"][-1])].max() > 1e-3


@pytest.mark.parametrize("name", SYNAPSES)
def test_weight_scales_the_conductance_and_none_does_nothing(fast: Any, name: str) -> None:
    one, quarter, none = (fast[f"{name}/{way}"] for way in ("32.0", "weight", "none"))
    assert quarter[:, -2:] == pytest.approx(0.25 * one[:, -2:], rel=1e-6, abs=1e-12)
    assert quarter[:, 1:-2] == pytest.approx(one[:, 1:-2], abs=1e-8)
    assert not none[:, -2:].any()
    assert np.all(none[:, 1] == pytest.approx(1.0, abs=1e-12))


@pytest.mark.parametrize("name", SYNAPSES)
def test_equal_time_constants_take_the_limit(fast: Any, name: str) -> None:
    x = expected_synapse(name, 32.0, EVENTS, TIMES, tau_1=9.0, tau_rec=9.0)
    check_synapse(fast[f"{name}/equal"], name, 32.0, x)


@pytest.mark.parametrize("name", SYNAPSES)
def test_hundreds_of_events(fast: Any, name: str) -> None:
    rows = fast[f"{name}/many"]
    x = expected_synapse(name, 32.0, np.arange(1.0, 200.0, 0.5).tolist(), rows[:, 0].tolist())
    check_synapse(rows, name, 32.0, x)


@pytest.mark.parametrize("name", SYNAPSES)
def test_synapses_at_a_fixed_step_come_near_the_equations(fast: Any, name: str) -> None:
    exact, fixed = fast[f"{name}/32.0"], fast[f"{name}/fixed"]
    assert fixed[:, -2] == pytest.approx(exact[:, -2], abs=0.03 * exact[:, -2].max())
    assert fixed[:, 1:-2].sum(axis=1) == pytest.approx(1.0, abs=1e-12)


def test_written_out_elimination_gives_what_neurons_solver_gives(fast: Any, tmp_path: Path) -> None:
    names = ("Kca2_2", "cdp5", "Cav2_1", "Kca1_1", "GABA")
    files = [stellate_folder() / f"{name}.mod" for name in names]
    library = compile_catalogue(files, name="stellate-parts", options=PLAIN)
    chosen = ("Kca2_2/32.0", "Kca2_2/fixed", "Kca2_2/second", "cdp5/32.0", "cdp5/fixed")
    chosen += ("Kca1_1/fixed", "GABA/32.0", "GABA/fixed")
    plain = run(library, {name: experiments()[name] for name in chosen}, tmp_path)
    for name in chosen:
        tolerance = {"rel": 1e-7} if name.endswith("32.0") else {"rel": 1e-10}
        assert fast[name] == pytest.approx(plain[name], abs=1e-13, **tolerance), name
