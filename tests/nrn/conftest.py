"""A small described cell and the same cell written by hand in NEURON."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from bouton.model.cell import Assignment, CellSettings, CellStructure
from bouton.model.compartments import Compartments
from bouton.model.morphology import Morphology, Section

SOMA = np.array([[0.0, 0, 0, 20], [20, 0, 0, 20]])
DEND = np.array([[20.0, 0, 0, 2], [120, 10, 0, 1.5], [220, 0, 0, 1]])


@pytest.fixture(scope="session")
def structure() -> CellStructure:
    """A soma with `hh` and a dendrite of five segments with `pas`."""
    soma = Section("soma", ("soma",), -1, 0.0, SOMA)
    dend = Section("dend[0]", ("dend",), 0, 1.0, DEND)
    compartments = Compartments(Morphology("ball", (soma, dend)), np.array([1, 5]))
    return CellStructure(compartments, {"hh": np.array([0]), "pas": np.array([1])})


@pytest.fixture(scope="session")
def settings_of() -> Callable[..., CellSettings]:
    """Makes settings for that cell."""

    def make(gnabar: float = 0.12, diameter_scale: float = 1.0) -> CellSettings:
        sodium = Assignment("gnabar_hh", np.array([0]), np.array([gnabar]))
        leak = Assignment("g_pas", np.arange(1, 6), np.linspace(1e-4, 2e-4, 5))
        scale = np.array([1.0, diameter_scale])
        return CellSettings((sodium, leak), np.full(2, 100.0), scale)

    return make


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """Every test must leave NEURON without sections and with its own settings."""
    yield
    from bouton.nrn import integration
    from bouton.nrn.engine import h

    names = [section.name() for section in h.allsec()]
    for section in list(h.allsec()):
        h.delete_section(sec=section)
    assert names == []
    integration.verify(integration.NEURON_DEFAULTS)
