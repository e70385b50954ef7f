"""The adapter gives the numbers of a script written by hand, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from bouton.model.cell import CellSettings, CellStructure
from bouton.model.locations import At
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.running import run_protocol

POINTS = {
    "soma": [(0, 0, 0, 20), (20, 0, 0, 20)],
    "dend": [(20, 0, 0, 2), (120, 10, 0, 1.5), (220, 0, 0, 1)],
}


def by_hand(method: str, duration_ms: float) -> tuple[Any, Any]:
    """Return times and somatic voltage of a plain NEURON script."""
    soma, dend = h.Section(name="soma"), h.Section(name="dend")
    for section in (soma, dend):
        for point in POINTS[section.name()]:
            section.pt3dadd(*point)
        section.Ra = 100
    dend.nseg = 5
    dend.connect(soma(1), 0)
    soma.insert("hh")
    dend.insert("pas")
    for segment, g in zip(dend, np.linspace(1e-4, 2e-4, 5), strict=True):
        segment.pas.g = g
    clamp = h.IClamp(soma(0.5))
    clamp.delay, clamp.dur, clamp.amp = 5, 50, 0.5
    t, v = h.Vector().record(h._ref_t), h.Vector().record(soma(0.5)._ref_v)
    h.celsius, h.dt = 16.0, 0.025
    h.secondorder = 2 if method == "crank-nicolson" else 0
    cvode = h.CVode()
    cvode.active(method == "cvode")
    cvode.atol(1e-4)
    h.finitialize(-70)
    while h.t < duration_ms - 0.01 or (method == "cvode" and t[-1] < duration_ms):
        h.fadvance()
    cvode.active(False)
    cvode.atol(1e-3)
    h.celsius, h.secondorder = 6.3, 0
    h.dt = 0.025
    return np.array(t), np.array(v)


@pytest.mark.parametrize("method", ["fixed", "crank-nicolson", "cvode"])
def test_same_numbers_as_by_hand(
    method: str, structure: CellStructure, settings_of: Callable[..., CellSettings]
) -> None:
    t, v = by_hand(method, 120.0)
    clamp = PointDrive("IClamp", At("soma"), {"delay": 5, "dur": 50, "amp": 0.5})
    protocol = Protocol(
        (clamp,),
        (Signal("soma", "v", At("soma")),),
        120.0,
        Integration(method, celsius=16.0, v_init_mV=-70.0, absolute_tolerance=1e-4),
    )
    with LiveCell(structure, settings_of()) as cell:
        trace = run_protocol(cell, protocol)["soma"]
    assert trace.unit == "mV"
    assert np.array_equal(trace.t_ms, t)
    assert np.array_equal(trace.values, v)
    assert v.max() > 0, "the test is about a cell that spikes"
