"""The two real files: numbers known from outside."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bouton.model.apical import apical_parts
from bouton.model.compartments import Compartments
from bouton.model.locations import TrunkDistance
from bouton.model.morphology import Morphology
from bouton_plugins.morphologies.hoc import HocPoints
from bouton_plugins.morphologies.swc import Swc

_ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("BOUTON_SHARED_DATA", _ROOT.parent / "shared" / "data")) / "morphologies"
TAGS = {16: ["dend", "proximal"], "17": ["dend", "distal"], 18: ["axon", "initial_segment"]}


def shared(name: str) -> Path:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"{name} is not here; set BOUTON_SHARED_DATA to the folder with morphologies/")
    return path


@pytest.fixture(scope="module")
def l5pt() -> Morphology:
    return HocPoints().load(shared("89_C2.hoc"))


def test_l5pt_has_the_sections_and_lengths_of_its_readme(l5pt: Morphology) -> None:
    assert l5pt.name == "89_C2"
    assert [total.label for total in l5pt.summary()] == ["soma", "dend", "apic"]
    assert [total.sections for total in l5pt.summary()] == [1, 51, 74]
    assert sum(total.points for total in l5pt.summary()) == 17_282
    lengths = [total.length_um for total in l5pt.summary()]
    assert lengths == pytest.approx([17.09905, 5695.87, 7242.73], abs=5e-3)
    dend = [*range(1, 22), *range(96, 126)]
    assert l5pt.indices("dend").tolist() == dend
    assert l5pt.indices("apic").tolist() == list(range(22, 96))


def test_l5pt_keeps_the_names_of_its_file_and_hangs_on_the_middle_of_the_soma(
    l5pt: Morphology,
) -> None:
    assert l5pt.sections[0].name == "soma"
    assert l5pt.sections[1].name == "BasalDendrite_1_0"
    stems = [section for section in l5pt.sections if section.parent == 0]
    assert {section.parent_x for section in stems} == {0.5}
    assert [s for s in l5pt.indices("apic") if l5pt.parents[s] == 0] == [22]


def test_l5pt_apical_parts_are_those_of_the_published_fit(l5pt: Morphology) -> None:
    parts = apical_parts(l5pt)
    oblique = [*range(23, 30), *range(31, 36), 37, 38, 40, 42, 43, 44, 46, 48, 50, 51, 52]
    assert parts.oblique.tolist() == [*oblique, 54, 56, 58, 60]
    assert parts.main_bifurcation == 61
    assert l5pt.end_um[61] == pytest.approx(479.38, abs=0.005)
    whole = np.concatenate((parts.trunk, parts.oblique, parts.tuft))
    assert sorted(whole.tolist()) == list(range(22, 96))


def test_l5pt_distances_are_those_measured_in_the_simulator(l5pt: Morphology) -> None:
    apical = l5pt.indices("apic")
    assert l5pt.end_um[apical].max() == pytest.approx(1413.5915 + 8.5495, abs=2e-3)


def test_l5pt_is_read_quickly(cpu_units: Any) -> None:
    path = shared("89_C2.hoc")
    assert cpu_units(lambda: HocPoints().load(path)) < 25  # measured: 4


def test_stellate_cell_with_several_labels_per_tag() -> None:
    cell = Swc(tags=TAGS).load(shared("StellateCell.swc"))
    assert cell.labels == ("soma", "dend", "proximal", "distal", "axon", "initial_segment")
    assert [(t.label, t.sections) for t in cell.summary()] == [
        ("soma", 1),
        ("dend", 104),
        ("axon", 15),
    ]
    points = np.vstack([section.points for section in cell.sections])
    assert points[:, :3].min(axis=0) == pytest.approx([-65.85, -39.94, -68.13], abs=0.01)
    assert points[:, :3].max(axis=0) == pytest.approx([52.20, 4.91, 77.42], abs=0.01)
    assert "20 samples" in cell.report.soma_rule
    assert "121 samples at the place of the parent" in cell.report.dropped[0]


def test_stellate_cell_without_a_tag_table_gets_labels_from_its_tags() -> None:
    cell = Swc().load(shared("StellateCell.swc"))
    assert set(cell.labels) == {"soma", "axon", "tag_16", "tag_17", "tag_18"}
    assert "tag_16[0]" in [section.name for section in cell.sections]


@pytest.mark.parametrize(
    ("distance_um", "section", "x"),
    [(294.8203371921156, 55, 0.12449), (474.8203371921156, 61, 0.95784)],
)
def test_l5pt_electrodes_are_where_the_published_fit_puts_them(
    l5pt: Morphology, distance_um: float, section: int, x: float
) -> None:
    compartments = Compartments(l5pt, np.ones(len(l5pt), dtype=np.int64))
    (place,) = TrunkDistance(distance_um).places(compartments)
    assert place.section == section
    assert place.x == pytest.approx(x, abs=2e-5)
