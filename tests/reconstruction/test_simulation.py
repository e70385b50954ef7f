"""Stored networks in NEURON: events, places, starts, processes, files, and the command."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from bouton.cli import bouton as command
from bouton.errors import BoutonError
from bouton.jobs.networks import simulate_network
from bouton.model.network import NetworkResponse, RecordedTrace
from bouton.model.study import Study
from bouton.nrn.networks.core_checks import check_coreneuron
from bouton.results.sonata import read_reports, read_spikes
from bouton_plugins.reconstruction import read_tissue
from bouton_plugins.reconstruction.reading import simulations_of
from bouton_plugins.reconstruction.simulation.building import network_of
from bouton_plugins.reconstruction.simulation.running import StoredNetwork, stored_study

BIN = Path(sys.executable).parent
ONE = {"use": "by-id", "ids": {"E": [0]}}
EXC = {"use": "spike-generator", "synapses": ["exc"], "weight": 0.0003, "target": ONE}
V = {"use": "voltage-recorder", "target": {"use": "all"}}


@pytest.fixture
def run(pair_file: Path, simulation: dict[str, Any], tmp_path: Path) -> Any:
    """Run the network with devices and other changes; return what it did."""
    tissue = read_tissue(pair_file)

    def respond(devices: Any, **changes: Any) -> NetworkResponse:
        told = {"simulations": {"it": {**simulation, "devices": devices, **changes}}}
        source = StoredNetwork(tissue, simulations_of(told)["it"])
        study = Study("it", jobs={"network": source}, document={"name": "it"})
        done = simulate_network(study, tmp_path / "run", force=True)
        assert done is not None
        return done.response

    return respond


def recorded(response: NetworkResponse, name: str, population: str, cell: int) -> RecordedTrace:
    (one,) = (
        r
        for r in response.recordings
        if (r.recording, r.population, r.cell) == (name, population, cell)
    )
    return one


def told(response: NetworkResponse) -> dict[str, list[tuple[float, int]]]:
    return {t.name: list(zip(t.t_ms.tolist(), t.values.tolist(), strict=True)) for t in response}


def test_a_generator_depolarises_the_cell_it_aims_at_and_no_other(run: Any) -> None:
    response = run({"stim": {**EXC, "start_ms": 10.0, "delay_ms": 2.0}, "v": V})
    trace = recorded(response, "v", "E", 0).trace
    still = recorded(response, "v", "E", 1).trace
    before = trace.t_ms < 12.0
    assert np.abs(trace.values[before] - still.values[before]).max() < 1e-9
    assert 2.0 < (trace.values - still.values).max() < 20.0
    assert not told(response)["E"]


def test_the_response_is_that_of_a_synapse_put_there_by_hand(run: Any, pair_file: Path) -> None:
    """The plain way: NEURON's own classes, a NetStim, no code of ours after the shape."""
    place = {"section": "dendrites[1]", "x": 0.3}
    response = run({"stim": {**EXC, "start_ms": 10.0, "location": place}, "v": V})
    ours = recorded(response, "v", "E", 0).trace
    script = f"""
import sys, json
from neuron import h
from bouton_plugins.reconstruction import read_tissue
from bouton_plugins.reconstruction.reading import simulations_of
h.load_file("stdrun.hoc")
tissue = read_tissue({str(pair_file)!r})
morphology = tissue.morphologies["small"]
rule = simulations_of(tissue.config)["rest"].cell_models["E"].template
nseg = rule.structure(morphology, {{p.name: p.default for p in rule.parameters}}).compartments.nseg
made = []
for section, n in zip(morphology.sections, nseg):
    one = h.Section(name=section.name)
    for x, y, z, d in section.points:
        one.pt3dadd(x, y, z, d)
    if section.parent >= 0:
        one.connect(made[section.parent](section.parent_x))
    one.nseg, one.Ra, one.cm = int(n), 100, 1
    active = {{"soma", "axon"}} & set(section.labels)
    one.insert("hh" if active else "pas")
    if not active:
        one.e_pas = -65
    made.append(one)
at = made[morphology.index_of("dendrites[1]")]
synapse = h.Exp2Syn(at(0.3))
synapse.tau1, synapse.tau2 = 0.5, 3.0
source = h.NetStim()
source.number, source.start, source.noise = 1, 10.0, 0
wire = h.NetCon(source, synapse)
wire.weight[0], wire.delay = 0.0003, 1.0
v = h.Vector().record(made[0](0.5)._ref_v)
h.celsius, h.dt, h.steps_per_ms, h.tstop, h.v_init = 20, 0.025, 40, 40, -65
h.run()
print(json.dumps(list(v)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    by_hand = np.array(json.loads(done.stdout.splitlines()[-1]))
    assert np.ptp(ours.values) > 1.0
    assert np.abs(ours.values - by_hand[: len(ours.values)]).max() < 1e-4


def test_existing_synapses_get_events_beside_their_own(run: Any) -> None:
    """The synapse's conductance rises, and no other synapse appears on the cell."""
    wide = {"every_segment": True}
    stim = {**EXC, "existing": True, "target": {"use": "cell-types", "cell_types": ["I"]}}
    devices = {
        "stim": {**stim, "location": wide, "start_ms": 5.0},
        "g": {"use": "synapse-recorder", "variable": "g", "target": stim["target"]},
    }
    response = run(devices)
    traces = [one for one in response.recordings if one.recording == "g"]
    assert {one.connections for one in traces} == {"EI"}
    peak = max(one.trace.values.max() for one in traces)
    assert peak >= 0.0003 * 0.99
    assert all(one.trace.values[one.trace.t_ms < 5.9].max() == 0 for one in traces)


def test_spikes_leave_from_the_stored_place_or_from_the_cell(run: Any) -> None:
    """A spike needs time to the place on the axon where the contact is, but none to the soma."""
    fire = {"use": "current-clamp", "amplitude_nA": 1.0, "delay_ms": 5.0, "duration_ms": 2.0}
    ex = {"synapses": [{"synapse": "exc", "weight": 0.01}]}
    arrivals = []
    for where in ("branch", "cell"):
        response = run(
            {
                "fire": {**fire, "target": {"use": "cell-types", "cell_types": ["E"]}},
                "g": {"use": "synapse-recorder", "connections": ["EI"], "variable": "g"},
            },
            connection_models={"EI": {**ex, "spikes_from": where}},
        )
        assert len(told(response)["E"]) == 6
        first = [
            one.trace.t_ms[column > 0].min()
            for one in response.recordings
            for column in one.trace.values.T
            if (column > 0).any()
        ]
        arrivals.append(np.array(first))
    assert len(arrivals[0]) == len(arrivals[1]) > 0
    assert (arrivals[0] != arrivals[1]).any()
    assert len(set(arrivals[1])) == 1  # equal cells spike together


def test_equal_cells_start_apart_only_if_asked(run: Any) -> None:
    kick = {"use": "current-clamp", "amplitude_nA": 0.12, "delay_ms": 1.0}
    together = told(run({"kick": kick}, connection_models={}))["E"]
    apart = told(run({"kick": kick}, connection_models={}, v_init_jitter_mV=3.0))["E"]
    assert len({t for t, _ in together[:6]}) == 1
    assert len({t for t, _ in apart[:6]}) > 3
    trace = recorded(run({"v": V}, v_init_jitter_mV=3.0), "v", "E", 2).trace
    assert trace.values[0] != -65.0
    assert told(run({"kick": kick}, connection_models={})) == {
        **told(run({"kick": kick}, connection_models={})),
        "E": together,
    }


def test_clamps_do_what_their_recorder_says(run: Any) -> None:
    response = run(
        {
            "step": {
                "use": "current-clamp",
                "amplitude_nA": 0.05,
                "delay_ms": 10.0,
                "duration_ms": 5.0,
                "target": ONE,
            },
            "hold": {
                "use": "voltage-clamp",
                "levels_mV": [-70.0, -60.0],
                "durations_ms": [20.0, 100.0],
                "target": {"use": "by-id", "ids": {"E": [1]}},
            },
            "i": {"use": "clamp-recorder"},
            "v": V,
        }
    )
    current = recorded(response, "i", "E", 0).trace
    inside = (current.t_ms > 10.1) & (current.t_ms < 14.9)
    assert set(current.values[inside]) == {0.05}
    assert set(current.values[(current.t_ms < 9.9) | (current.t_ms > 15.1)]) == {0.0}
    held = recorded(response, "v", "E", 1).trace
    assert held.values[(held.t_ms > 10) & (held.t_ms < 19)] == pytest.approx(-70, abs=0.1)
    assert held.values[held.t_ms > 35] == pytest.approx(-60, abs=0.2)
    assert np.abs(recorded(response, "i", "E", 1).trace.values).max() > 0.01
    assert not recorded(response, "i", "E", 2).trace.values.any()


def test_spikes_and_ions_at_other_places_are_kept(run: Any, tmp_path: Path) -> None:
    axon = {"label": "axon", "index": -1, "x": 0.9}
    response = run(
        {
            "fire": {"use": "current-clamp", "amplitude_nA": 1.0, "duration_ms": 2.0},
            "out": {"use": "spike-recorder", "location": axon, "threshold_mV": 0.0},
            "own": {"use": "spike-recorder"},
            "na": {"use": "ion-recorder", "variable": "ina", "target": "representatives"},
        }
    )
    at_soma, at_axon = told(response)["E"], read_spikes(tmp_path / "run/network/out.spikes.h5")
    own = read_spikes(tmp_path / "run/network/own.spikes.h5")["E"]
    assert list(zip(*map(list, own), strict=True)) == at_soma
    assert len(at_axon["E"][0]) == len(at_soma) == 6
    assert (at_axon["E"][0] != [t for t, _ in at_soma]).any()
    report = {one.population: one for one in read_reports(tmp_path / "run/network/na.ina.h5")}
    assert (report["E"].unit, report["E"].values.shape[1]) == ("mA/cm2", 1)
    assert report["E"].values.min() < -0.1


def test_a_variable_that_is_not_there_is_named(run: Any) -> None:
    with pytest.raises(BoutonError, match="cai"):
        run({"ca": {"use": "ion-recorder"}})
    with pytest.raises(BoutonError, match=r"gg.*did you mean 'g'|'gg'"):
        run({"g": {"use": "synapse-recorder", "variable": "gg"}})


def invoke(*arguments: Any) -> Result:
    return CliRunner().invoke(command, ["network", "simulate", *map(str, arguments)])


def test_the_command_leaves_a_run(pair_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = invoke(pair_file, "rest", "-o", out, "--no-figures", "--format", "json")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert [(p["name"], p["count"]) for p in shown["populations"]] == [("E", 6), ("I", 4)]
    study = json.loads((out / "study.json").read_text())
    assert study["tissue"]["digest"] == read_tissue(pair_file).digest
    seen = CliRunner().invoke(command, ["results", "show", str(out), "--format", "json"])
    assert json.loads(seen.stdout)["network"]["populations"] == shown["populations"]
    only = invoke(
        *(pair_file, "-o", tmp_path / "b", "--no-figures"),
        *("--set", "duration_ms=5", "--set", "connection_models={}"),
    )
    assert only.exit_code == 0, only.output
    assert "the " in only.stderr
    assert "contacts of 'EI' are not simulated" in only.stderr


def test_wrong_requests_leave_nothing_behind(pair_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    for arguments, message in (
        ((pair_file, "rset"), "no simulation 'rset' (did you mean 'rest'?)"),
        ((tmp_path / "pear.h5", "rest"), "no such file"),
        ((pair_file, "rest", "--set", "celcius=3"), "unknown key 'celcius'"),
        ((pair_file, "rest", "--set", "devices.d={use: spike-generator, synapses: [x]}"), "'x'"),
        ((pair_file, "rest", "--set", "devices.d={use: ion-recorder, variable: hh.mm}"), "'hh.mm'"),
        ((pair_file, "rest", "--set", "devices.d={use: synapse-recorder, variable: gg}"), "'gg'"),
        (("network-rate", "rest"), "SIMULATION belongs to a compiled network"),
    ):
        done = invoke(*arguments, "-o", out)
        assert done.exit_code == 2, done.output
        assert message in done.output.replace("\n", " ")
        assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    done = invoke(pair_file, "rest", "-o", out)
    assert (done.exit_code, [p.name for p in out.iterdir()]) == (2, ["mine.txt"])
    assert "exists already" in done.output


def test_a_damaged_file_is_refused(pair_file: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.h5"
    cut.write_bytes(pair_file.read_bytes()[:-1000])
    done = invoke(cut, "rest", "-o", tmp_path / "run")
    assert done.exit_code == 1
    assert not (tmp_path / "run").exists()


def test_two_processes_do_what_one_does(
    pair: dict[str, Any], simulation: dict[str, Any], tmp_path: Path
) -> None:
    launcher = BIN / "mpirun"
    if not launcher.exists():
        pytest.skip("needs mpirun, from `pip install mpich`")
    from bouton_plugins.reconstruction.compiling import compile_network
    from bouton_plugins.reconstruction.reading import from_document

    devices = {
        "noise": {
            **EXC,
            "use": "poisson-generator",
            "target": {"use": "sample", "fraction": 0.7},
            "location": {"n_places": 3},
            "rate_Hz": 150.0,
            "weight": 0.01,
        },
        "more": {
            **EXC,
            "existing": True,
            "target": {"use": "cell-types", "cell_types": ["I"]},
            "location": {"every_segment": True},
        },
        "v": {**V, "interval_ms": 0.5},
        "s": {"use": "synapse-recorder", "interval_ms": 0.5},
    }
    document = {
        **pair,
        "simulations": {"busy": {**simulation, "devices": devices, "v_init_jitter_mV": 2.0}},
    }
    file = tmp_path / "busy.h5"
    compile_network(from_document(document), file)
    assert stored_study(file).jobs["network"].repeats == 1
    runs = []
    for ranks in (1, 2):
        out = tmp_path / str(ranks)
        start = [launcher, "-n", str(ranks)] if ranks > 1 else []
        line = [*start, BIN / "bouton", "network", "simulate", file, "busy", "-o", out]
        subprocess.run([*map(str, line), "--no-figures"], check=True, capture_output=True)
        runs.append(out / "network")
    one, two = (
        {k: (*map(list, v),) for k, v in read_spikes(r / "spikes.h5").items()} for r in runs
    )
    assert one == two
    assert one["E"][0]
    for name in ("v.v.h5", "s.i.h5"):
        for mine, theirs in zip(*(read_reports(r / name) for r in runs), strict=True):
            assert mine.population == theirs.population
            assert np.array_equal(mine.values, theirs.values)
            assert np.array_equal(mine.cells, theirs.cells)


def test_coreneuron_gets_what_its_solver_refers_to(
    pair_file: Path, simulation: dict[str, Any]
) -> None:
    """Its library cannot be loaded without `pas`, even if no cell has it."""
    active = {"mechanisms": {"hh": {}}}
    regions = {"soma": active, "dendrites": active, "axon": active}
    cell = {"template": {"use": "by-region", "labels": "known", "regions": regions}}
    told = {**simulation, "cell_models": {"E": cell, "I": cell}, "engine": "coreneuron"}
    rule = simulations_of({"simulations": {"it": told}})["it"]
    made = network_of(read_tissue(pair_file), rule)
    assert "pas" not in made.population("E").models[0].structure.mechanisms
    assert {"pas", "hh", "Exp2Syn"} <= {m.name for m in check_coreneuron(made)}
