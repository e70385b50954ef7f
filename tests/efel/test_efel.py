"""The eFEL extractor on synthetic traces, its units, settings and complaints."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest

from bouton.contracts import FeatureExtractor
from bouton.errors import ProtocolError
from bouton.model.protocol import Protocol
from bouton.model.scores import Feature
from bouton.model.traces import Response, Trace

efel = pytest.importorskip("efel", reason="the extra efel is not installed")

from bouton_plugins.efel.extractor import Efel  # noqa: E402

PEAK_MV = 30.0


def response(*times_ms: float, stimulus_ms: float = 200.0, unit: str = "mV") -> Response:
    """Return a response with triangular spikes of 2 ms on a flat trace."""
    t_ms = np.arange(0.0, 500.0, 0.0125)
    v_mV = np.full(len(t_ms), -70.0)
    for time in times_ms:
        v_mV = np.maximum(v_mV, PEAK_MV - 100.0 * np.abs(t_ms - time))
    traces = (
        Trace("soma", "v", unit, t_ms, v_mV),
        Trace("tree", "v", "mV", t_ms, np.stack((v_mV, v_mV), axis=1)),
    )
    protocol = Protocol((), (), 500.0, onset_ms=100.0, stimulus_ms=stimulus_ms)
    return Response("step", traces, protocol)


def taken(extractor: Efel, *times_ms: float) -> dict[str, Feature]:
    found = extractor.extract({"step": response(*times_ms)})
    return {feature.name: feature for feature in found}


@pytest.fixture(autouse=True)
def settings_are_left_alone() -> Iterator[None]:
    efel.reset()
    before = str(efel.get_settings())
    yield
    assert str(efel.get_settings()) == before


def test_features_have_values_units_and_order() -> None:
    extractor = Efel(features=("peak_voltage", "spike_count", "mean_frequency"), protocol="step")
    assert isinstance(extractor, FeatureExtractor)
    found = taken(extractor, 150.0, 200.0)
    assert list(found) == ["peak_voltage", "spike_count", "mean_frequency"]
    assert found["peak_voltage"].value == pytest.approx((PEAK_MV, PEAK_MV))
    assert found["peak_voltage"].unit == "mV"
    assert found["spike_count"].value == 2.0
    assert found["spike_count"].unit == ""
    assert found["mean_frequency"].value == pytest.approx(1000 * 2 / 100)
    assert found["mean_frequency"].unit == "Hz"


def test_what_cannot_be_taken_is_nan_never_zero() -> None:
    found = taken(Efel(features=("AP_amplitude", "ISI_CV"), protocol="step"))
    values = [feature.value for feature in found.values()]
    assert all(isinstance(value, float) and math.isnan(value) for value in values)


def test_stimulus_window_comes_from_the_protocol_unless_given() -> None:
    features = ("time_to_first_spike",)
    own = taken(Efel(features=features, protocol="step"), 150.0)
    given = taken(Efel(features=features, protocol="step", stimulus_start_ms=120.0), 150.0)
    shift = own["time_to_first_spike"].value - given["time_to_first_spike"].value  # type: ignore[operator]
    assert shift == pytest.approx(20.0)


def test_protocol_and_trace_may_be_left_out_where_they_are_clear() -> None:
    (count,) = Efel(features=("spike_count",)).extract({"step": response(150.0)})
    assert count.value == 1.0
    with pytest.raises(ProtocolError, match="known: ramp, step"):
        Efel(features=("spike_count",)).extract({"step": response(), "ramp": response()})


def test_settings_change_the_result_and_are_kept_together() -> None:
    plain = Efel(features=("spike_count",), protocol="step")
    high = Efel(features=("spike_count",), protocol="step", settings={"Threshold": 40.0})
    assert taken(plain, 150.0)["spike_count"].value == 1.0
    assert taken(high, 150.0)["spike_count"].value == 0.0
    assert high.all_settings["Threshold"] == 40.0
    assert high.all_settings["interp_step"] == 0.025
    assert "dependencyfile_path" not in high.all_settings


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features": ("AP_amplitud",)}, "did you mean 'AP_amplitude'"),
        ({"features": ()}, "at least one"),
        ({"settings": {"Treshold": -20.0}}, "did you mean 'Threshold'"),
        ({"settings": {"Threshold": "high"}}, "must be of type float, got 'high'"),
        ({"settings": {"max_spike_skip": 1.5}}, "must be of type int"),
        ({"settings": {"ignore_first_ISI": 1}}, "must be of type bool"),
        ({"interval_ms": 0.0}, "interval_ms"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    good: dict[str, object] = {"features": ("spike_count",), "protocol": "step"}
    with pytest.raises(ValueError, match=message):
        Efel(**good | options)  # type: ignore[arg-type]


def test_missing_traces_are_named() -> None:
    features = ("spike_count",)
    with pytest.raises(ProtocolError, match="no protocol 'stepp' was run; did you mean 'step'"):
        Efel(features=features, protocol="stepp").extract({"step": response()})
    with pytest.raises(ProtocolError, match="recorded no 'som'"):
        Efel(features=features, protocol="step", trace="som").extract({"step": response()})
    with pytest.raises(ProtocolError, match="voltage at one place"):
        Efel(features=features, protocol="step", trace="tree").extract({"step": response()})
    with pytest.raises(ProtocolError, match="unit 'nA'"):
        Efel(features=features, protocol="step").extract({"step": response(unit="nA")})
    with pytest.raises(ProtocolError, match="give stimulus_start_ms"):
        Efel(features=features, protocol="step").extract({"step": response(stimulus_ms=0.0)})


def test_declaring_the_plugin_does_not_import_efel() -> None:
    code = (
        "import sys, bouton_plugins.efel as plugin\n"
        "(entry,) = plugin.bouton_register_feature_extractors()\n"
        "assert entry.requires == 'bouton[efel]'\n"
        "assert 'efel' not in sys.modules and 'numpy' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
