"""A point neuron in a session that is advanced piece by piece: it says itself when it fires."""

from __future__ import annotations

import numpy as np
import pytest

from bouton import Integration, Protocol, Signal, registry
from bouton.model.locations import SpikeSource
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol
from bouton.nrn.sessions import Session

SPIKES = (Signal("spikes", "spikes", SpikeSource()),)


@pytest.mark.parametrize("name", ["2003a", "2003b", "2007a"])
@pytest.mark.parametrize("piece", [1, 7, 4000])
def test_spikes_are_those_of_a_whole_run(name: str, piece: int) -> None:
    template = registry.cell_templates[f"izhikevich-{name}"]()
    values = {p.name: p.default for p in template.parameters if p.default is not None}
    values["Iin"] = 10.0 if name.startswith("2003") else 100.0
    structure = template.structure(None, values)
    settings = template.settings(structure, values)
    told = Integration("fixed", dt_ms=0.05)
    with LiveCell(structure, settings) as cell:
        whole = run_protocol(cell, Protocol((), SPIKES, 100.0, told))["spikes"].t_ms
    found: list[float] = []
    with Session([(structure, settings)], told) as session:
        while session.step < 2000:
            made = session.advance(min(piece, 2000 - session.step))
            found += [time for _, time in made.spikes]
    assert len(whole) > 0
    np.testing.assert_allclose(found, whole, atol=1e-6)
