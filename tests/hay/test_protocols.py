"""The Hay protocols: defaults, routed values and complaints."""

from __future__ import annotations

import pytest

from bouton.errors import ProtocolError
from bouton.model.locations import TrunkDistance
from bouton.model.protocol import PointDrive, Protocol
from bouton_plugins.hay.protocols import BacFiring, BackPropagation, SomaticStep


def drives(protocol: Protocol) -> list[PointDrive]:
    return [drive for drive in protocol.drives if isinstance(drive, PointDrive)]


def distances(protocol: Protocol) -> list[float]:
    places = [signal.location for signal in protocol.signals]
    return [place.distance_um for place in places if isinstance(place, TrunkDistance)]


def test_back_propagation_has_the_published_numbers() -> None:
    protocol = BackPropagation(recording_distances_um=(294.82, 474.82)).protocol({})
    (pulse,) = drives(protocol)
    assert pulse.values == {"amp": 1.9, "delay": 295.0, "dur": 5.0}
    assert [signal.name for signal in protocol.signals] == ["soma", "dend1", "dend2"]
    assert distances(protocol) == [294.82, 474.82]
    assert (protocol.duration_ms, protocol.onset_ms, protocol.stimulus_ms) == (600, 295, 5)
    settings = protocol.integration
    assert (settings.method, settings.absolute_tolerance) == ("cvode", 1e-3)
    assert (settings.celsius, settings.v_init_mV) == (34, -75)


def test_bac_records_where_it_stimulates_unless_told_otherwise() -> None:
    plain = BacFiring(stimulus_distance_um=300.0).protocol({})
    _, current = drives(plain)
    assert distances(plain) == [300.0]
    assert current.values == {"onset": 300.0, "imax": 0.5, "tau0": 1.0, "tau1": 5.0}
    assert current.catalogues == ("hay",)
    assert (plain.onset_ms, plain.stimulus_ms) == (295, 45)
    moved = BacFiring().protocol({"stim.dist": 400, "hay_measure.recSite": 500.0})
    assert drives(moved)[1].location == TrunkDistance(400.0)
    assert distances(moved) == [500.0]


def test_bac_delays_may_be_several() -> None:
    protocol = BacFiring().protocol({"stim.delay": [400.0, 295.0]})
    starts = [drive.values.get("delay", drive.values.get("onset")) for drive in drives(protocol)]
    assert starts == [400.0, 405.0, 295.0, 300.0]
    assert protocol.onset_ms == 295.0


@pytest.mark.parametrize(("level", "amplitude_nA"), [(1, 0.619), (2, 0.793), (3, 1.507)])
def test_steps_have_three_levels(level: int, amplitude_nA: float) -> None:
    protocol = SomaticStep(level=level).protocol({})
    assert drives(protocol)[0].values == {"amp": amplitude_nA, "delay": 700.0, "dur": 2000.0}
    assert protocol.duration_ms == 3000


def test_values_of_a_parameter_set_override_options() -> None:
    values = {"hay_measure.recSite2": 500, "run.Vinit": -80.0, "run.vardt": False, "run.dt": 0.01}
    protocol = BackPropagation().protocol(values)
    assert distances(protocol) == [620.0, 500.0]
    assert protocol.integration.method == "fixed"
    assert (protocol.integration.v_init_mV, protocol.integration.dt_ms) == (-80.0, 0.01)
    assert drives(SomaticStep().protocol({"amplitude_nA": 1.0}))[0].values["amp"] == 1.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"stim.dits": 3.0}, "did you mean 'stim.dist'"),
        ({"stim.dist": "far"}, "expected a number, got 'far'"),
        ({"run.tStop": -1.0}, "duration_ms"),
        ({"stim.delay": []}, "delays_ms"),
        ({"method": "euler"}, "method"),
    ],
)
def test_bad_values_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        BacFiring().protocol(values)


def test_bad_options_are_refused() -> None:
    with pytest.raises(ValueError, match="level"):
        SomaticStep(level=4)
    with pytest.raises(ValueError, match="two distances"):
        BackPropagation(recording_distances_um=(1.0,))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must differ"):
        BacFiring(rise_ms=5.0)
