"""Trees in NEURON are the trees described: lengths, areas, distances, diameters."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.random import Generator, default_rng

from bouton.errors import CellError, EngineError, MechanismError, MorphologyError
from bouton.model.cell import CellSettings, CellStructure, PlacedMechanism
from bouton.model.compartments import Compartments
from bouton.model.locations import Place
from bouton.model.morphology import Morphology, Section
from bouton.model.protocol import Protocol
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.running import run_protocol


def random_section(rng: Generator, index: int) -> Section:
    """Return a section of random points on a random parent, often inside it."""
    n = int(rng.integers(2, 12))
    steps = rng.normal(0, 20, (n, 3))
    steps[0] = rng.normal(0, 500, 3)
    diameters = rng.uniform(0.2, 5, (n, 1))
    points = np.hstack([np.cumsum(steps, axis=0), diameters])
    parent = int(rng.integers(0, index)) if index else -1
    x = float(rng.choice([0.0, 0.5, 1.0, rng.random()])) if index else 0.0
    return Section(f"part[{index}]", ("dend",), parent, x, points)


def random_tree(seed: int) -> CellStructure:
    """Return a random tree with random numbers of segments, 1 to 9."""
    rng = default_rng(seed)
    sections = tuple(random_section(rng, index) for index in range(int(rng.integers(1, 25))))
    nseg = rng.integers(1, 10, len(sections))
    return CellStructure(Compartments(Morphology("random", sections), nseg), {})


@pytest.mark.parametrize("seed", range(12))
def test_random_trees_agree_with_neuron(seed: int) -> None:
    structure = random_tree(seed)
    table = structure.compartments
    with LiveCell(structure) as cell:
        h.distance(0, cell.sections[0](0))
        lengths = [section.L for section in cell.sections]
        assert table.lengths_um.tolist() == lengths
        start = [h.distance(section(0)) for section in cell.sections]
        end = [h.distance(section(1)) for section in cell.sections]
        centre = [h.distance(cell.centre(index)) for index in range(len(table))]
        np.testing.assert_allclose(table.start_um, start, rtol=1e-10, atol=1e-9)
        np.testing.assert_allclose(table.end_um, end, rtol=1e-10, atol=1e-9)
        np.testing.assert_allclose(table.distance_um, centre, rtol=1e-10, atol=1e-9)
        areas = [sum(segment.area() for segment in section) for section in cell.sections]
        described = [section.area_um2 for section in table.morphology.sections]
        np.testing.assert_allclose(described, areas, rtol=1e-5)
        assert [section.nseg for section in cell.sections] == table.nseg.tolist()
        for index, section in enumerate(table.morphology.sections):
            if section.parent >= 0:
                parent = cell.sections[index].trueparentseg()
                assert section.parent_x == 0.0 or parent.sec == cell.sections[section.parent]


@pytest.mark.parametrize("seed", range(4))
def test_segment_at_is_neurons_choice(seed: int) -> None:
    structure = random_tree(seed)
    rng = default_rng(100 + seed)
    with LiveCell(structure) as cell:
        for _ in range(30):
            section = int(rng.integers(len(cell.sections)))
            x = float(rng.choice([0.0, 1.0, 0.5, rng.random()]))
            chosen = structure.compartments.segment_at(section, x)
            clamp = h.IClamp(cell.at(Place(section, x)))
            if 0.0 < x < 1.0:
                assert clamp.get_segment() == cell.centre(chosen)
            del clamp


def settings_for(structure: CellStructure, scale: float) -> CellSettings:
    """Return settings that only scale diameters, of every second section."""
    n = len(structure.morphology)
    factors = np.where(np.arange(n) % 2 == 0, scale, 1.0)
    return CellSettings((), np.full(n, 100.0), factors)


def test_diameters_scale_from_the_original_and_back() -> None:
    structure = random_tree(3)
    with LiveCell(structure) as cell:
        first = [section(0.5).diam for section in cell.sections]
        cell.apply(settings_for(structure, 1.7))
        cell.apply(settings_for(structure, 1.7))
        cell.apply(settings_for(structure, 2.5))
        wide = [section(0.5).diam for section in cell.sections]
        ratio = np.array(wide) / np.array(first)
        expected = np.where(np.arange(len(ratio)) % 2 == 0, 2.5, 1.0)
        np.testing.assert_allclose(ratio, expected, rtol=1e-6)
        lengths = [section.L for section in cell.sections]
        np.testing.assert_allclose(lengths, structure.compartments.lengths_um, rtol=1e-12)
        assert [s.nseg for s in cell.sections] == structure.compartments.nseg.tolist()
        h.distance(0, cell.sections[0](0))
        centre = [h.distance(cell.centre(i)) for i in range(len(structure.compartments))]
        np.testing.assert_allclose(structure.compartments.distance_um, centre, atol=1e-9)
        cell.apply(settings_for(structure, 1.0))
        assert [section(0.5).diam for section in cell.sections] == first


def test_cylinders_are_exact() -> None:
    length, diameter = 5519.5432198765, 41.567890123
    soma = Section.cylinder("soma", ("soma",), length_um=77.123456789, diameter_um=77.123456789)
    dend = Section.cylinder(
        "dend[0]", ("dend",), length_um=length, diameter_um=diameter, parent=0, parent_x=0.0
    )
    table = Compartments(Morphology("pool", (soma, dend)), np.array([1, 1]))
    structure = CellStructure(table, {})
    with LiveCell(structure) as cell:
        assert (cell.sections[1].L, cell.sections[1].diam) == (length, diameter)
        assert cell.sections[0].L == cell.sections[0].diam == 77.123456789
        assert table.lengths_um.tolist() == [77.123456789, length]
        cell.apply(CellSettings((), np.full(2, 70.0), np.array([1.0, 2.0])))
        assert cell.sections[1].diam == diameter * 2.0


def test_cylinders_have_two_equal_points() -> None:
    with pytest.raises(MorphologyError, match="equally wide"):
        Section("a", ("a",), -1, 0.0, np.array([[0, 0, 0, 1], [1, 0, 0, 2]]), is_cylinder=True)


def test_unknown_mechanism_names_section_and_catalogues(structure: CellStructure) -> None:
    broken = CellStructure(structure.compartments, {"NaTx_t": np.array([1])})
    with pytest.raises(CellError, match=r"'NaTx_t' for section 'dend\[0\]'; catalogues .* none"):
        LiveCell(broken)


def placed(*points: PlacedMechanism) -> CellStructure:
    """Return a one-section structure with point processes."""
    soma = Section.cylinder("soma", ("soma",), length_um=20, diameter_um=20)
    table = Compartments(Morphology("soma", (soma,)), np.array([1]))
    return CellStructure(table, {"pas": np.array([0])}, point_processes=points)


def test_point_processes_belong_to_the_cell() -> None:
    structure = placed(PlacedMechanism("syn", "ExpSyn", 0, 0.5, {"tau": 3.0}))
    with LiveCell(structure) as cell:
        assert cell.point_process("syn").tau == 3.0
        with pytest.raises(CellError, match=r"no point process 'sin'.*did you mean 'syn'"):
            cell.point_process("sin")


@pytest.mark.parametrize(
    ("points", "error", "message"),
    [
        ([PlacedMechanism("a", "ExpSin", 0, 0.5)], MechanismError, "no point process 'ExpSin'"),
        ([PlacedMechanism("a", "pas", 0, 0.5)], MechanismError, "no point process 'pas'"),
        ([PlacedMechanism("a", "Vector", 0, 0.5)], MechanismError, "no point process 'Vector'"),
        ([PlacedMechanism("a", "finitialize", 0, 0.5)], MechanismError, "no point process"),
        ([PlacedMechanism("a", "ExpSyn", 0, 0.5, {"taw": 1})], CellError, "did you mean 'tau'"),
        (
            [PlacedMechanism("a", "ExpSyn", 0, 0.5, {"tau": float("nan")})],
            CellError,
            "must be a finite number",
        ),
        ([PlacedMechanism("a", "ExpSyn", 0, 0.5)] * 2, CellError, "two point processes"),
    ],
)
def test_broken_point_processes(
    points: list[PlacedMechanism], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        LiveCell(placed(*points))


def test_closed_cells_refuse(structure: CellStructure) -> None:
    cell = LiveCell(structure)
    cell.close()
    cell.close()
    assert not cell.is_open
    with pytest.raises(EngineError, match="closed"):
        cell.apply(settings_for(structure, 1.0))
    with pytest.raises(EngineError, match="closed"):
        run_protocol(cell, Protocol((), (), 1.0))
