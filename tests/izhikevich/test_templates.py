"""What the templates say, refuse and leave to the simulator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bouton import Integration, Protocol, Signal, registry
from bouton.errors import BoutonError, CellError
from bouton.model.cell import CellStructure, Connection
from bouton.model.locations import At, SpikeSource
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol

NAMES = [f"izhikevich-{year}{x}" for year in ("2003", "2007") for x in "ab"]


def built(name: str, **changed: float) -> tuple[Any, dict[str, Any], CellStructure]:
    template = registry.cell_templates[name]()
    values = {p.name: p.default for p in template.parameters} | changed
    return template, values, template.structure(None, values)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_have_defaults_and_sources(name: str) -> None:
    template, values, structure = built(name)
    assert all(p.default is not None and p.source for p in template.parameters)
    assert structure.spike_process == "izh"
    assert structure.point_processes[0].voltage == ("V" if name.endswith("a") else "")
    assert template.structural(values) != template.structural({**values, "a": 0.5})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "bad", [{"nonsense": 1.0}, {"a": "fast"}, {"a": float("nan")}, {"c": True}]
)
def test_nonsense_is_refused(name: str, bad: dict[str, Any]) -> None:
    with pytest.raises(CellError):
        built(name, **bad)


def test_an_unknown_type_is_refused_with_a_close_one() -> None:
    with pytest.raises(ValueError, match="tonic spiking"):
        registry.cell_templates["izhikevich-2003a"](type="tonic spikin")


@pytest.mark.parametrize(("name", "Iin"), [("2003a", 14.0), ("2003b", 14.0), ("2007b", 100.0)])
def test_the_spike_source_hears_the_point_process(name: str, Iin: float) -> None:
    template, values, structure = built(f"izhikevich-{name}", Iin=Iin)
    protocol = Protocol(
        (), (Signal("spikes", "spikes", SpikeSource()),), 100.0, Integration(dt_ms=0.01)
    )
    with LiveCell(structure, template.settings(structure, values)) as cell:
        assert len(run_protocol(cell, protocol)["spikes"].t_ms) >= 1


@pytest.mark.parametrize(("receptor", "sign"), [(0, 1), (1, 1), (2, -1), (3, -1), (4, 1)])
def test_each_weight_acts_on_its_receptor(receptor: int, sign: int) -> None:
    """The cell's own event at a set potential shows which receptor a weight opens."""
    from attrs import evolve

    template, values, structure = built("izhikevich-2007a")
    weights = tuple(5.0 * (index == receptor) for index in range(5))
    start = Connection("izh", weights, 1.0, section=0, threshold_mV=-64.0)
    wired = evolve(structure, connections=(start,))
    name = f"g{structure.point_processes[0].receptors[receptor]}"
    protocol = Protocol(
        (),
        (Signal("g", f"izh.{name}", At("soma")), Signal("V", "izh.V", At("soma"))),
        20.0,
        Integration(dt_ms=0.01, v_init_mV=-60.0),
    )
    with LiveCell(wired, template.settings(structure, values)) as cell:
        from bouton.nrn.engine import h

        source = h.IClamp(cell.sections[0](0.5))
        del source
        run = run_protocol(cell, protocol)
    opened = run["g"].values
    tau = values[f"tau{structure.point_processes[0].receptors[receptor]}"]
    assert opened.max() == pytest.approx(5.0, rel=0.01)
    after = run["g"].t_ms - run["g"].t_ms[int(np.argmax(opened))]
    late = after >= 0
    np.testing.assert_allclose(opened[late], opened.max() * np.exp(-after[late] / tau), rtol=0.03)
    deviation = run["V"].values[-1] + 60.0
    assert np.sign(deviation) == sign


def test_a_wrong_number_of_weights_is_refused() -> None:
    from attrs import evolve

    template, values, structure = built("izhikevich-2007a")
    wired = evolve(structure, connections=(Connection("izh", (1.0,), 1.0, section=0),))
    with pytest.raises(BoutonError, match="5 weights"):
        LiveCell(wired, template.settings(structure, values))
