"""The template: parameters, labels and their merging, segments, and how the cell fires."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bouton
from bouton.errors import CellError
from bouton.model.morphology import Morphology, Section
from bouton_mechanisms import stellate_folder
from bouton_plugins.morphologies.swc import Swc
from bouton_plugins.stellate.growth import grow
from bouton_plugins.stellate.studies import morphology
from bouton_plugins.stellate.synapses import SYNAPSES
from bouton_plugins.stellate.template import Stellate

TAGS = {
    16: ["dendrites", "proximal_dendrites"],
    17: ["dendrites", "distal_dendrites"],
    18: ["axon", "axon_initial_segment"],
}
AIS = "axon_initial_segment"
RUN = """
import json, sys
from bouton.model.locations import At
from bouton.model.protocol import Integration, Protocol, Signal
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol
from bouton_plugins.morphologies.swc import Swc
from bouton_plugins.stellate.template import Stellate
from pathlib import Path

def spikes(jobs):
    file, tags, runs = jobs
    tags = {int(code): labels for code, labels in tags.items()}
    loader = Swc(tags=tags, soma_connection=1.0, start_at_soma=True)
    template = Stellate()
    structure = template.structure(loader.load(Path(file)), {})
    signal = Signal("spikes", "spikes", At("soma", 0.5))
    found = []
    with LiveCell(structure, template.settings(structure, {})) as cell:
        for duration, integration in runs:
            protocol = Protocol((), (signal,), duration, Integration(**integration))
            response = run_protocol(cell, protocol, "free")
            found.append(response["spikes"].t_ms.tolist())
    return found

print(json.dumps(spikes(json.loads(sys.argv[1]))))
"""


def spikes(file: Path, *runs: Any) -> list[list[float]]:
    """Return the spike times of runs of a free cell, in a process of their own."""
    job = json.dumps([str(file), TAGS, runs])
    done = subprocess.run(
        [sys.executable, "-c", RUN, job], capture_output=True, text=True, check=True
    )
    found: list[list[float]] = json.loads(done.stdout.splitlines()[-1])
    return found


def fixed(dt_ms: float, celsius: float) -> dict[str, float]:
    return {"dt_ms": dt_ms, "celsius": celsius, "v_init_mV": -65.0}


@pytest.fixture(scope="module")
def tree() -> Morphology:
    return Swc(tags=TAGS, soma_connection=1.0, start_at_soma=True).load(morphology())


def value_at(structure: Any, settings: Any, variable: str, label: str) -> Any:
    """Return what is set, later assignments winning, on the first section of a label."""
    section = int(structure.morphology.indices(label)[0])
    segment = int(structure.compartments.first[section])
    found = [
        float(a.values[list(a.segments).index(segment)])
        for a in settings.assignments
        if a.variable == variable and segment in a.segments
    ]
    return found[-1] if found else None


def test_an_initial_segment_is_an_axon_and_more(tree: Morphology) -> None:
    template = Stellate()
    structure = template.structure(tree, {})
    settings = template.settings(structure, {})
    told = {
        (variable, label): value_at(structure, settings, variable, label)
        for variable in ("gbar_Nav1_6", "gkbar_Km", "gbar_HCN1", "gkbar_Kv3_4", "cm", "ena")
        for label in ("axon", AIS, "distal_dendrites")
    }
    segment = int(tree.indices(AIS)[0])
    plain_axon = [int(i) for i in tree.indices("axon") if AIS not in tree.sections[i].labels]
    assert told["gbar_Nav1_6", AIS] == 0.3
    assert told["gkbar_Km", AIS] == 7.960307413e-5
    assert told["gbar_HCN1", AIS] == 0.00099184971498
    assert told["gbar_Nav1_6", "distal_dendrites"] is None
    assert told["cm", "distal_dendrites"] == 1.5
    assert segment in structure.mechanisms["Km"]
    assert not set(plain_axon) & set(structure.mechanisms["Km"].tolist())
    assert set(plain_axon) <= set(structure.mechanisms["Nav1_6"].tolist())


def test_segments_follow_the_rule_of_the_model(tree: Morphology) -> None:
    structure = Stellate().structure(tree, {})
    lengths = [section.length_um for section in tree.sections]
    assert structure.compartments.nseg.tolist() == [int(length / 10) + 1 for length in lengths]
    assert (len(tree), len(structure.compartments)) == (36, 137)


def test_parameters_have_names_units_and_bounds() -> None:
    table = {p.name: p for p in Stellate().parameters}
    sodium = table["soma.Nav1_1.gbar"]
    assert (sodium.default, sodium.unit, sodium.lower, sodium.upper) == (0.2, "S/cm2", 0.0, 1.0)
    assert table["axon_initial_segment.Leak.e"].default == -48.0
    assert len([p for p in table.values() if p.free]) == 41
    assert len(table) == 64
    assert bouton.registry.cell_templates["stellate"] is Stellate


def test_values_reach_the_cell(tree: Morphology) -> None:
    template = Stellate()
    structure = template.structure(tree, {})
    settings = template.settings(structure, {"axon.Nav1_6.gbar": 0.01, "soma.Ra_ohm_cm": 90.0})
    assert value_at(structure, settings, "gbar_Nav1_6", AIS) == 0.3  # its own, not the axon's
    plain = next(i for i in tree.indices("axon") if AIS not in tree.sections[i].labels)
    segment = int(structure.compartments.first[plain])
    (one,) = [a for a in settings.assignments if a.variable == "gbar_Nav1_6"][:1]
    assert one.values[list(one.segments).index(segment)] == 0.01
    assert settings.Ra_ohm_cm[0] == 90.0


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"soma.Nav1_1.gba": 1.0}, "soma.Nav1_1.gbar"),
        ({"soma.Nav1_1.gbar": -1.0}, "must not be negative"),
        ({"soma.cm_uF_cm2": 0.0}, "above 0"),
        ({"soma.Nav1_1.gbar": float("nan")}, "finite"),
        ({"soma.Nav1_1.gbar": True}, "number"),
        ({"soma.Nav1_1.gbar": "0.2"}, "number"),
    ],
)
def test_nonsense_is_refused(tree: Morphology, values: Any, said: str) -> None:
    template = Stellate()
    structure = template.structure(tree, {})
    for call in (template.structural, lambda v: template.settings(structure, v)):
        with pytest.raises(CellError, match=said):
            call(values)


def test_labels_that_say_nothing_are_refused(tree: Morphology) -> None:
    with pytest.raises(CellError, match=r"dendrites\[0\].*none of the labels.*tags"):
        Stellate().structure(Swc(tags={**TAGS, 16: ["dendrites"]}).load(morphology()), {})
    with pytest.raises(CellError, match="no section labelled axon_initial_segment"):
        Stellate().structure(Swc(tags={**TAGS, 18: ["axon"]}).load(morphology()), {})
    with pytest.raises(CellError, match="needs a morphology"):
        Stellate().structure(None, {})
    soma = Section.cylinder("soma", ("soma",), length_um=8.0, diameter_um=8.0)
    with pytest.raises(CellError, match="no section labelled proximal_dendrites or"):
        Stellate().structure(Morphology("ball", (soma,)), {})
    assert Stellate().structure(tree, {}).spike_threshold_mV == -20.0


def test_the_embedded_morphology_is_what_its_seed_grows() -> None:
    assert grow() == morphology().read_text()
    assert grow(8) != grow()


def test_synapses_name_what_their_files_define() -> None:
    for name, synapse in SYNAPSES.items():
        text = (stellate_folder() / f"{synapse.mechanism}.mod").read_text()
        assert f"POINT_PROCESS {synapse.mechanism}\n" in text
        assert (synapse.name, synapse.catalogues) == (name, ("stellate",))
        for parameter, value in synapse.values.items():  # the model's values are the defaults
            assert f"    {parameter} = {value:g} (" in text


def test_the_cell_on_the_embedded_morphology_is_a_pacemaker() -> None:
    (times,) = spikes(morphology(), (1000.0, fixed(0.025, 32.0)))
    assert times[0] == pytest.approx(11.1, abs=0.3)
    assert len(times) == pytest.approx(16, abs=1)
    intervals = np.diff(times)
    assert intervals[1:] == pytest.approx(np.median(intervals), rel=0.2)


def test_the_reconstructed_cell_first_fires_when_it_should(shared_data: Path) -> None:
    file = shared_data / "morphologies" / "StellateCell.swc"
    tree = Swc(tags=TAGS, soma_connection=1.0, start_at_soma=True).load(file)
    assert (len(tree), len(Stellate().structure(tree, {}).compartments)) == (120, 208)
    coarse, fine = spikes(file, (20.0, fixed(0.1, 37.0)), (20.0, fixed(0.025, 37.0)))
    assert coarse[0] == pytest.approx(10.8, abs=0.3)  # at the step it was measured with
    assert fine[0] == pytest.approx(10.25, abs=0.1)
    assert len(coarse) == len(fine) == 1


def test_a_variable_step_comes_to_the_same() -> None:
    method = {"method": "cvode", "absolute_tolerance": 1e-4, "celsius": 32.0, "v_init_mV": -65.0}
    variable, fine = spikes(morphology(), (100.0, method), (100.0, fixed(0.005, 32.0)))
    assert len(variable) == len(fine) == 2
    assert variable == pytest.approx(fine, abs=0.35)


def test_the_study_runs_as_it_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bouton", "run", "stellate", "--out", str(tmp_path / "run")]
    done = subprocess.run([*command, "--no-figures"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
