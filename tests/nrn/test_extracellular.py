"""A cell with extracellular layers changes how NEURON solves; the next cell must not notice."""

from __future__ import annotations

from typing import Any

import pytest

from bouton import At, Integration, Protocol, Signal, registry
from bouton.model.protocol import PointDrive
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol
from bouton.nrn.sessions import Session
from bouton_plugins.regions.template import Cylinder, Region

PULSE = PointDrive("IClamp", At("soma"), {"delay": 2.0, "dur": 20.0, "amp": 0.6})
BRANCHES = tuple(
    Cylinder(f"dend[{i}]", 120.0, 2.0, parent="soma" if i < 4 else f"dend[{i - 4}]", nseg=3)
    for i in range(12)
)


def built(*more: str) -> Any:
    template = registry.cell_templates["by-region"](
        regions={
            "soma": Region(mechanisms={"hh": {}, **{name: {} for name in more}}),
            "dend": Region(mechanisms={"pas": {"g": 1e-4}, **{name: {} for name in more}}),
        },
        sections=(Cylinder("soma", 20.0, 20.0), *BRANCHES),
    )
    values = {one.name: one.default for one in template.parameters}
    structure = template.structure(None, values)
    return structure, template.settings(structure, values)


def trace(*more: str, method: Any = "fixed") -> list[float]:
    signals = (Signal("v", "v", At("soma")), Signal("d", "v", At("dend[11]")))
    protocol = Protocol((PULSE,), signals, 15.0, Integration(method))
    with LiveCell(*built(*more)) as cell:
        response = run_protocol(cell, protocol)
    return [value for one in response for value in one.values.tolist()]


@pytest.mark.parametrize("method", ["fixed", "crank-nicolson", "cvode"])
def test_a_cell_does_the_same_after_one_with_extracellular_layers(method: Any) -> None:
    first = trace(method=method)
    trace("extracellular")
    assert trace(method=method) == first


def test_a_session_does_the_same_after_one_with_extracellular_layers() -> None:
    first = trace()
    layered = built("extracellular")
    with Session([layered, built(), layered], Integration()) as session:
        session.advance(100)
    assert trace() == first


def test_a_cell_with_layers_runs_on_when_another_one_goes() -> None:
    protocol = Protocol((PULSE,), (Signal("v", "v", At("soma")),), 5.0)
    layered = built("extracellular")
    with LiveCell(*layered) as stays:
        before = run_protocol(stays, protocol)["v"].values.tolist()
        LiveCell(*layered, beside_others=True).close()
        assert run_protocol(stays, protocol)["v"].values.tolist() == before
    with LiveCell(*layered) as again:
        assert run_protocol(again, protocol)["v"].values.tolist() == before
