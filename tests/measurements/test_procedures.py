"""The procedures on one live cell: order, leaks, the bracket, and the feature extractors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import ProtocolError
from bouton.jobs.cells import WorkingCell
from bouton.model.traces import Response
from bouton_plugins.measurements import columns
from bouton_plugins.measurements.accurate import Accurate
from bouton_plugins.measurements.bench import Bench, Electrode
from bouton_plugins.measurements.extractors import (
    Gain,
    InputResistance,
    RestingPotential,
    Rheobase,
    SpikeAndAfter,
    TimeConstant,
)
from bouton_plugins.measurements.reproduce import Reproduce
from bouton_plugins.measurements.steps import CurrentStep
from bouton_plugins.motor.pool import MotorPool
from bouton_plugins.motor.thresholds import Thresholds

SHORT = Reproduce(resistance_ms=60, gain_ms=150, gain_divisor_ms=125)


@pytest.fixture
def cell() -> Iterator[WorkingCell]:
    (member,) = MotorPool(n=5, thresholds=Thresholds(), only=(4,)).members()
    with WorkingCell(member.cell) as live:
        live.set({})
        yield live


def bench(cell: WorkingCell, **electrode: Any) -> Bench:
    return Bench(cell.run, Electrode(**electrode), start_mV=-67.0, spike_level_mV=50.0)


def features(one: Bench) -> dict[str, Any]:
    return {name: feature.value for name, feature in one.found.items()}


def test_no_stimulus_leaks_into_the_next_measurement(cell: WorkingCell) -> None:
    first, second = bench(cell), bench(cell)
    SHORT.measure(first)
    rest = first.value(columns.REST)
    quiet = cell.run(Electrode().step(rest, 100.0))["soma"].values
    assert np.abs(quiet - rest).max() < 1e-3
    SHORT.measure(second)
    assert features(first) == features(second)


def test_the_bracket_and_the_whole_scan_find_the_same_rheobase(cell: WorkingCell) -> None:
    quick, whole = bench(cell, dt_ms=0.05), bench(cell, dt_ms=0.05)
    SHORT._rheobase(quick, 0.0156)
    evolve(SHORT, exhaustive=True)._rheobase(whole, 0.0156)
    assert features(quick) == features(whole)
    assert quick.runs < whole.runs / 10


def test_a_cell_that_is_not_monotone_is_scanned() -> None:
    runs: list[float] = []

    def run(protocol: Any, name: str) -> Any:
        # silent between 2 and 4 nA, as a cell in depolarisation block may be
        amplitude = protocol.drives[0].values["amp"]
        runs.append(amplitude)
        fires = 1.05 < amplitude < 2 or amplitude > 4
        times = np.array([0.0, 1.0])
        values = np.array([0.0, 80.0 if fires else amplitude])
        trace = type("Trace", (), {"t_ms": times, "values": values})
        return {"soma": trace, "name": name}

    one = Bench(run, Electrode(), 0.0, 50.0)
    Reproduce()._rheobase(one, 0.0)
    assert one.value(columns.RHEOBASE) == pytest.approx(1.1)


def test_without_a_spike_there_is_no_rheobase_and_no_gain(cell: WorkingCell) -> None:
    one = bench(cell)
    evolve(SHORT, rheobase_steps=20, pulse_last_nA=45.0, spike_rise_mV=150.0).measure(one)
    assert math.isnan(one.value(columns.RHEOBASE))
    assert one.reasons == [
        "Ir: no spike with up to 2 nA",
        "AP: no spike with pulses up to 45 nA",
        "FI_gain: no rheobase",
    ]
    assert one.value(columns.RESISTANCE) > 0


def test_the_accurate_rheobase_spikes_above_its_bracket_and_not_below(cell: WorkingCell) -> None:
    one = bench(cell, method="crank-nicolson")
    Accurate(gain_multiples=(1.5, 2.0), gain_ms=150, settled_fraction=0.5).measure(one)
    assert not one.reasons
    rest = one.value(columns.REST)
    peaks = [
        one.step(rest, 100.0, one.value(name), pulse_ms=50.0)[1].max() - rest
        for name in (columns.LOWER, columns.UPPER)
    ]
    assert peaks[0] < 40 <= peaks[1]


def test_a_large_passive_rise_is_no_spike(cell: WorkingCell) -> None:
    cell.set({"soma.napp.gnabar": 0.0, "soma.napp.gnapbar": 0.0, "dend.caL.gama": 0.0})
    one = bench(cell, method="crank-nicolson")
    Accurate(largest_nA=150.0).measure(one)
    assert math.isnan(one.value(columns.RHEOBASE))
    assert any(reason.startswith("Ir:") for reason in one.reasons)
    assert one.value(columns.TAU) > 0


def responses(cell: WorkingCell, **steps: CurrentStep) -> dict[str, Response]:
    return {name: cell.run(step.protocol({}), name) for name, step in steps.items()}


def test_extractors_take_the_same_numbers_from_protocols_of_a_study(cell: WorkingCell) -> None:
    one = bench(cell)
    SHORT.measure(one)
    rest = one.value(columns.REST)
    at_rest = CurrentStep(start_mV=rest)

    def taken(extractor: Any, **steps: CurrentStep) -> dict[str, Any]:
        return {f.name: f.value for f in extractor.extract(responses(cell, **steps))}

    found = taken(RestingPotential(), rest=CurrentStep(start_mV=-67.0, duration_ms=500))
    found |= taken(
        InputResistance(mode="reproduce"),
        **{
            f"r{level}": evolve(at_rest, amplitude_nA=-level, pulse_ms=60, duration_ms=60)
            for level in (5.0, 4.0, 3.0, 2.0, 1.0)
        },
    )
    pulse = evolve(at_rest, amplitude_nA=-20, pulse_ms=1, delay_ms=5, duration_ms=200)
    found |= taken(TimeConstant(mode="reproduce"), pulse=pulse)
    brief = evolve(at_rest, amplitude_nA=45, pulse_ms=0.5, delay_ms=5, duration_ms=900)
    found |= taken(SpikeAndAfter(mode="reproduce"), spike=brief)
    levels = {
        f"i{level}": evolve(at_rest, amplitude_nA=level, pulse_ms=150, duration_ms=150)
        for level in (20.0, 25.0, 30.0)
    }
    found |= taken(Gain(mode="reproduce", divisor_ms=125), **levels)
    expected = features(one)
    for name in set(columns.UNITS) - {columns.RHEOBASE}:
        assert found[name] == pytest.approx(expected[name], rel=1e-12), name
    steps = {
        f"s{level}": evolve(at_rest, amplitude_nA=level, pulse_ms=50, duration_ms=100)
        for level in (18.8, 18.9, 19.0)
    }
    bracket = taken(Rheobase(), **steps)
    assert (bracket[columns.LOWER], bracket[columns.RHEOBASE]) == (18.8, 18.9)
    assert taken(Gain(), **levels)[columns.GAIN] > 0


def test_extractors_refuse_what_they_cannot_read(cell: WorkingCell) -> None:
    given = responses(cell, rest=CurrentStep(duration_ms=5))
    with pytest.raises(ProtocolError, match="did you mean 'rest'"):
        list(RestingPotential(protocols=("rst",)).extract(given))
    with pytest.raises(ProtocolError, match="no 'dend'"):
        list(RestingPotential(trace="dend").extract(given))
    with pytest.raises(ProtocolError, match="did you mean 'amplitude_nA'"):
        CurrentStep().protocol({"amplitude": 1})
    with pytest.raises(ProtocolError, match="must be a number"):
        CurrentStep().protocol({"amplitude_nA": "1"})
    shape = {f.name: f.value for f in SpikeAndAfter(rest_mV=0.0).extract(given)}
    assert all(math.isnan(value) for value in shape.values())
