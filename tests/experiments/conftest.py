"""The interneuron, ready for experiments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attrs import evolve

from bouton import Cell, registry
from bouton_plugins.experiments.owning import ACCURATE

QUICK = evolve(ACCURATE, method="fixed", dt_ms=0.05, v_init_mV=-68.0)


@pytest.fixture(scope="session")
def bischop() -> Callable[..., Cell]:
    def make(**parameters: float) -> Cell:
        template = registry.cell_templates["hh-bischop"](synapses=True)
        return Cell(template, parameters=parameters)

    return make


@pytest.fixture
def quick() -> Any:
    """Settings that are cheap and bit-identical on repetition."""
    return QUICK


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Every test must leave NEURON without sections and with its own settings."""
    yield
    from bouton.nrn import integration
    from bouton.nrn.engine import h

    left = [section.name() for section in h.allsec()]
    for section in list(h.allsec()):
        h.delete_section(sec=section)
    assert left == []
    integration.verify(integration.NEURON_DEFAULTS)
