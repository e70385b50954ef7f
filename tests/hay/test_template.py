"""The L5PT template: parameters, structure, values and complaints."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import CellError
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.morphology import Morphology, Section
from bouton_plugins.hay.template import HayL5PT


def section(name: str, label: str, parent: int, start: float, length: float) -> Section:
    z = np.linspace(start, start + length, 5)
    points = np.column_stack((np.zeros(5), np.zeros(5), z, np.full(5, 2.0)))
    return Section(name, (label,), parent, 0.5 if parent == 0 else 1.0, points)


def small_cell(*extra: Section) -> Morphology:
    return Morphology(
        "small",
        (
            section("soma", "soma", -1, -10, 20),
            section("dend[0]", "dend", 0, 0, -80),
            section("apic[0]", "apic", 0, 0, 400),
            section("apic[1]", "apic", 2, 400, 700),
            section("apic[2]", "apic", 2, 400, 300),
            *extra,
        ),
    )


def middle_values(template: HayL5PT) -> dict[str, float]:
    return {p.name: (p.lower + p.upper) / 2 for p in template.parameters if p.free}


def assigned(settings: CellSettings, structure: CellStructure, variable: str) -> np.ndarray:
    values = np.full(len(structure.compartments), np.nan)
    for assignment in settings.assignments:
        if assignment.variable == variable:
            values[assignment.segments] = assignment.values
    return values


def test_parameter_tables_have_the_published_size_and_order() -> None:
    second = [p for p in HayL5PT().parameters if p.free]
    first = [p for p in HayL5PT(version=1).parameters if p.free]
    assert len(second) == 35
    assert len(first) == 32
    names = [p.name for p in second]
    assert names == sorted(names)
    assert {n.split(".")[1] for n in names} - {n.name.split(".")[1] for n in first} == {
        "CaDynamics_E2_v2",
        "scale",
    }
    assert all(p.source and p.lower < p.upper for p in second)


def test_wrong_version_is_refused() -> None:
    with pytest.raises(ValueError, match="version"):
        HayL5PT(version=3)


def test_artificial_axon_hangs_below_the_soma() -> None:
    structure = HayL5PT().structure(small_cell(), {})
    hillock, initial, myelin = structure.morphology.sections[-3:]
    assert [s.labels for s in (hillock, initial, myelin)] == [("axon",), ("axon",), ("myelin",)]
    assert (hillock.parent, hillock.parent_x, initial.parent_x) == (0, 0.5, 1.0)
    assert hillock.points[0].tolist() == [0.0, 0.0, -1.0, 3.0]
    assert [s.length_um for s in (hillock, initial, myelin)] == pytest.approx([20, 30, 1000])
    assert structure.compartments.nseg[-3:].tolist() == [5, 7, 21]
    assert structure.catalogues == ("hay",)


def test_shorter_segments_on_request_leave_the_axon_alone() -> None:
    structure = HayL5PT(max_segment_um=10.0).structure(small_cell(), {})
    table = structure.compartments
    longest = (table.lengths_um / table.nseg)[:-3].max()
    assert longest <= 10.0
    assert table.nseg[-3:].tolist() == [5, 7, 21]


def test_calcium_channels_follow_the_hot_zone() -> None:
    template = HayL5PT()
    structure = template.structure(small_cell(), {})
    values = middle_values(template) | {
        "hot_zone.min_": 500.0,
        "hot_zone.max_": 600.0,
        "hot_zone.outsidescale_sections": [4],
    }
    settings = template.settings(structure, values)
    table = structure.compartments
    distance = table.distance_um - 10.0
    apical = np.isin(table.section, (2, 3, 4))
    zone = apical & (distance >= 500) & (distance <= 600) & (table.section != 4)
    assert zone.any()
    for variable, outside in (("gCa_HVAbar_Ca_HVA", 0.1), ("gCa_LVAstbar_Ca_LVAst", 0.01)):
        found = assigned(settings, structure, variable)
        inside = found[zone][0]
        assert found[zone] == pytest.approx(inside)
        assert found[apical & ~zone] == pytest.approx(inside * outside)


def test_gradients_and_scale_belong_to_the_second_version() -> None:
    template = HayL5PT()
    structure = template.structure(small_cell(), {})
    values = middle_values(template) | {"ephys.SKv3_1.apic.slope": -2.0}
    settings = template.settings(structure, values | {"scale_apical.scale": 2.5})
    table = structure.compartments
    trunk = np.isin(table.section, (2, 3))
    relative = table.distance_um[trunk] / 1100.0
    bar = values["ephys.SKv3_1.apic.gSKv3_1bar"]
    expected = np.maximum(bar * (1 - 2 * relative), bar * values["ephys.SKv3_1.apic.offset"])
    found = assigned(settings, structure, "gSKv3_1bar_SKv3_1")[trunk]
    assert found == pytest.approx(expected)
    assert settings.diameter_scale.tolist() == [1, 1, 2.5, 2.5, 2.5, 1, 1, 1]
    first = HayL5PT(version=1)
    older = first.settings(first.structure(small_cell(), {}), middle_values(first))
    assert set(older.diameter_scale) == {1.0}


def test_ions_are_set_where_channels_are() -> None:
    template = HayL5PT()
    structure = template.structure(small_cell(), {})
    settings = template.settings(structure, middle_values(template))
    carriers = np.isin(structure.compartments.section, (0, 2, 3, 4, 5, 6))
    for variable, level in (("ek", -85.0), ("ena", 50.0)):
        found = assigned(settings, structure, variable)
        assert (found[carriers] == level).all()
        assert np.isnan(found[~carriers]).all()


def test_all_problems_of_the_values_are_named_at_once() -> None:
    template = HayL5PT()
    structure = template.structure(small_cell(), {})
    values: dict[str, object] = dict(middle_values(template))
    del values["ephys.Im.apic.gImbar"], values["scale_apical.scale"]
    values |= {
        "ephys.NaTa.soma.gNaTa_tbar": 1.0,
        "ephys.SK_E2.soma.gSK_E2bar": float("nan"),
        "ephys.K_Pst.soma.gK_Pstbar": "much",
        "ephys.K_Tst.soma.gK_Tstbar": -1.0,
        "hot_zone.outsidescale_sections": [3, 99],
    }
    with pytest.raises(CellError) as caught:
        template.settings(structure, values)
    text = str(caught.value)
    for part in (
        "did you mean 'ephys.NaTa_t.soma.gNaTa_tbar'",
        "no value for ephys.Im.apic.gImbar, scale_apical.scale",
        "SK_E2bar must be finite",
        "must be a number, got 'much'",
        "must not be negative",
        "there is no 99",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hot_zone.min_": 900.0, "hot_zone.max_": 100.0}, "beyond hot_zone.max_"),
        ({"hot_zone.outsidescale_sections": "23-29"}, "list of section numbers"),
        ({"scale_apical.scale": 0.0}, "above 0"),
        ({"scale_apical.scale": True}, "must be a number"),
    ],
)
def test_impossible_settings_are_refused(values: dict[str, object], message: str) -> None:
    template = HayL5PT()
    structure = template.structure(small_cell(), {})
    with pytest.raises(CellError, match=message):
        template.settings(structure, middle_values(template) | values)


def test_a_file_with_an_axon_needs_a_decision() -> None:
    tree = small_cell(
        section("axon[0]", "axon", 0, 0, -30),
        section("apic[3]", "apic", 3, 1100, 50),
        section("axon[1]", "axon", 5, -30, -30),
    )
    with pytest.raises(CellError, match="drop_axon: true"):
        HayL5PT().structure(tree, {})
    structure = HayL5PT(drop_axon=True).structure(tree, {})
    assert Counter(s.label for s in structure.morphology.sections) == {
        "soma": 1, "dend": 1, "apic": 4, "axon": 2, "myelin": 1,
    }  # fmt: skip
    kept = structure.morphology.sections[5]
    assert (kept.name, kept.parent) == ("apic[3]", 3)
    assert "axon: 2 sections" in structure.morphology.report.dropped[0]


def test_unusable_morphologies_are_refused() -> None:
    hanging = small_cell(
        section("axon[0]", "axon", 0, 0, -30), section("dend[9]", "dend", 5, -30, -9)
    )
    with pytest.raises(CellError, match=r"'dend\[9\]' hangs on the axon"):
        HayL5PT(drop_axon=True).structure(hanging, {})
    with pytest.raises(CellError, match="labelled glia"):
        HayL5PT().structure(small_cell(section("g", "glia", 0, 0, 9)), {})
    with pytest.raises(CellError, match="no section labelled 'apic'"):
        HayL5PT().structure(Morphology("bare", small_cell().sections[:2]), {})
    second = small_cell(section("soma2", "soma", 0, 0, 9))
    with pytest.raises(CellError, match="one section labelled 'soma'"):
        HayL5PT().structure(second, {})
    with pytest.raises(CellError, match="needs a morphology"):
        HayL5PT().structure(None, {})
    named = evolve(small_cell().sections[1], name="myelin")
    sections = (small_cell().sections[0], named, *small_cell().sections[2:])
    with pytest.raises(CellError, match="already has a section called myelin"):
        HayL5PT().structure(Morphology("named", sections), {})


def test_reconstruction_has_the_published_numbers(shared_data: Path) -> None:
    from bouton_plugins.morphologies.hoc import HocPoints

    morphology = HocPoints().load(shared_data / "morphologies" / "89_C2.hoc")
    structure = HayL5PT().structure(morphology, {})
    nseg = structure.compartments.nseg
    by_label: Counter[str] = Counter()
    for index, part in enumerate(structure.morphology.sections):
        by_label[part.label] += int(nseg[index])
    assert len(structure.morphology) == 129
    assert by_label == {"soma": 1, "dend": 369, "apic": 436, "axon": 12, "myelin": 21}
    counts = {name: int(nseg[where].sum()) for name, where in structure.mechanisms.items()}
    everywhere = ("Ca_HVA", "Ca_LVAst", "CaDynamics_E2_v2", "NaTa_t", "SK_E2", "SKv3_1")
    assert counts == {
        "pas": 839, "Ih": 818, "Im": 436, "K_Pst": 13, "K_Tst": 13, "Nap_Et2": 13,
        **dict.fromkeys(everywhere, 449),
    }  # fmt: skip
