"""The synthetic layer-5 pyramidal neuron: reproducible, and in the range of real ones."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from bouton.model.apical import ApicalParts, apical_parts
from bouton.model.compartments import Compartments
from bouton.model.locations import TrunkDistance
from bouton.model.morphology import Morphology
from bouton_plugins.hay.growth import DEFAULT_SEED, grow
from bouton_plugins.morphologies.swc import Swc

SHIPPED = Path(str(files("bouton_plugins.hay") / "data" / "l5pt.swc"))


@pytest.fixture(scope="module")
def cell() -> Morphology:
    return Swc().load(SHIPPED)


@pytest.fixture(scope="module")
def parts(cell: Morphology) -> ApicalParts:
    return apical_parts(cell)


def test_the_script_writes_the_shipped_file_to_the_last_byte(tmp_path: Path) -> None:
    out = tmp_path / "cell.swc"
    command = [sys.executable, "-m", "bouton_plugins.hay.growth", "--out", str(out)]
    subprocess.run(command, check=True, timeout=300)
    assert out.read_bytes() == SHIPPED.read_bytes()


def test_the_header_names_script_and_seed() -> None:
    head = SHIPPED.read_text(encoding="ascii").split("\n1 1 ")[0]
    assert f"python -m bouton_plugins.hay.growth --seed {DEFAULT_SEED}" in head


def test_seeds_give_different_neurons_and_one_seed_the_same() -> None:
    digests = [hashlib.sha256(grow(seed).encode()).hexdigest() for seed in (1, 2, 1)]
    assert digests[0] == digests[2] != digests[1]


def test_counts_and_lengths_are_those_of_real_neurons(cell: Morphology) -> None:
    totals = {total.label: total for total in cell.summary()}
    assert list(totals) == ["soma", "dend", "apic"]
    assert 1500 <= sum(total.points for total in totals.values()) <= 3000
    assert 40 <= totals["dend"].sections <= 65
    assert 60 <= totals["apic"].sections <= 90
    assert 4500 < totals["dend"].length_um < 7000
    assert 6000 < totals["apic"].length_um < 9000
    assert 700 < totals["soma"].area_um2 < 1200
    stems = [s for s in cell.sections if s.parent == 0]
    assert sorted(s.label for s in stems).count("apic") == 1
    assert 6 <= len(stems) - 1 <= 9


def test_the_file_loads_without_anything_dropped_or_mended(cell: Morphology) -> None:
    assert cell.report.dropped == ()
    assert len(cell.report.notes) == 3  # totals only


def test_every_tuft_branch_reaches_beyond_a_millimetre(
    cell: Morphology, parts: ApicalParts
) -> None:
    tips = [index for index in parts.tuft if not cell.children[index]]
    assert len(tips) >= 10
    assert min(cell.end_um[tips]) > 1000
    assert 1200 < max(cell.end_um[tips]) < 1500


def test_the_trunk_carries_obliques_up_to_the_main_bifurcation(
    cell: Morphology, parts: ApicalParts
) -> None:
    assert 460 < cell.end_um[parts.main_bifurcation] < 540
    assert len(parts.trunk) >= 10
    assert len(parts.oblique) >= 20
    assert {cell.sections[i].label for i in parts.oblique} == {"apic"}
    assert max(cell.end_um[parts.oblique]) < 1000
    assert len(cell.children[parts.main_bifurcation]) == 2


def test_the_electrode_sites_of_the_protocols_exist_on_the_trunk(
    cell: Morphology, parts: ApicalParts
) -> None:
    compartments = Compartments(cell, np.ones(len(cell), dtype=np.int64))
    for distance_um in (294.82, 474.82):
        (place,) = TrunkDistance(distance_um).places(compartments)
        assert place.section in parts.trunk
        assert 0 <= place.x <= 1


def test_diameters_taper_smoothly_along_the_trunk(cell: Morphology, parts: ApicalParts) -> None:
    points = np.vstack([cell.sections[index].points[1:] for index in parts.trunk])
    diameter = points[:, 3]
    assert 3.3 < diameter[0] < 4.5
    assert 1.8 < diameter[-1] < 2.6
    assert np.abs(np.diff(np.log(diameter))).max() < 0.2


@pytest.mark.parametrize("seed", [0, 7, 1234, 2**40])
def test_any_seed_gives_a_cell_with_a_main_bifurcation(seed: int, tmp_path: Path) -> None:
    path = tmp_path / "cell.swc"
    path.write_text(grow(seed), encoding="ascii")
    cell = Swc().load(path)
    parts = apical_parts(cell)
    tips = [index for index in parts.tuft if not cell.children[index]]
    assert min(cell.end_um[tips]) > 1000
    assert cell.report.dropped == ()
