"""Both cell models: steady gates, passive resistance, synapses, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from bouton.errors import CellError, ProtocolError
from bouton.jobs.cells import WorkingCell
from bouton.model.locations import At
from bouton.model.protocol import EventTrain, Integration, PointDrive, Protocol, Signal
from bouton.model.study import Cell
from bouton_plugins.motor.alpha import MotorAlpha
from bouton_plugins.motor.pool import MotorPool
from bouton_plugins.motor.powers import MotorAlphaPowers
from bouton_plugins.motor.thresholds import Thresholds

SOMA = At("soma", 0.5)


def protocol(duration_ms: float, *signals: Signal, **more: Any) -> Protocol:
    integration = Integration(dt_ms=0.0125, celsius=36, v_init_mV=more.pop("v_init_mV", 0.0))
    return Protocol(more.pop("drives", ()), signals, duration_ms, integration, **more)


def test_gates_start_at_their_published_steady_state() -> None:
    names = {"m": 0.01021, "h": 0.99874, "p": 0.07089, "n": 0.05848}
    signals = [Signal(name, f"{name}_napp", SOMA) for name in names]
    with WorkingCell(Cell(MotorAlpha())) as cell:
        cell.set({})
        response = cell.run(protocol(1.0, *signals))
    for name, expected in names.items():
        assert response[name].values[0] == pytest.approx(expected, abs=6e-6)


@pytest.mark.parametrize("t", [0.0, 0.4, 1.0])
def test_the_input_resistance_is_the_passive_one_within_a_percent(t: float) -> None:
    (member,) = MotorPool(thresholds=Thresholds(values=(t,))).members()
    v = member.cell.parameters
    d, D, L = (1e-4 * v[k] for k in ("soma.diameter_um", "dend.diameter_um", "dend.length_um"))
    soma = v["soma.napp.gl"] * math.pi * d * d
    dendrite = v["dend.caL.gl"] * math.pi * D * L
    axial = 70 * (d / 2) / (math.pi * d * d / 4) + 70 * (L / 2) / (math.pi * D * D / 4)
    expected = 1e-6 / (soma + 1 / (axial + 1 / dendrite))
    clamp = PointDrive("IClamp", SOMA, {"delay": 0, "dur": 400, "amp": -3})
    with WorkingCell(member.cell) as cell:
        cell.set({})
        rest = cell.run(protocol(300.0, Signal("v", "v", SOMA)))["v"].values[-1]
        v_end = cell.run(
            protocol(400.0, Signal("v", "v", SOMA), drives=(clamp,), v_init_mV=float(rest))
        )["v"].values[-1]
    assert (rest - v_end) / 3 == pytest.approx(expected, rel=0.012)


def test_rates_are_continuous_where_both_their_parts_vanish() -> None:
    signals = [Signal(name, f"{name}_napp", SOMA) for name in "mpnr"]
    with WorkingCell(Cell(MotorAlpha())) as cell:
        cell.set({})
        for voltage in (5.0, 15.0, 30.0, 40.0):
            gates = [
                [
                    cell.run(protocol(0.05, *signals, v_init_mV=voltage + step))[name].values[0]
                    for name in "mpnr"
                ]
                for step in (-1e-3, -3e-6, 0.0, 3e-6, 1e-3)
            ]
            assert np.isfinite(gates).all()
            slopes = np.diff(gates, axis=0) / np.array([[997e-6], [3e-6], [3e-6], [997e-6]])
            assert np.ptp(slopes, axis=0).max() < 1e-3


def test_events_reach_the_excitatory_synapse() -> None:
    train = EventTrain("exc[0]", [20.0, 60.0], 0.6)
    signals = (Signal("g", "exc[0].g", SOMA), Signal("v", "v", SOMA))
    with WorkingCell(Cell(MotorAlpha())) as cell:
        cell.set({})
        driven = cell.run(protocol(100.0, *signals, events=(train,)))
        silent = cell.run(protocol(100.0, *signals))
        again = cell.run(protocol(100.0, *signals, events=(train,)))
    t, g = driven["g"].t_ms, driven["g"].values
    for start in (20.0, 60.0):
        assert not g[(t > start - 5) & (t < start)].max() > 1e-9
        assert g[(t > start) & (t < start + 1)].max() == pytest.approx(0.6, rel=1e-3)
    assert driven["v"].values.max() > silent["v"].values.max() + 1
    assert not silent["g"].values.any()
    np.testing.assert_array_equal(driven["v"].values, again["v"].values)


def test_events_need_a_point_process_of_the_cell() -> None:
    with WorkingCell(Cell(MotorAlpha())) as cell:
        cell.set({})
        with pytest.raises(ProtocolError, match=r"exc\[1\].*exc\[0\]"):
            cell.run(protocol(1.0, Signal("v", "v", SOMA), events=(EventTrain("exc[1]", [], 1),)))
    with pytest.raises(ProtocolError, match="never decrease"):
        EventTrain("exc[0]", [2.0, 1.0], 1.0)


def test_the_second_model_rests_and_fires_in_its_own_frame() -> None:
    clamp = PointDrive("IClamp", SOMA, {"delay": 0, "dur": 200, "amp": 8})
    signals = (Signal("v", "v", SOMA), Signal("spikes", "spikes", SOMA))
    with WorkingCell(Cell(MotorAlphaPowers())) as cell:
        cell.set({})
        rest = cell.run(protocol(500.0, signals[0], v_init_mV=-67.0))["v"].values
        fired = cell.run(protocol(200.0, *signals, drives=(clamp,), v_init_mV=-68.0))
        tree = cell.structure.morphology
    assert rest[-1] == pytest.approx(-68.03, abs=0.02)
    assert len(fired["spikes"].t_ms) >= 2
    assert [section.parent_x for section in tree.sections[1:]] == [0, 1, 0, 1]


@pytest.mark.parametrize("template", [MotorAlpha(), MotorAlphaPowers()])
def test_impossible_values_are_refused(template: Any) -> None:
    for values, named in (
        ({"soma.nap.gnabar": 1.0}, "no parameter"),
        ({"dend.length_um": -1.0}, "above 0"),
        ({"dend.length_um": float("nan")}, "finite"),
        ({"dend.length_um": "long"}, "finite number"),
    ):
        with pytest.raises(CellError, match=named):
            template.structure(None, values)
