"""The fast-spiking interneuron: parameters, densities, currents, calcium, synapses."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from bouton import At, Cell, Integration, Morphology, Section, Signal, registry
from bouton.errors import CellError
from bouton.jobs.sessions import LiveModel

TIGHT = Integration("cvode", dt_ms=0.05, absolute_tolerance=1e-9, v_init_mV=-68.0)
STATES = ("v", "bischop.h", "bischop.n1", "bischop.n3", "bischop.PV_Mg", "bischop.PV_Ca",
          "bischop.Ca", "bischop.k")  # fmt: skip


@pytest.fixture(scope="module")
def converged() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "converged", Path(__file__).with_name("converged.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bischop(**options: Any) -> Any:
    return registry.cell_templates["hh-bischop"](**options)


def cell(parameters: dict[str, float] | None = None, **options: Any) -> Cell:
    return Cell(bischop(**options), parameters=parameters or {})


@pytest.fixture
def model(request: pytest.FixtureRequest) -> Iterator[LiveModel]:
    options = getattr(request, "param", {})
    signals = [Signal("v", "v", At("soma"))]
    with LiveModel([cell(**options)], TIGHT, signals=signals, electrodes={"I": At("soma")}) as live:
        yield live


def state(model: LiveModel) -> np.ndarray:
    return np.array([model.session.values_of(name, At("soma"))[0] for name in STATES])


def test_parameters_are_those_of_the_paper_in_its_units() -> None:
    table = {p.name: p for p in bischop().parameters}
    told = {"C_m": 30.0, "gg_L": 2.5, "E_L": -68.0, "gg_Na": 700.0, "PV_T": 63.5, "v_t": 30.0}
    assert {name: table[name].default for name in told} == told
    assert len(table) == 24
    assert {p.name for p in bischop(synapses=True).parameters} - set(table) == {
        "tau_ampa", "tau_gaba", "E_ampa", "E_gaba"
    }  # fmt: skip
    assert [name for name, p in table.items() if p.free] == [
        "gg_L", "gg_Na", "gg_Kv1", "gg_Kv3", "gg_SK", "gg_Ca", "PV_T"
    ]  # fmt: skip


def test_absolute_values_become_densities() -> None:
    template = bischop()
    values = {p.name: p.default for p in template.parameters}
    structure = template.structure(None, values)
    told = {a.variable: a.values[0] for a in template.settings(structure, values).assignments}
    assert told["cm"] == pytest.approx(1.0, rel=1e-14)
    assert told["g_L_bischop"] == pytest.approx(2.5 * 3.333333333333333e-5, rel=1e-14)
    assert told["influx_bischop"] == 1.0
    (first, last) = structure.morphology.sections[0].points
    assert np.pi * first[3] * (last - first)[0] == pytest.approx(3000.0)


def test_another_area_keeps_absolute_conductances(model: LiveModel) -> None:
    """Twice the area with the same absolute values behaves the same, but for calcium."""
    model.set({"I": 0.1})
    small = model.session.advance(2000).samples["v"]
    model.session.initialise()
    model.set({"A": 6000.0})
    large = model.session.advance(2000).samples["v"]
    assert np.abs(large - small).max() < 1e-3
    assert model.session.cells[0].sections[0](0.5).area() == pytest.approx(6000.0)


def test_everything_starts_at_zero_as_published(model: LiveModel) -> None:
    assert state(model).tolist() == [-68.0] + [0.0] * 7


@pytest.mark.parametrize("model", [{"start": "steady"}], indirect=True)
def test_a_steady_start_is_an_equilibrium_of_gates_and_buffer(
    model: LiveModel, converged: ModuleType
) -> None:
    slopes = converged.slopes(0.0, state(model), 0.0, -68.0, corrected=False)
    # calcium still feels the tiny published influx
    assert np.abs(slopes[1:6] + slopes[7:]).max() < 1e-12
    assert abs(slopes[6]) < 1e-7
    free = 63.5 / (1 + 16 + 7)
    assert state(model)[4:7] == pytest.approx([16 * free, 7 * free, 0.07], rel=1e-12)


@pytest.mark.parametrize(("model", "corrected"), [
    ({"calcium": "published-code"}, False), ({"calcium": "corrected"}, True)
], indirect=["model"])  # fmt: skip
def test_follows_the_converged_solution(
    model: LiveModel, converged: ModuleType, corrected: bool
) -> None:
    model.session.set_state("v", -90.0)
    model.set({"I": 0.15})
    piece = model.session.advance(model.session.ticks(200.0))
    spikes, end = converged.solve([(200.0, 150.0)], -68.0, corrected=corrected)
    assert len(spikes) > 3
    assert np.abs([t for _, t in piece.spikes] - spikes).max() < 1e-4
    assert state(model) == pytest.approx(end, rel=1e-4, abs=1e-5)
    assert (end[6] > 0.1) == corrected  # only the corrected calcium rises above rest


@pytest.mark.parametrize("v", [-51.25, -44.0, 75.5, 95.0])
def test_removable_singularities_are_smooth(
    model: LiveModel, converged: ModuleType, v: float
) -> None:
    """Exactly at, and next to, the points where a rate is 0/0."""
    nearby = []
    for shift in (-1e-7, 0.0, 1e-7):
        model.session.initialise()
        model.session.set_state("v", v + shift)
        for name in ("bischop.h", "bischop.n1", "bischop.n3"):
            model.session.set_state(name, 0.3)
        model.session.advance(2)
        nearby.append(state(model))
    assert np.isfinite(nearby).all()
    assert np.abs(np.diff(nearby, axis=0)).max() < 1e-5
    start = [v, 0.3, 0.3, 0.3, 0, 0, 0, 0]
    _, end = converged.solve([(0.1, 0.0)], -68.0, start=start)
    assert nearby[1] == pytest.approx(end, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("model", [{"synapses": True}], indirect=True)
def test_synapses_decay_and_never_pull_the_wrong_way(model: LiveModel) -> None:
    session = model.session
    session.deliver(0, "ampa", 2.0, 1.0)
    session.advance(session.ticks(0.5))
    assert session.values_of("ampa.g", At("soma"))[0] == 0.0
    session.advance(session.ticks(1.5))
    assert session.values_of("ampa.g", At("soma"))[0] == pytest.approx(2 * np.exp(-0.1), rel=1e-6)
    assert session.values_of("ampa.i", At("soma"))[0] < 0.0
    for name, v, sign in (
        ("ampa", 20.0, 0),
        ("ampa", -60.0, -1),
        ("gaba", -60.0, 1),
        ("gaba", -99.0, 0),
    ):
        session.set_state(f"{name}.g", 5.0)
        session.set_state("v", v)
        current = session.values_of(f"{name}.i", At("soma"))[0]
        expected = 5e-3 * (v - (0.0 if name == "ampa" else -90.0)) if sign else 0.0
        assert current == pytest.approx(expected, abs=1e-15)
        assert np.sign(current) == sign


@pytest.mark.parametrize(("values", "told"), [
    ({"gg_na": 1.0}, "unknown parameter 'gg_na'; did you mean 'gg_Na'"),
    ({"E_L": float("nan")}, "E_L must be a finite number"),
    ({"E_L": True}, "E_L must be a finite number"),
    ({"C_m": 0.0}, "C_m must be above 0"),
    ({"A": -3.0}, "A must be above 0"),
    ({"tau_ampa": 1.0}, "unknown parameter 'tau_ampa'"),
])  # fmt: skip
def test_impossible_values_are_refused(values: dict[str, Any], told: str) -> None:
    template = bischop()
    complete = {**{p.name: p.default for p in template.parameters}, **values}
    with pytest.raises(CellError, match=told):
        template.structure(None, complete)


def test_missing_values_and_morphologies_are_refused() -> None:
    template = bischop()
    values = {p.name: p.default for p in template.parameters}
    with pytest.raises(CellError, match="no value is given for E_L"):
        template.settings(
            template.structure(None, values), {k: v for k, v in values.items() if k != "E_L"}
        )
    soma = Section.cylinder("soma", ("soma",), length_um=10.0, diameter_um=10.0)
    with pytest.raises(CellError, match="leave the morphology out"):
        template.structure(Morphology("m", (soma,)), values)


@pytest.mark.parametrize("options", [{"calcium": "fixed"}, {"start": "rest"}])
def test_unknown_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="must be in"):
        bischop(**options)
