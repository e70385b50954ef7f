"""Spikes sent from any place of a cell, and signals of the synapses that connections made."""

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

from bouton.errors import BoutonError, NetworkError
from bouton.jobs.networks import required_network, simulate_network
from bouton.jobs.studies import find_study
from bouton.model.locations import At
from bouton.model.network import ConnectionSet, Network, NetworkResponse, SynapseRecording
from bouton.model.protocol import Signal
from bouton.nrn import mpi
from bouton.nrn.networks import LiveNetwork

SMALL = Path(__file__).with_name("small.yaml")
BIN = Path(sys.executable).parent
SYNAPSES = ("in", "EE")


def network(rank: int = 0, ranks: int = 1) -> Network:
    """Return a network in which E sends to `fire` from its dendrites, every spike firing a cell."""
    made = required_network(find_study(SMALL)).network({}, rank, ranks, 0)
    parts = {one.name: one for one in made.connections}
    parts["EF"] = evolve(placed(parts["EF"], 1, 0.7), weight=np.full(len(parts["EF"]), 2.0))
    recording = evolve(
        made.recordings[0],
        cells=np.arange(12),
        signals=(Signal("dend", "v", At("dend", 0.7)), Signal("soma", "v", At("soma", 0.5))),
    )
    return evolve(
        made,
        connections=tuple(parts.values()),
        recordings=(recording,),
        synapse_recordings=(SynapseRecording("syn", SYNAPSES, "i", np.array([1, 2]), 0.1),),
    )


def placed(connections: ConnectionSet, section: int, x: float) -> ConnectionSet:
    n = len(connections)
    return evolve(connections, source_section=np.full(n, section), source_x=np.full(n, x))


def ran(made: Network, rank: int = 0, ranks: int = 1) -> NetworkResponse:
    with LiveNetwork(made, rank, ranks) as live:
        return live.run()


def crossings(trace: Any) -> list[float]:
    v, level = trace.values, -20.0
    return [float(t) for t in trace.t_ms[1:][(v[:-1] <= level) & (v[1:] > level)]]


def test_a_spike_is_sent_when_its_place_crosses_the_threshold() -> None:
    made = network()
    response = ran(made)
    (sent,) = (one for one in made.connections if one.name == "EF")
    signals = {(r.cell, r.trace.name): r.trace for r in response.recordings}
    for cell in range(5):
        inputs = sent.source[sent.target == cell].tolist()
        arrivals = sorted(t + 1.0 for c in inputs for t in crossings(signals[c, "dend"]))
        expected = []
        for t in arrivals:  # a cell that has just fired takes no events for 2 ms
            if t < 100.0 and (not expected or t > expected[-1] + 2.0):
                expected.append(t)
        fired = response["fire"].t_ms[response["fire"].values == cell]
        np.testing.assert_allclose(fired, expected, atol=0.026)
        assert len(fired) > 2
    own = response["E"]
    for cell in range(12):
        soma = crossings(signals[cell, "soma"])
        np.testing.assert_allclose(own.t_ms[own.values == cell], soma, atol=0.026)
    late = [crossings(signals[c, "dend"])[0] - crossings(signals[c, "soma"])[0] for c in range(3)]
    assert max(map(abs, late)) > 0.05, "the places are too much alike for this test"


def test_the_spike_source_as_a_place_is_the_spike_source() -> None:
    made = network()
    (sent,) = (one for one in made.connections if one.name == "EF")
    rest = tuple(one for one in made.connections if one.name != "EF")
    seen = []
    for section, x in ((0, 0.2), (-1, 0.0)):
        response = ran(evolve(made, connections=(*rest, placed(sent, section, x))))
        seen.append(response["fire"].t_ms.tolist())
    plain = evolve(sent, source_section=None, source_x=None)
    seen.append(ran(evolve(made, connections=(*rest, plain)))["fire"].t_ms.tolist())
    assert seen[0] == seen[1] == seen[2]


def test_a_place_is_changed_in_place() -> None:
    made = network()
    rest = tuple(one for one in made.connections if one.name != "EF")
    (sent,) = (one for one in made.connections if one.name == "EF")
    soma = evolve(made, connections=(*rest, placed(sent, -1, 0.0)))
    dend = evolve(made, connections=(*rest, sent))
    with LiveNetwork(soma) as live:
        first = live.run()["fire"].t_ms.tolist()
        assert live.update(dend)
        second = live.run()["fire"].t_ms.tolist()
        assert live.update(soma)
        assert live.run()["fire"].t_ms.tolist() == first != second
    assert ran(dend)["fire"].t_ms.tolist() == second


@pytest.mark.parametrize(
    ("name", "section", "x", "message"),
    [
        ("EF", 7, 0.5, "2 sections, there is no number 7"),
        ("EF", -2, 0.5, "no number -2"),
        ("EF", 1, 1.5, "within 0 to 1"),
        ("in", 0, 0.5, "'noise' have no sections"),
    ],
)
def test_a_place_that_a_cell_lacks_is_an_error(
    name: str, section: int, x: float, message: str
) -> None:
    made = network()
    parts = tuple(placed(c, section, x) if c.name == name else c for c in made.connections)
    with pytest.raises(NetworkError, match=message):
        LiveNetwork(evolve(made, connections=parts))


def test_every_synapse_is_recorded_once_with_its_place() -> None:
    made = network()
    response = ran(made)
    parts = {one.name: one for one in made.connections}
    taken = [one for one in response.recordings if one.recording == "syn"]
    assert [(one.connections, one.cell) for one in taken if one.connections == "in"] == [
        ("in", 1),
        ("in", 2),
    ]
    for one in taken:
        made_by = parts[one.connections]
        rows = np.flatnonzero(made_by.target == one.cell)
        places = {int(made_by.section[row] * 1000 + made_by.x[row] * 3) for row in rows}
        assert one.trace.unit == "nA"
        assert one.trace.values.shape == (1001, len(one.sources))
        assert len(one.sources) == len(one.trace.places) <= len(places)
        assert np.abs(one.trace.values).max() > 0
        assert all(place.section == "dend" for place in one.trace.places)
    shared = [one for one in taken if -1 in one.sources]
    assert shared, "exc synapses in one segment are shared by several senders"


def test_synapses_that_are_not_shared_keep_their_senders() -> None:
    made = network()
    told = SynapseRecording("syn", ("IE",), "g", np.array([4]), 0.0)
    response = ran(evolve(made, synapse_recordings=(told,)))
    (one,) = (r for r in response.recordings if r.recording == "syn")
    (inh,) = (c for c in made.connections if c.name == "IE")
    assert list(one.sources) == inh.source[inh.target == 4].tolist()
    assert one.trace.unit == "uS"
    assert one.trace.t_ms[1] == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (SynapseRecording("s", ("EQ",), "i", np.arange(2), 0.1), "no connections 'EQ'"),
        (SynapseRecording("s", ("EE",), "gmax", np.arange(2), 0.1), "no number 'gmax'"),
        (SynapseRecording("s", ("EE",), "i", np.arange(99), 0.1), "cells 0 to 11"),
        (SynapseRecording("s", ("EF",), "i", np.arange(2), 0.1), "no synapses of their own"),
        (SynapseRecording("s", ("EE", "EI/0/exc"), "i", np.arange(2), 0.1), "one population"),
        (SynapseRecording("s", (), "i", np.arange(2), 0.1), "got those onto none"),
    ],
)
def test_what_cannot_be_recorded_is_an_error(told: SynapseRecording, message: str) -> None:
    with pytest.raises(NetworkError, match=message):
        ran(evolve(network(), synapse_recordings=(told,)))


def test_a_study_records_synapses_into_a_file(tmp_path: Path) -> None:
    told = "{connections: [EI, in], synapse: exc, variable: g, cells: [1, 2], interval_ms: 1.0}"
    with pytest.raises(NetworkError, match="one population"):
        simulate_network(find_study(SMALL, [f"network.synapse_recordings.syn={told}"]), tmp_path)
    told = told.replace(", in]", "]")
    study = find_study(SMALL, [f"network.synapse_recordings.syn={told}"])
    assert simulate_network(study, tmp_path / "run") is not None
    tables = pytest.importorskip("tables")
    with tables.open_file(tmp_path / "run" / "network" / "syn.g.h5") as file:
        group = file.root.report.I
        columns = group.data.shape[1]
        assert group.data.shape == (101, columns)
        assert group.mapping.index_pointers[:].tolist()[-1] == columns
        assert set(group.mapping.connections[:].tolist()) == {b"EI/0/exc"}
        assert set(group.mapping.source_ids[:].tolist()) <= {-1, *range(12)}


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("{connections: [EQ]}", "no connection is called 'EQ'"),
        ("{connections: [IE], synapse: exc}", "no such synapses"),
        ("{connections: [IE], cells: [12]}", "cells 0 to 11"),
    ],
)
def test_a_study_cannot_record_synapses_that_are_not_there(told: str, message: str) -> None:
    override = f"network.synapse_recordings.syn={told}"
    with pytest.raises(BoutonError, match=message):
        required_network(find_study(SMALL, [override])).network({}, 0, 1, 0)


def everything(response: NetworkResponse) -> str:
    """Return all that a run gave, as text with every digit."""
    told = {
        "spikes": {t.name: [t.t_ms.tolist(), t.values.tolist()] for t in response},
        "signals": [
            [r.recording, r.cell, r.connections, r.sources, r.trace.t_ms, r.trace.values]
            for r in response.recordings
        ],
    }
    return json.dumps(told, default=np.ndarray.tolist)


def test_two_processes_do_what_one_does(tmp_path: Path) -> None:
    found = shutil.which("mpirun", path=str(BIN)) or shutil.which("mpirun")
    if found is None:
        pytest.skip("there is no mpirun here; `pip install mpich` brings one")
    out = tmp_path / "two.json"
    command = [found, "-n", "2", sys.executable, __file__, str(out)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    assert out.read_text() == everything(ran(network()))


@pytest.mark.parametrize("part", ["section", "variable"])
def test_a_process_that_cannot_build_or_record_ends_all(part: str) -> None:
    found = shutil.which("mpirun", path=str(BIN)) or shutil.which("mpirun")
    if found is None:
        pytest.skip("there is no mpirun here; `pip install mpich` brings one")
    command = [found, "-n", "2", sys.executable, __file__, "nowhere", part]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0
    expected = {"section": "no number 10", "variable": "no number 'nonsense'"}[part]
    assert expected in done.stderr


def spoilt(made: Network, part: str) -> Network:
    if part == "variable":
        told = evolve(made.synapse_recordings[0], variable="nonsense")
        return evolve(made, synapse_recordings=(told,))
    first, *rest = made.connections
    return evolve(made, connections=(evolve(first, section=first.section + 9), *rest))


def main(out: Path, part: str = "") -> None:
    rank, ranks = mpi.start()
    made = network(rank, ranks)
    if part and rank == 1:
        made = spoilt(made, part)
    with mpi.together():
        response = ran(made, rank, ranks)
    response = evolve(response, recordings=mpi.gathered_recordings(made, response))
    with mpi.together():  # a process that ends first ends the others with it
        if rank == 0:
            out.write_text(everything(response))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
