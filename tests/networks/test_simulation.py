"""Networks in NEURON: one process or two, changed in place or built anew, tuned."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import BoutonError, EngineError, NetworkError, StudyError
from bouton.jobs.network_tuning import NetworkEvaluator
from bouton.jobs.networks import required_network, simulate_network
from bouton.jobs.studies import find_study
from bouton.model.cell import CellStructure
from bouton.model.network import CellModel, Network
from bouton.nrn.networks import LiveNetwork
from bouton.results import Results
from bouton.results.sonata import read_spikes

SMALL = Path(__file__).with_name("small.yaml")
BIN = Path(sys.executable).parent
PROBABILITY = "connections.S to M.rule.probability"
WEIGHT = "connections.S to M.synapses.0.weight"
DELAY = "connections.S to M.synapses.0.delay_ms"


def network(*overrides: str, values: Any = None) -> Network:
    return required_network(find_study(SMALL, overrides)).network(values or {}, 0, 1, 0)


def spikes(made: Network) -> dict[str, list[tuple[float, int]]]:
    with LiveNetwork(made) as live:
        return told(live.run())


def told(response: Any) -> dict[str, list[tuple[float, int]]]:
    return {t.name: list(zip(t.t_ms.tolist(), t.values.tolist(), strict=True)) for t in response}


def test_a_network_does_the_same_again_whatever_ran_between() -> None:
    first = spikes(network())
    other = spikes(network("network.seed=4"))
    assert spikes(network()) == first
    assert other != first
    assert all(first[name] for name in ("E", "I", "noise", "fire"))


def test_two_ranks_own_the_edges_of_one() -> None:
    rules = required_network(find_study(SMALL))
    whole = rules.network({}, 0, 1, 0)
    halves = [rules.network({}, rank, 2, 0) for rank in range(2)]
    for number, connections in enumerate(whole.connections):
        names = ("source", "target", "section", "x", "weight", "delay_ms")
        rows = sorted(zip(*(getattr(connections, n).tolist() for n in names), strict=True))
        parts = [half.connections[number] for half in halves]
        both = sorted(
            row
            for part in parts
            for row in zip(*(getattr(part, n).tolist() for n in names), strict=True)
        )
        assert both == rows


def mpirun() -> str:
    found = shutil.which("mpirun", path=str(BIN)) or shutil.which("mpirun")
    if found is None:
        pytest.skip("there is no mpirun here; `pip install mpich` brings one")
    return found


def report(path: Path) -> dict[str, Any]:
    import tables

    with tables.open_file(path) as file:
        return {node._v_pathname: node.read() for node in file.walk_nodes("/", "Array")}


def test_one_and_two_mpi_processes_give_the_same_files(tmp_path: Path) -> None:
    launcher = mpirun()
    command = [str(BIN / "bouton"), "network", "simulate", str(SMALL), "--no-figures", "--out"]
    subprocess.run([*command, str(tmp_path / "1")], check=True, capture_output=True, timeout=300)
    done = subprocess.run(
        [launcher, "-n", "2", *command, str(tmp_path / "2")],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    one, two = (read_spikes(tmp_path / n / "network" / "spikes.h5") for n in "12")
    assert one.keys() == two.keys()
    for name in one:
        assert len(one[name][0])
        np.testing.assert_array_equal(one[name], two[name])
    reports = [report(tmp_path / n / "network" / "v.soma.h5") for n in "12"]
    for name in reports[0]:
        np.testing.assert_array_equal(reports[0][name], reports[1][name])
    shown = [
        json.loads(
            subprocess.run(
                [str(BIN / "bouton"), "results", "show", str(tmp_path / n), "--format", "json"],
                check=True,
                capture_output=True,
            ).stdout
        )["network"]
        for n in "12"
    ]
    assert [one.pop("processes") for one in shown] == [1, 2]
    assert shown[0] == shown[1]


def test_a_process_that_fails_ends_all(tmp_path: Path) -> None:
    launcher = mpirun()
    (tmp_path / "taken").write_text("a file")
    command = [str(BIN / "bouton"), "network", "simulate", str(SMALL), "--no-figures", "--out"]
    done = subprocess.run(
        [launcher, "-n", "2", *command, str(tmp_path / "taken")],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode != 0
    assert "is a file" in done.stderr


def test_a_run_that_fails_in_one_process_ends_all(tmp_path: Path) -> None:
    command = [str(BIN / "bouton"), "network", "simulate", str(SMALL), "--no-figures", "--out"]
    wild = "network.stimulation.step.stimulus.amplitude_nA=5000"
    done = subprocess.run(
        [mpirun(), "-n", "2", *command, str(tmp_path / "run"), "--set", wild],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode != 0
    assert "out of range" in done.stderr
    assert Results.open(tmp_path / "run").status == "failed"
    assert not list((tmp_path / "run").rglob("*.h5"))


ALONE = """
from bouton.nrn import mpi
rank, ranks = mpi.start()
with mpi.together():
    with mpi.in_step():
        if rank == 1:
            raise KeyboardInterrupt
        while True:
            mpi.summed([1.0])
"""


def test_a_process_that_stops_in_the_middle_ends_all() -> None:
    command = [mpirun(), "-n", "2", sys.executable, "-c", ALONE]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0
    assert "KeyboardInterrupt" in done.stderr


def test_changes_in_place_equal_building_anew() -> None:
    rules = required_network(find_study(SMALL))
    steps = [
        {},
        {"connections.IE.synapses.0.weight": 0.02, "connections.in.synapses.0.delay_ms": 4.0},
        {"connections.EF.rule.probability": 0.9, "connections.IE.rule.number": 5.0},
        {},
    ]
    with LiveNetwork(rules.network(steps[0], 0, 1, 0)) as live:
        changed = []
        for values in steps:
            assert live.update(rules.network(values, 0, 1, 0))
            changed.append(told(live.run()))
    assert changed[0] == changed[3]
    assert changed[0] != changed[1] != changed[2]
    for values, seen in zip(steps, changed, strict=True):
        assert spikes(rules.network(values, 0, 1, 0)) == seen


def test_an_impossible_change_leaves_nothing_half_changed() -> None:
    rules = required_network(find_study(SMALL))
    good = {"connections.IE.synapses.0.weight": 0.05}
    with LiveNetwork(rules.network({}, 0, 1, 0)) as live:
        with pytest.raises(NetworkError, match="at least the step"):
            live.update(
                rules.network({**good, "connections.in.synapses.0.delay_ms": 0.001}, 0, 1, 0)
            )
        with pytest.raises(EngineError, match="closed"):
            live.update(rules.network(good, 0, 1, 0))


def test_tuning_goes_on_after_an_impossible_candidate() -> None:
    study = find_study("network-rate", ["network.simulation.duration_ms=200"])
    with NetworkEvaluator(study) as evaluator:
        first = evaluator.evaluate({WEIGHT: 0.05, DELAY: 5.0})
        evaluator.evaluate({WEIGHT: 0.01, DELAY: 5.0})
        with pytest.raises(NetworkError, match="at least the step"):
            evaluator.evaluate({WEIGHT: 0.05, DELAY: 0.001})
        assert evaluator.evaluate({WEIGHT: 0.05, DELAY: 5.0}).scores == first.scores


def test_another_population_is_not_updated_in_place() -> None:
    with LiveNetwork(network()) as live:
        assert not live.update(network())  # equal, but the cells are other objects


def test_sharing_linear_synapses_changes_nothing_but_the_last_digits() -> None:
    shared = spikes(network("network.synapses.exc.shared='yes'"))
    single = spikes(network("network.synapses.exc.shared='no'"))
    assert {n: len(s) for n, s in shared.items()} == {n: len(s) for n, s in single.items()}
    for name in shared:
        np.testing.assert_allclose(shared[name], single[name], atol=0.026)


def test_gap_junctions_pull_potentials_together() -> None:
    def spread(conductance: float) -> float:
        made = network(
            f"network.gap_junctions.II.conductance_uS={conductance}",
            "network.recordings.v.target={population: I}",
            "network.gap_junctions.II.rule=all-to-all",
            "network.connections.EI.synapses=[{synapse: exc, weight: 0, delay_ms: 1}]",
        )
        with LiveNetwork(made) as live:
            v = np.stack([r.trace.values for r in live.run().recordings])
        return float(v.std(axis=0).mean())

    assert spread(0.05) < 0.5 * spread(0.0)


def test_a_gap_junction_to_a_potential_of_its_own_is_refused() -> None:
    with pytest.raises(NetworkError, match=r"keep their potential in 'izh\.V'"):
        network(
            "network.populations.I.cells={izh: {cell: {template: izhikevich-2007a}}}",
            "network.gap_junctions.II.conductance_uS=0.01",
            "network.gap_junctions.II.rule=all-to-all",
            "network.connections={}",
            "network.recordings={}",
        )


@pytest.mark.parametrize("part", ["stimulation.step", "recordings.v"])
def test_the_section_of_a_point_neuron_is_neither_driven_nor_recorded(part: str) -> None:
    with pytest.raises(NetworkError, match=f"{part}: cells 'izh' keep .* 'izh.V'"):
        network(
            "network.populations.I.cells={izh: {cell: {template: izhikevich-2007a}}}",
            "network.stimulation.step.target.population=E",
            f"network.{part}.target={{population: I, cells: [0]}}",
            "network.gap_junctions={}",
            "network.connections={}",
        )


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("network.connections.in.synapses.0.place=axon(0.5)", "axon"),
        ("network.connections.in.synapses.0.place={label: apic}", "apic"),
        ("network.connections.in.synapses.0.synapse=ampa", "no synapse is called 'ampa'"),
        ("network.connections.in.post=Q", "no population is called 'Q'"),
        ("network.connections.in.post=noise", "nothing can connect to it"),
        ("network.recordings.v.target.cells=[99]", "cells 0 to 11"),
        ("network.synapses.exc.mechanism=Exp3Syn", "Exp3Syn"),
        ("network.synapses.exc.parameters={tau3: 1.0}", "tau3"),
        ("network.connections.in.synapses.0.delay_ms=0.001", "at least the step"),
        ("network.connections.in.synapses.0.weight=exec('1')", "formula"),
        ("network.connections.EF.synapses.0.synapse=exc", "artificial cells"),
        ("network.synapses.exc={receptor: AMPA}", "no receptor 'AMPA'"),
        ("network.populations.E.cells.b.vary={soma.gnabr: 1.0}", "gnabr"),
        ("network.populations.E.cells.b.vary={diameter_scale.apic: 1.0}", "apic"),
        ("network.simulation.integration={method: cvode}", "fixed step"),
        ("network.populations.E.count=0", "count"),
        ("network.populations.E.source={use: poisson-spikes, rate_Hz: 1}", "one of cells"),
        ("network.populations.fire.artificial.mechanism=IntFire9", "did you mean 'IntFire"),
        ("network.populations.fire.artificial.mechanism=IClamp", "no artificial cell 'IClamp'"),
        ("network.stimulation.step.target.population=fire", "no cells with sections"),
        ("network.recordings.v.target.population=noise", "no cells with sections"),
        ("network.connections.in.synapses.0.delay_ms=-1", "above 0"),
        ("network.connections.EF.rule={use: list, pairs: [[0, 0]], delays_ms: [-1]}", "above 0"),
        ("network.volume_um=[0, 1, 1]", "volume_um must be above 0"),
    ],
)
def test_what_does_not_exist_is_an_error(override: str, message: str) -> None:
    with pytest.raises(BoutonError, match=message.replace("(", r"\(")):
        spikes(network(override))


def with_structure(made: Network, population: str, **changes: Any) -> Network:
    def changed(model: Any) -> CellModel:
        structure: CellStructure = evolve(model.structure, **changes)
        return evolve(model, structure=structure)

    populations = tuple(
        evolve(p, models=tuple(changed(m) for m in p.models)) if p.name == population else p
        for p in made.populations
    )
    return evolve(made, populations=populations)


def test_cells_made_for_another_temperature_need_a_decision() -> None:
    made = with_structure(network(), "I", celsius=34.0)
    with pytest.raises(NetworkError, match=r"celsius is 6.3.*I/a 34"):
        LiveNetwork(made)
    LiveNetwork(evolve(made, ignore_cell_settings=True)).close()


def test_cells_that_mean_different_globals_need_a_decision() -> None:
    made = network()
    populations = tuple(
        evolve(p, models=tuple(_with_globals(m, {"usetable_hh": 0.0}) for m in p.models))
        if p.name == "I"
        else p
        for p in made.populations
    )
    mixed = evolve(made, populations=populations)
    with pytest.raises(NetworkError, match="usetable_hh"):
        LiveNetwork(mixed)
    LiveNetwork(evolve(mixed, global_values={"usetable_hh": 1.0})).close()


def _with_globals(model: Any, values: dict[str, float]) -> Any:
    return evolve(model, settings=evolve(model.settings, global_values=values))


def test_only_one_network_lives_in_a_process() -> None:
    with LiveNetwork(network()), pytest.raises(EngineError, match="alive"):
        LiveNetwork(network())


def test_a_run_leaves_files_that_can_be_read(tmp_path: Path) -> None:
    done = simulate_network(find_study(SMALL), tmp_path / "a")
    assert done is not None
    provenance = Results.open(tmp_path / "a").provenance
    assert provenance["seed"] == 3
    found = read_spikes(tmp_path / "a" / "network" / "spikes.h5")
    assert {name: len(times) for name, (times, _) in found.items()} == {
        p["name"]: p["spikes"] for p in done.summary()["populations"]
    }
    tables = pytest.importorskip("tables")
    with tables.open_file(tmp_path / "a" / "network" / "v.soma.h5") as file:
        group = file.root.report.E
        assert group.data.shape == (1001, 3)
        assert group.mapping.node_ids[:].tolist() == [0, 1, 2]
        assert group.mapping.time[:].tolist() == pytest.approx([0.0, 100.1, 0.1])


def test_tuning_reuses_and_gives_what_building_anew_gives() -> None:
    study = find_study("network-rate", ["network.simulation.duration_ms=300"])
    sets = [(0.5, 0.01, 5.0), (0.1, 0.01, 5.0), (0.1, 0.05, 2.0), (0.5, 0.01, 5.0)]
    rates = []
    for reuse in (True, False):
        with NetworkEvaluator(study, reuse=reuse) as evaluator:
            made = [evaluator.evaluate({PROBABILITY: p, WEIGHT: w, DELAY: d}) for p, w, d in sets]
        assert {one.status for one in made} == {"ok"}
        rates.append([one.scores.features["rate"].value for one in made])
    assert rates[0] == rates[1]
    assert rates[0][0] == rates[0][3] != rates[0][1] != rates[0][2]


def test_realisations_are_averaged_with_their_spread() -> None:
    short = "network.simulation.duration_ms=200"
    with NetworkEvaluator(find_study("network-rate", [short, "network.repeats=3"])) as evaluator:
        made = evaluator.evaluate({})
        single = [evaluator.respond({}, repeat) for repeat in range(3)]
    each = [sum(len(r[name].t_ms) for name in ("S", "M")) / 40 / 0.2 for r in single]
    assert made.scores.features["rate"].value == pytest.approx(np.mean(each))
    assert made.scores.features["rate.spread"].value == pytest.approx(np.std(each, ddof=1))
    assert made.scores.scores["rate"] == pytest.approx(np.mean(np.abs(np.array(each) - 17)))


def test_a_search_names_numbers_of_the_network_only() -> None:
    from bouton.jobs.launching import begin

    wrong = "fit.parameters={connections.S to M.rule.propability: {lower: 0.0, upper: 1.0}}"
    with pytest.raises(StudyError, match="propability"):
        begin(find_study("network-rate", [wrong]), "fit", "never-made")


def test_a_fit_gives_the_same_journal_for_any_number_of_workers(tmp_path: Path) -> None:
    from bouton.jobs.launching import begin
    from bouton.jobs.rerunning import check_reproduced, rerun
    from bouton.report.search_files import write_search_figures
    from bouton.results.journal import scan
    from bouton.results.records import scientific_content

    overrides = [
        "network.simulation.duration_ms=100",
        "fit.generations=2",
        "fit.optimizer={use: ibea, offspring: 4}",
    ]
    journals = []
    out = tmp_path
    for executor, workers in (("serial", 1), ("local", 2)):
        out = tmp_path / executor
        begin(find_study("network-rate", overrides), "fit", out, workers=workers, executor=executor)
        journals.append([scientific_content(r) for r in scan(out / "journal.jsonl").records])
    assert journals[0] == journals[1]
    again = rerun(out, [0, 3])
    check_reproduced(again)
    assert all(one.evaluation is not None for one in again)
    notes: list[str] = []
    assert write_search_figures(out, models=2, notes=notes)
    assert notes == []


def test_a_search_is_not_begun_by_a_launcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bouton.jobs.launching import begin, resume

    monkeypatch.setenv("PMI_SIZE", "2")
    with pytest.raises(StudyError, match=r"2 processes(.|\n)*--workers 2"):
        begin(find_study("network-rate"), "fit", tmp_path / "run")
    with pytest.raises(StudyError, match="without mpirun"):
        resume(tmp_path / "run")
    assert not list(tmp_path.iterdir())
