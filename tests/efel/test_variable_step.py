"""Features do not depend on whether samples are equally spaced."""

from __future__ import annotations

import pytest

from bouton.model.locations import At
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal
from bouton.testing import run_on, tiny_cell

pytest.importorskip("efel", reason="the extra efel is not installed")

from bouton_plugins.efel.extractor import Efel

FEATURES = ("peak_voltage", "spike_count", "AP_width", "AHP_depth", "voltage_base")


def test_features_of_sparse_samples_are_those_of_a_fine_grid() -> None:
    assert Integration().method == "fixed"  # the variable step is a choice
    step = PointDrive("IClamp", At("soma"), {"delay": 20.0, "dur": 60.0, "amp": 0.5})
    found, samples = {}, {}
    for method, dt_ms in (("crank-nicolson", 0.005), ("cvode", 0.025)):
        protocol = Protocol(
            (step,),
            (Signal("soma", "v", At("soma")),),
            100.0,
            Integration(method, dt_ms=dt_ms, absolute_tolerance=1e-5),  # type: ignore[arg-type]
            onset_ms=20.0,
            stimulus_ms=60.0,
        )
        response = run_on(tiny_cell(), protocol)
        features = Efel(features=FEATURES, protocol="step").extract({"step": response})
        found[method] = {feature.name: feature.value for feature in features}
        samples[method] = len(response["soma"].t_ms)
    assert samples["cvode"] < samples["crank-nicolson"] / 5
    for name in FEATURES:
        assert found["cvode"][name] == pytest.approx(found["crank-nicolson"][name], abs=0.05)
