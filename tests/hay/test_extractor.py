"""Hay features as an extractor, and under a study's own targets."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bouton import registry
from bouton.contracts import FeatureExtractor
from bouton.errors import ProtocolError
from bouton.model.protocol import Protocol
from bouton.model.traces import Response, Trace
from bouton_plugins.hay.extractor import HayFeatures


def response(*spikes_ms: float, name: str = "soma") -> Response:
    t_ms = np.arange(0.0, 600.0, 0.0125)
    v_mV = np.full(len(t_ms), -80.0)
    for time in spikes_ms:
        v_mV[(t_ms >= time - 1e-6) & (t_ms < time + 1)] = 25.0
    protocol = Protocol((), (), 600.0, onset_ms=295.0, stimulus_ms=45.0)
    return Response("BAC", (Trace(name, "v", "mV", t_ms, v_mV),), protocol)


def test_features_have_values_and_units() -> None:
    extractor = HayFeatures(features=("Spikecount", "AP_height", "BAC_ISI"), protocol="BAC")
    assert isinstance(extractor, FeatureExtractor)
    count, height, interval = extractor.extract({"BAC": response(297.0, 307.0)})
    assert count.value == 2.0
    assert (height.value, height.unit) == ((25.0, 25.0), "mV")
    assert interval.value == pytest.approx(10.0)


def test_what_cannot_be_taken_is_nan_never_zero() -> None:
    extractor = HayFeatures(features=("BAC_ISI", "AP_height"), trace="axon")
    values = [feature.value for feature in extractor.extract({"BAC": response(name="axon")})]
    assert all(isinstance(value, float) and math.isnan(value) for value in values)


def test_wrong_names_are_refused() -> None:
    with pytest.raises(ValueError, match="did you mean 'AP_height'"):
        HayFeatures(features=("AP_heigth",))
    with pytest.raises(ProtocolError, match="did you mean 'BAC'"):
        list(HayFeatures(protocol="BAX").extract({"BAC": response()}))
    with pytest.raises(ProtocolError, match="recorded no 'dend1'"):
        list(HayFeatures(features=("BAC_caSpike_width",)).extract({"BAC": response()}))


@pytest.mark.parametrize(
    ("extractor", "feature"), [("hay-features", "AP_height"), ("efel", "peak_voltage")]
)
def test_targets_of_a_study_may_use_them(extractor: str, feature: str) -> None:
    if extractor == "efel":
        pytest.importorskip("efel", reason="the extra efel is not installed")
    module = registry.objectives["targets"]
    row = {"protocol": "BAC", "feature": feature, "mean": 20.0, "std": 2.0}
    targets = module(targets={"height": _row(module, row)}, extractor=extractor)
    scores = targets.score("BAC", {"BAC": response(297.0)})
    assert scores.scores["height"] == pytest.approx(2.5)
    assert targets.score("BAC", {"BAC": response()}).scores["height"] == targets.penalty_score


def _row(targets: type, options: dict[str, object]) -> object:
    import sys

    return sys.modules[targets.__module__].Row(**options)
