"""The suites for what networks are made of over our own entries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bouton import registry
from bouton.model.network import NetworkResponse
from bouton.model.protocol import Protocol
from bouton.model.traces import Trace
from bouton.model.wiring import Crowd
from bouton.testing import (
    ConnectorSuite,
    DeviceSuite,
    FeatureExtractorSuite,
    PlacementSuite,
    TargetSuite,
    tiny_side,
)


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


class TestRandomCells(PlacementSuite):
    entry = "random-cells"
    options = {"avoid_overlap": True}
    crowd = Crowd(30, radius_um=5.0)


class TestPositionsFile(PlacementSuite):
    entry = "positions-file"

    @pytest.fixture(autouse=True)
    def _table(self, tmp_path: Path) -> None:
        file = tmp_path / "positions.csv"
        file.write_text("x,y,z\n0,10,20\n10,20,30\n")
        TestPositionsFile.options = {"file": file}


class Touching(ConnectorSuite):
    pre = tiny_side("pre", 12, branches=True)
    post = tiny_side("post", 12, branches=True)
    allows_multiple = True


class TestTouchDistance(Touching):
    entry = "touch-distance"
    options = {"distance_um": 3.0}


class TestVoxelIntersection(Touching):
    entry = "voxel-intersection"


class TestAll(TargetSuite):
    entry = "all"


class TestById(TargetSuite):
    entry = "by-id"
    options = {"ids": {"inner": (0, 2)}}


class TestByLabel(TargetSuite):
    entry = "by-label"
    options = {"labels": ("apic",)}


class TestCellTypes(TargetSuite):
    entry = "cell-types"
    options = {"cell_types": ("outer",)}


class TestCylinder(TargetSuite):
    entry = "cylinder"
    options = {"center_um": (0.0, 35.0), "radius_um": 60.0}


class TestRepresentatives(TargetSuite):
    entry = "representatives"


class TestSample(TargetSuite):
    entry = "sample"
    options = {"n": 3}


class TestSphere(TargetSuite):
    entry = "sphere"
    options = {"center_um": (0.0, 100.0, 35.0), "radius_um": 80.0}


class TestSpikeGenerator(DeviceSuite):
    entry = "spike-generator"
    options = {"synapses": ("exc",), "number": 3}


class TestPoissonGenerator(DeviceSuite):
    entry = "poisson-generator"
    options = {"synapses": ("exc", "inh"), "rate_Hz": 50.0, "trains": "cell"}


class TestSourceGenerator(DeviceSuite):
    entry = "source-generator"

    @pytest.fixture(autouse=True)
    def _source(self) -> None:
        source = registry.devices["spike-pattern"](start_ms=20.0)
        TestSourceGenerator.options = {"synapses": ("exc",), "source": source}


class TestCurrentClamp(DeviceSuite):
    entry = "current-clamp"
    options = {"amplitude_nA": 0.2}


class TestVoltageClampDevice(DeviceSuite):
    entry = "voltage-clamp"
    options = {"levels_mV": (-70.0, -20.0), "durations_ms": (5.0, 5.0)}


class TestVoltageRecorder(DeviceSuite):
    entry = "voltage-recorder"


class TestIonRecorder(DeviceSuite):
    entry = "ion-recorder"
    options = {"variable": "ina"}


class TestClampRecorder(DeviceSuite):
    entry = "clamp-recorder"


class TestSynapseRecorder(DeviceSuite):
    entry = "synapse-recorder"
    options = {"connections": ("inner->outer",)}


class TestSpikeRecorder(DeviceSuite):
    entry = "spike-recorder"
