"""Nothing of one run, or of one cell, reaches the next."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import EngineError, ProtocolError, SimulationError
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.locations import At, EverySegment, SpikeSource
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal, WaveformDrive
from bouton.model.traces import Response
from bouton.nrn import integration
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.running import run_protocol

Maker = Callable[..., CellSettings]
METHODS = ["fixed", "crank-nicolson", "cvode"]
SIGNALS = (
    Signal("soma", "v", At("soma")),
    Signal("movie", "v", EverySegment(), 0.5),
    Signal("spikes", "spikes", SpikeSource()),
    Signal("stimulus", "stimulus", At("soma")),
)


def step(amplitude_nA: float = 0.5) -> PointDrive:
    """Return a somatic step."""
    return PointDrive("IClamp", At("soma"), {"delay": 5, "dur": 30, "amp": amplitude_nA})


def protocol(method: str, **settings: float) -> Protocol:
    """Return protocol A."""
    return Protocol((step(),), SIGNALS, 50.0, Integration(method, **settings))  # type: ignore[arg-type]


def same(a: Response, b: Response) -> bool:
    """Return whether two responses agree in every bit."""
    return all(
        np.array_equal(x.t_ms, y.t_ms) and np.array_equal(x.values, y.values)
        for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("other", METHODS)
def test_a_b_a(structure: CellStructure, settings_of: Maker, method: str, other: str) -> None:
    ramp = WaveformDrive(At("dend[0]", 0.7), np.array([1.0, 9.0, 9.0]), np.array([0.1, 2.0, 0.0]))
    b = Protocol(
        (step(2.0), ramp, PointDrive("SEClamp", At("dend[0]"), {"dur1": 5, "amp1": -90})),
        (Signal("im", "i_membrane_", EverySegment()), Signal("spikes", "spikes", At("dend[0]"))),
        30.0,
        Integration(other, dt_ms=0.1, celsius=20.0, v_init_mV=-80.0, absolute_tolerance=1e-5),  # type: ignore[arg-type]
    )
    with LiveCell(structure, settings_of()) as cell:
        first = run_protocol(cell, protocol(method))
        cell.apply(settings_of(0.3, diameter_scale=1.5))
        run_protocol(cell, b)
        changed = run_protocol(cell, protocol(method))
        cell.apply(settings_of())
        last = run_protocol(cell, protocol(method))
    with LiveCell(structure, settings_of()) as cell:
        fresh = run_protocol(cell, protocol(method))
    assert same(first, last)
    assert same(first, fresh)
    assert not same(first, changed)
    assert len(first["spikes"].t_ms) > 0


@pytest.mark.parametrize("method", METHODS)
def test_a_failed_run_leaves_nothing(
    structure: CellStructure, settings_of: Maker, method: str
) -> None:
    with LiveCell(structure, settings_of()) as cell:
        first = run_protocol(cell, protocol(method))
        with pytest.raises(SimulationError):
            run_protocol(cell, evolve(protocol(method), drives=(step(1e12),)))
        with pytest.raises(ProtocolError):
            run_protocol(cell, protocol(method).with_signals(Signal("x", "nope", At("soma"))))
        integration.verify(integration.NEURON_DEFAULTS)
        assert same(first, run_protocol(cell, protocol(method)))


def test_settings_are_neurons_own_after_a_run(structure: CellStructure) -> None:
    with LiveCell(structure) as cell:
        run_protocol(cell, protocol("cvode", celsius=34.0, absolute_tolerance=1e-5))
    assert (h.celsius, h.dt, h.secondorder) == (6.3, 0.025, 0)
    assert not h.CVode().active()
    assert h.CVode().atol() == 1e-3


def test_verify_sees_every_setting() -> None:
    values = integration.wanted(Integration("cvode", celsius=30.0))
    with integration.applied(values):
        integration.verify(values)
        h.celsius = 31.0
        h.CVode().atol(0.5)
        with pytest.raises(SimulationError, match=r"celsius from 30 to 31, cvode\.atol") as caught:
            integration.verify(values)
    assert caught.value.reason == "settings changed"


def test_a_second_cell_is_refused_unless_meant(structure: CellStructure) -> None:
    with LiveCell(structure):
        with pytest.raises(EngineError, match="close the other cell first"):
            LiveCell(structure)
        with LiveCell(structure, beside_others=True) as second:
            assert len(list(h.allsec())) == 4
            assert second.is_open
        assert len(list(h.allsec())) == 2


def test_a_stray_section_is_refused(structure: CellStructure) -> None:
    stray = h.Section(name="stray")
    with pytest.raises(EngineError, match="stray"):
        LiveCell(structure)
    del stray


def test_close_removes_sections_that_others_hold(structure: CellStructure) -> None:
    with LiveCell(structure) as cell:
        held, segment = cell.sections[1], cell.centre(0)
    assert list(h.allsec()) == []
    with pytest.raises(ReferenceError):
        _ = held.L
    del segment


def test_an_exception_closes_the_cell(structure: CellStructure) -> None:
    with pytest.raises(ZeroDivisionError), LiveCell(structure):
        _ = 1 / 0
    assert list(h.allsec()) == []


def test_other_threads_are_refused(structure: CellStructure) -> None:
    caught: list[BaseException] = []

    def build() -> None:
        try:
            LiveCell(structure)
        except EngineError as error:
            caught.append(error)

    thread = threading.Thread(target=build)
    thread.start()
    thread.join()
    assert [str(error).partition(":")[0] for error in caught] == ["wrong thread"]


def resident_MB() -> float:
    """Return the memory of this process now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def test_memory_does_not_grow(structure: CellStructure, settings_of: Maker) -> None:
    a = evolve(protocol("fixed"), duration_ms=5.0)

    def cycle(times: int) -> None:
        for _ in range(times):
            with LiveCell(structure, settings_of()) as cell:
                run_protocol(cell, a)

    cycle(60)
    before = resident_MB()
    cycle(300)
    assert resident_MB() - before < 3.0
