"""The suites for what networks are made of over our own entries."""

from __future__ import annotations

import numpy as np

from bouton.model.network import NetworkResponse
from bouton.model.protocol import Protocol
from bouton.model.traces import Trace
from bouton.testing import ConnectorSuite, DeviceSuite, FeatureExtractorSuite, PlacementSuite


class TestUniform(PlacementSuite):
    entry = "uniform"
    options = {"count": 20}


class TestGrid(PlacementSuite):
    entry = "grid"
    options = {"spacing_um": 20.0}


class TestPositions(PlacementSuite):
    entry = "positions"
    options = {"positions_um": ((0.0, 0.0, 20.0), (10.0, 20.0, 30.0))}


class TestAllToAll(ConnectorSuite):
    entry = "all-to-all"


class TestOneToOne(ConnectorSuite):
    entry = "one-to-one"
    may_connect_self = True


class TestProbability(ConnectorSuite):
    entry = "probability"
    options = {"probability": "exp(-distance / 40)"}


class TestInDegree(ConnectorSuite):
    entry = "fixed-in-degree"
    options = {"number": "uniform(0, 10)"}


class TestOutDegree(ConnectorSuite):
    entry = "fixed-out-degree"
    options = {"number": 7}


class TestListed(ConnectorSuite):
    entry = "list"
    options = {"pairs": ((0, 1), (5, 3), (2, 1)), "weights": (0.1, 0.2, 0.3)}


class TestDistance(ConnectorSuite):
    entry = "distance"
    options = {"peak": 0.8, "length_um": 30.0}


class TestPoisson(DeviceSuite):
    entry = "poisson-spikes"
    options = {"rate_Hz": 40.0}


class TestRegular(DeviceSuite):
    entry = "regular-spikes"
    options = {"rate_Hz": 40.0, "noise": 0.3}


class TestSpikeList(DeviceSuite):
    entry = "spike-list"
    options = {"times_ms": ((5.0, 20.0, 300.0),)}


class TestSpikePattern(DeviceSuite):
    entry = "spike-pattern"
    options = {"start_ms": 20.0, "every_ms": 100.0, "jitter_ms": 2.0, "spikes": 2}


def network_response() -> NetworkResponse:
    """What two populations of five cells did in 500 ms."""
    rng = np.random.default_rng(1)
    traces = []
    for name in ("a", "b"):
        times = np.sort(rng.uniform(0.0, 500.0, 40))
        traces.append(Trace(name, "spikes", "", times, rng.integers(0, 5, 40)))
    return NetworkResponse(
        "network", tuple(traces), Protocol((), (), 500.0), sizes={"a": 5, "b": 5}
    )


class TestNetworkFeatures(FeatureExtractorSuite):
    entry = "network-features"
    responses = {"network": network_response()}
