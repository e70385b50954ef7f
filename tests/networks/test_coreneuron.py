"""CoreNEURON beside NEURON: the same spikes and potentials, or a refusal that says why."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import EngineError, NetworkError
from bouton.jobs.networks import required_network
from bouton.jobs.studies import find_study
from bouton.model.locations import At
from bouton.model.morphology import FloatArray
from bouton.model.network import Network, NetworkResponse
from bouton.model.protocol import Signal
from bouton.nrn import catalogues, coreneuron, mpi
from bouton.nrn.networks import LiveNetwork
from bouton.nrn.networks.core_checks import check_coreneuron

STUDY = Path(__file__).with_name("coreneuron.yaml")
SMALL = Path(__file__).with_name("small.yaml")
BIN = Path(sys.executable).parent
SIGNALS = ("v.soma", "v.dend", "v.current", "syn.i")

pytestmark = pytest.mark.skipif(
    sys.platform != "linux",
    reason="CoreNEURON is tested on Linux",
)


def network(*overrides: str, rank: int = 0, ranks: int = 1) -> Network:
    made = required_network(find_study(STUDY, overrides)).network({}, rank, ranks, 0)
    signals = (
        Signal("soma", "v", At("soma"), 0.1),
        Signal("dend", "v", At("dend", 0.9)),
        Signal("current", "i_membrane_", At("soma"), 1.0),
    )
    recording = evolve(made.recordings[0], signals=signals)
    parts = tuple(
        evolve(c, source_section=np.ones(len(c), dtype=np.int64), source_x=np.full(len(c), 0.7))
        if c.name == "tree point"
        else c
        for c in made.connections
    )
    return evolve(made, recordings=(recording,), connections=parts)


def ran(made: Network, engine: Any, rank: int = 0, ranks: int = 1) -> NetworkResponse:
    with LiveNetwork(evolve(made, engine=engine), rank, ranks) as live:
        return live.run()


def told(response: NetworkResponse) -> dict[str, Any]:
    return {
        "spikes": {t.name: [t.t_ms.tolist(), t.values.tolist()] for t in response},
        "signals": [
            [f"{r.recording}.{r.trace.name}", r.cell, *map(_listed, (r.trace.t_ms, r.trace.values))]
            for r in response.recordings
        ],
    }


def _listed(values: FloatArray) -> list[float]:
    return [float(value) for value in values.ravel()]


def both(rank: int, ranks: int) -> dict[str, Any]:
    made = network(rank=rank, ranks=ranks)
    found = {}
    for engine in ("neuron", "coreneuron"):
        response = ran(made, engine, rank, ranks)
        response = evolve(response, recordings=mpi.gathered_recordings(made, response))
        found[engine] = told(response)
    return found


def changed(rank: int, ranks: int) -> dict[str, Any]:
    """Return spikes of a network that is changed in place, A, B, A, and of B built anew."""
    del rank, ranks
    first = evolve(network(), engine="coreneuron")
    kick = next(c for c in first.connections if c.name == "in point")
    parts = [evolve(c, weight=3 * c.weight) if c is kick else c for c in first.connections]
    second = evolve(first, connections=tuple(parts))
    with LiveNetwork(first) as live:
        seen = [told(live.run())["spikes"]]
        for other in (second, first):
            assert live.update(other)
            seen.append(told(live.run())["spikes"])
    seen.append(told(ran(second, "coreneuron"))["spikes"])
    return {"seen": seen}


def long(rank: int, ranks: int) -> dict[str, Any]:
    """Return the ends of runs whose length six digits cannot say, and what comes too late."""
    del rank, ranks
    coreneuron.prepare(check_coreneuron(network()))
    ends = {}
    for duration_ms in (33.33, 10000.1):
        made = network(f"network.simulation.duration_ms={duration_ms}")
        keep = tuple(evolve(r, cells=r.cells[:1]) for r in made.recordings)
        made = evolve(made, recordings=keep, synapse_recordings=(), stimulation=())
        made = evolve(made, connections=(), gap_junctions=())
        response = ran(made, "coreneuron")
        ends[str(duration_ms)] = response.recordings[1].trace.t_ms[-1]
    for name, act in {"other": lambda: catalogues.read("hay"), "late": _late}.items():
        try:
            coreneuron.prepare(act().mechanisms)
        except EngineError as error:
            ends[name] = str(error)
    return ends


def _late() -> catalogues.Catalogue:
    """Return a catalogue that is loaded after CoreNEURON ran."""
    with TemporaryDirectory() as folder:
        text = "NEURON { SUFFIX late RANGE x }\nPARAMETER { x = 1 }\n"
        (Path(folder) / "late.mod").write_text(text)
        catalogues.load([folder])
        return catalogues.read(folder)


JOBS: dict[str, Callable[[int, int], dict[str, Any]]] = {
    job.__name__: job for job in (both, changed, long)
}


def result(folder: Path, job: str, *launcher: str) -> dict[str, Any]:
    out = folder / f"{job}.json"
    command = [*launcher, sys.executable, __file__, job, str(out)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=400)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(out.read_text())
    return found


def check_equal(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one["spikes"] == other["spikes"]
    assert all(len(times) > 30 for times, _ in one["spikes"].values())
    assert [s[:2] for s in one["signals"]] == [s[:2] for s in other["signals"]]
    assert {s[0] for s in one["signals"]} == set(SIGNALS)
    for left, right in zip(one["signals"], other["signals"], strict=True):
        np.testing.assert_allclose(left[2], right[2], rtol=0, atol=1e-9)
        np.testing.assert_allclose(left[3], right[3], rtol=0, atol=1e-8, err_msg=left[0])


def test_coreneuron_does_what_neuron_does(tmp_path: Path) -> None:
    found = result(tmp_path, "both")
    check_equal(found["neuron"], found["coreneuron"])


def test_two_processes_do_what_one_does(tmp_path: Path) -> None:
    launcher = shutil.which("mpirun", path=str(BIN)) or shutil.which("mpirun")
    if launcher is None:
        pytest.skip("there is no mpirun here; `pip install mpich` brings one")
    found = result(tmp_path, "both", launcher, "-n", "2")
    check_equal(found["neuron"], found["coreneuron"])
    check_equal(told(ran(network(), "neuron")), found["coreneuron"])


def test_a_network_is_changed_in_place(tmp_path: Path) -> None:
    first, second, again, anew = result(tmp_path, "changed")["seen"]
    assert first == again
    assert second == anew
    assert first != second


def test_runs_end_where_they_should(tmp_path: Path) -> None:
    found = result(tmp_path, "long")
    assert found["33.33"] == pytest.approx(33.35)
    assert found["10000.1"] == pytest.approx(10000.1)
    assert "NaTa_t" in found["other"]
    assert "before late were loaded" in found["late"]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("network.simulation.integration={method: crank-nicolson}", "not crank-nicolson"),
        ("network.populations.fire.artificial.mechanism=IntFire4", "no mechanism 'IntFire4'"),
        ("network.synapses.exc={mechanism: AlphaSynapse}", "no mechanism 'AlphaSynapse'"),
        (
            "network.populations.I.cells={a: {cell: {template: izhikevich-2003b}}}",
            "'Izhikevich2003b'.* sets v",
        ),
    ],
)
def test_what_coreneuron_cannot_do_is_refused(override: str, message: str) -> None:
    made = required_network(find_study(SMALL, [override])).network({}, 0, 1, 0)
    with pytest.raises(NetworkError, match=message):
        check_coreneuron(made)


def main(job: str, out: Path) -> None:
    rank, ranks = mpi.start()
    found = JOBS[job](rank, ranks)
    with mpi.together():  # a process that ends first ends the others with it
        if rank == 0:
            out.write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
