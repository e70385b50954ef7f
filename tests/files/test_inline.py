"""Protocols that a study writes out."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from bouton.contracts import ProtocolSource
from bouton.errors import ProtocolError
from bouton.model.inline import InlineProtocol
from bouton.model.locations import At


def test_values_reach_stimuli_and_recordings(parts: ModuleType) -> None:
    source = InlineProtocol(
        100.0,
        stimuli=(parts.Step(1.0), parts.Step(2.0)),
        recordings=(parts.Voltage(),),
        onset_ms=5.0,
    )
    assert isinstance(source, ProtocolSource)
    protocol = source.protocol(
        {
            "stimuli.1.amplitude_nA": 3,
            "stimuli.0.location.x": 0.1,
            "recordings.0.name": "there",
            "duration_ms": 50.0,
            "integration.celsius": 34.0,
        }
    )
    assert [drive.values["amp"] for drive in protocol.drives] == [1.0, 3.0]
    assert protocol.drives[0].location == At("soma", 0.1)
    assert protocol.signals[0].name == "there"
    assert (protocol.duration_ms, protocol.onset_ms) == (50.0, 5.0)
    assert protocol.integration.celsius == 34.0
    assert source.protocol({}).duration_ms == 100.0


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("stimuli.1.amplitude_nA", 1.0, "'1' is no index of a list of 1"),
        ("stimuli.x", 1.0, "'x' is no index"),
        ("stimuli.0.amplitude", 1.0, "did you mean 'amplitude_nA'"),
        ("stimul.0", 1.0, "did you mean 'stimuli'"),
        ("duration_ms.x", 1.0, "no 'x' here"),
        ("stimuli.0", 1.0, "cannot be set by a parameter value"),
        ("stimuli", 1.0, "must be like"),
        ("stimuli.0.amplitude_nA", "1", "must be a number"),
        ("stimuli.0.amplitude_nA", True, "must be a number"),
        ("stimuli.0.amplitude_nA", float("nan"), "must be finite"),
        ("stimuli.0.delay_ms", -1.0, "must be >= 0.0"),
        ("duration_ms", 0.0, "must be > 0"),
        ("integration.dt_ms", 0.0, "dt_ms must be above 0"),
        ("", 1.0, "no '' here"),
    ],
)
def test_values_that_do_not_fit(parts: ModuleType, path: str, value: object, message: str) -> None:
    source = InlineProtocol(100.0, stimuli=(parts.Step(1.0),))
    with pytest.raises(ProtocolError, match=re.escape(message)):
        source.protocol({path: value})


def test_whole_numbers_stay_whole(parts: ModuleType) -> None:
    source = InlineProtocol(1.0, stimuli=(parts.Step(1.0, location=parts.At("soma")),))
    with pytest.raises(ProtocolError):
        source.protocol({"stimuli.0.location": 1.0})
