"""Traces that make no sense are failures with a reason, never results."""

from __future__ import annotations

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import SimulationError
from bouton.model.cell import CellStructure
from bouton.model.locations import At
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal, Validity
from bouton.model.traces import Trace
from bouton.nrn import gate
from bouton.nrn.cells import LiveCell
from bouton.nrn.running import run_protocol

PROTOCOL = Protocol((), (Signal("soma", "v", At("soma")),), 10.0)


@pytest.mark.parametrize("method", ["fixed", "crank-nicolson", "cvode"])
@pytest.mark.parametrize("where", ["soma", "dend[0]"])
def test_an_absurd_clamp_is_no_trace(structure: CellStructure, method: str, where: str) -> None:
    clamp = PointDrive("IClamp", At(where), {"delay": 2, "dur": 5, "amp": 1e12})
    absurd = evolve(PROTOCOL, drives=(clamp,), integration=Integration(method))  # type: ignore[arg-type]
    with LiveCell(structure) as cell, pytest.raises(SimulationError) as caught:
        run_protocol(cell, absurd)
    assert caught.value.reason in ("out of range", "not finite", "solver failed")


def test_places_that_are_not_recorded_count_too(structure: CellStructure) -> None:
    clamp = PointDrive("IClamp", At("dend[0]", 0.9), {"delay": 2, "dur": 50, "amp": 60.0})
    ends_high = evolve(PROTOCOL, drives=(clamp,), signals=())
    with LiveCell(structure) as cell, pytest.raises(SimulationError, match="at the end") as caught:
        run_protocol(cell, ends_high)
    assert caught.value.reason == "out of range"


def test_the_range_is_the_protocols(structure: CellStructure) -> None:
    clamp = PointDrive("IClamp", At("soma"), {"delay": 2, "dur": 5, "amp": 0.5})
    narrow = evolve(PROTOCOL, drives=(clamp,), validity=Validity(-90.0, 0.0))
    with LiveCell(structure) as cell:
        with pytest.raises(SimulationError, match=r"trace 'soma' spans .* valid is -90 to 0 mV"):
            run_protocol(cell, narrow)
        run_protocol(cell, evolve(narrow, validity=Validity()))


@pytest.mark.parametrize(
    ("t_ms", "values", "reason"),
    [
        ([0, 5, 10], [-65, np.nan, -65], "not finite"),
        ([0, 5, 10], [-65, np.inf, -65], "not finite"),
        ([0, 5, 10], [-65, 201, -65], "out of range"),
        ([0, 5, 10], [-65, -201, -65], "out of range"),
        ([0, 5, 9.9], [-65, -65, -65], "stopped early"),
        ([0], [-65], "too few samples"),
        ([], [], "too few samples"),
    ],
)
def test_reasons(t_ms: list[float], values: list[float], reason: str) -> None:
    trace = Trace("soma", "v", "mV", np.array(t_ms), np.array(values))
    with pytest.raises(SimulationError) as caught:
        gate.check_traces([trace], PROTOCOL)
    assert caught.value.reason == reason


def test_good_traces_pass() -> None:
    good = Trace("soma", "v", "mV", np.array([0.0, 10.0 - 1e-9]), np.array([-65.0, -65.0]))
    other = Trace("x", "ica", "mA/cm2", np.array([0.0, 10.0]), np.array([1e6, -1e6]))
    none = Trace("s", "spikes", "", np.array([]), np.array([]))
    gate.check_traces([good, other, none], PROTOCOL)


def test_neurons_errors_become_reasons(structure: CellStructure) -> None:
    absurd = evolve(PROTOCOL, integration=Integration("cvode", v_init_mV=1e200))
    with LiveCell(structure) as cell:
        with pytest.raises(SimulationError) as caught:
            run_protocol(cell, absurd)
        assert caught.value.reason in ("solver failed", "not finite", "out of range")
        run_protocol(cell, PROTOCOL)
