"""Drives inject what they say, where they say, for one run only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from attrs import evolve

import bouton
from bouton.errors import LocationError, MorphologyError, ProtocolError
from bouton.model.cell import CellSettings, CellStructure
from bouton.model.locations import At, OnLabel
from bouton.model.protocol import Drive, Integration, PointDrive, Protocol, Signal, WaveformDrive
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.running import run_protocol

Maker = Callable[..., CellSettings]
METHODS = ["fixed", "crank-nicolson", "cvode"]
SOMA = At("soma")
SIGNALS = (Signal("soma", "v", SOMA), Signal("stimulus", "stimulus", SOMA))


def protocol(*drives: Drive, method: str = "fixed", duration_ms: float = 40.0) -> Protocol:
    """Return a protocol with these drives."""
    tight = Integration(method, absolute_tolerance=1e-6)  # type: ignore[arg-type]
    return Protocol(drives, SIGNALS, duration_ms, tight)


def clamp(delay: float, duration: float, amplitude: float) -> PointDrive:
    """Return a somatic current clamp."""
    return PointDrive("IClamp", SOMA, {"delay": delay, "dur": duration, "amp": amplitude})


def wave(t_ms: list[float], current_nA: list[float], *, interpolate: bool) -> WaveformDrive:
    """Return a somatic waveform."""
    return WaveformDrive(SOMA, np.array(t_ms), np.array(current_nA), interpolate)


JUMPS = {
    "steps": wave([5.0, 20.0], [0.4, 0.0], interpolate=False),
    "lines": wave([5.0, 20.0, 20.0], [0.4, 0.4, 0.0], interpolate=True),
    "lines from 0": wave([0, 5, 5, 20, 20], [0, 0, 0.4, 0.4, 0], interpolate=True),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", JUMPS)
def test_a_waveform_is_the_clamp_it_draws(structure: CellStructure, method: str, form: str) -> None:
    with LiveCell(structure) as cell:
        a = run_protocol(cell, protocol(clamp(5, 15, 0.4), method=method))["soma"]
        b = run_protocol(cell, protocol(JUMPS[form], method=method))["soma"]
    assert a.values.max() > 0
    if method == "cvode":
        # Steps differ after the jumps, which are met as events of two kinds.
        grid = np.arange(0, 40, 0.1)
        difference = np.interp(grid, a.t_ms, a.values) - np.interp(grid, b.t_ms, b.values)
        assert np.abs(difference).max() < 0.1
    else:
        assert np.array_equal(a.t_ms, b.t_ms)
        assert np.abs(a.values - b.values).max() < 1e-9


@pytest.mark.parametrize("method", METHODS)
def test_a_ramp_injects_its_line(structure: CellStructure, method: str) -> None:
    (ramp,) = bouton.registry.stimuli["ramp"](0.1, 0.5, delay_ms=10.0, duration_ms=20.0).drives()
    with LiveCell(structure) as cell:
        trace = run_protocol(cell, protocol(ramp, method=method))["stimulus"]
    t, current = trace.t_ms, trace.values
    assert trace.unit == "nA"
    assert (current[t < 9.9] == 0).all()
    assert (current[t > 30.1] == 0).all()
    inside = (t > 10.1) & (t < 29.9)
    line = 0.1 + 0.4 * (t[inside] - 10.0) / 20.0
    # A fixed step takes the current in the middle of the step, half a step before the sample.
    assert np.abs(current[inside] - line).max() < 0.4 / 20.0 * 0.025


@pytest.mark.parametrize("method", METHODS)
def test_the_last_value_stays(structure: CellStructure, method: str) -> None:
    for interpolate in (True, False):
        held = wave([5.0, 8.0], [0.1, 0.2], interpolate=interpolate)
        with LiveCell(structure) as cell:
            trace = run_protocol(cell, protocol(held, method=method))["stimulus"]
        assert (trace.values[trace.t_ms < 4.9] == 0).all()
        assert (trace.values[trace.t_ms > 8.1] == 0.2).all()
        middle = trace.values[np.searchsorted(trace.t_ms, 6.5)]
        assert 0.1 < middle < 0.2 if interpolate else middle == 0.1


@pytest.mark.parametrize("method", METHODS)
def test_two_places_of_one_segment_add(structure: CellStructure, method: str) -> None:
    two = (clamp(5, 10, 0.1), clamp(10, 10, 0.2), wave([0.0], [-0.05], interpolate=False))
    with LiveCell(structure) as cell:
        trace = run_protocol(cell, protocol(*two, method=method))["stimulus"]
    for at, expected in ((2.5, -0.05), (7.5, 0.05), (12.5, 0.25), (17.5, 0.15), (30.0, -0.05)):
        index = np.searchsorted(trace.t_ms, at)
        assert trace.values[index] == pytest.approx(expected)


def test_a_drive_goes_into_every_place(structure: CellStructure) -> None:
    drive = PointDrive("IClamp", OnLabel("dend", 0.5), {"dur": 50, "amp": 0.01})
    recorded = Signal("dend", "stimulus", At("dend[0]", 0.5))
    with LiveCell(structure) as cell:
        response = run_protocol(cell, protocol(drive).with_signals(recorded))
    assert (response["stimulus"].values == 0).all()
    assert response["dend"].values[100] == 0.01


def test_nothing_injects_after_its_run(structure: CellStructure, settings_of: Maker) -> None:
    with LiveCell(structure, settings_of()) as cell:
        quiet = run_protocol(cell, protocol())["soma"].values
        for drive in (clamp(5, 1e9, 0.5), JUMPS["steps"], JUMPS["lines"]):
            run_protocol(cell, protocol(drive))
            assert not cell.sections[0](0.5).point_processes()
        assert np.array_equal(quiet, run_protocol(cell, protocol())["soma"].values)


def test_a_voltage_clamp_holds(structure: CellStructure) -> None:
    (drive,) = bouton.registry.stimuli["voltage-clamp"](
        [-80.0, -40.0], [15.0, 25.0], series_resistance_MOhm=0.01
    ).drives()
    with LiveCell(structure) as cell:
        response = run_protocol(cell, protocol(drive))
    v, t = response["soma"].values, response["soma"].t_ms
    assert v[np.searchsorted(t, 14.9)] == pytest.approx(-80, abs=0.1)
    assert v[np.searchsorted(t, 39.9)] == pytest.approx(-40, abs=0.1)
    assert response["stimulus"].values[np.searchsorted(t, 14.9)] < 0, "the electrode pulls down"


def test_noise_makes_the_same_trace_again(structure: CellStructure) -> None:
    noise = bouton.registry.stimuli["noise"](0.1, 30.0, mean_nA=0.2, tau_ms=2.0, seed=5)
    with LiveCell(structure) as cell:
        first = run_protocol(cell, protocol(*noise.drives()))
        other = run_protocol(cell, protocol(*evolve(noise, seed=6).drives()))
        again = run_protocol(cell, protocol(*noise.drives()))
    assert np.array_equal(first["soma"].values, again["soma"].values)
    assert not np.array_equal(first["soma"].values, other["soma"].values)
    during = first["stimulus"].values[200:1000]
    assert 0.05 < during.std() < 0.15


@pytest.mark.parametrize(
    ("drive", "error", "message"),
    [
        (PointDrive("IClmp", SOMA), ProtocolError, "no point process 'IClmp'.*catalogue"),
        (PointDrive("hh", SOMA), ProtocolError, "no point process 'hh'"),
        (PointDrive("IClamp", SOMA, {"amplitude": 1}), ProtocolError, "no parameter 'amplitude'"),
        (PointDrive("IClamp", SOMA, {"amp": float("nan")}), ProtocolError, "amp must be a finite"),
        (PointDrive("IClamp", SOMA, current="curr"), ProtocolError, "no current 'curr'"),
        (PointDrive("IClamp", At("nowhere")), MorphologyError, "no section 'nowhere'"),
        (PointDrive("IClamp", OnLabel("apic")), LocationError, "no section is labelled 'apic'"),
        (clamp(0, 1, 10**400), ProtocolError, "must be a finite number"),
        (clamp(0, 1, "much"), ProtocolError, "must be a finite number"),  # type: ignore[arg-type],
    ],
)
def test_impossible_drives(
    structure: CellStructure, drive: PointDrive, error: type[Exception], message: str
) -> None:
    with LiveCell(structure) as cell:
        with pytest.raises(error, match=message):
            run_protocol(cell, protocol(drive))
        assert not cell.sections[0](0.5).point_processes()
        assert h.celsius == 6.3


@pytest.mark.parametrize(
    ("t_ms", "current_nA"),
    [
        ([0, 1], [1]),
        ([], []),
        ([[0, 1]], [[1, 2]]),
        ([0, 2, 1], [1, 1, 1]),
        ([-1, 2], [1, 1]),
        ([0], [np.nan]),
    ],
)
def test_impossible_waveforms(t_ms: list[float], current_nA: list[float]) -> None:
    with pytest.raises(ProtocolError, match="waveform"):
        WaveformDrive(SOMA, np.array(t_ms), np.array(current_nA))
