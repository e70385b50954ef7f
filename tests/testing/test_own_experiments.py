"""The suites for stimuli, recorders, protocols, extractors and objectives over our own entries."""

from __future__ import annotations

import pytest
from attrs import evolve

from bouton.model.morphology import Morphology
from bouton.model.study import Cell
from bouton.model.traces import Response
from bouton.testing import (
    FeatureExtractorSuite,
    ObjectivesSuite,
    ProtocolSuite,
    RecorderSuite,
    StimulusSuite,
    tiny_cell,
    tiny_morphology,
    tiny_responses,
)

STEPS = ("One", "Two", "Three")


class TestStep(StimulusSuite):
    entry = "step"
    options = {"amplitude_nA": 0.5, "delay_ms": 2.0, "duration_ms": 5.0}


class TestRamp(StimulusSuite):
    entry = "ramp"
    options = {"start_nA": 0.0, "end_nA": 0.5}


class TestStaircase(StimulusSuite):
    entry = "staircase"
    options = {"levels_nA": (0.1, 0.2), "step_ms": 5.0}


class TestPulseTrain(StimulusSuite):
    entry = "pulse-train"
    options = {"amplitude_nA": 1.0, "pulse_ms": 1.0, "interval_ms": 5.0, "n_pulses": 3}


class TestNoise(StimulusSuite):
    entry = "noise"
    options = {"std_nA": 0.1, "duration_ms": 15.0, "tau_ms": 2.0}


class TestWaveform(StimulusSuite):
    entry = "waveform"
    options = {"t_ms": (0.0, 5.0, 10.0), "current_nA": (0.0, 0.5, 0.0)}


class TestEpspCurrent(StimulusSuite):
    entry = "epsp-current"
    options = {"amplitude_nA": 0.5, "onset_ms": 2.0}


class TestVoltageClamp(StimulusSuite):
    entry = "voltage-clamp"
    options = {"levels_mV": (-70.0, -20.0), "durations_ms": (5.0, 5.0)}


class TestVoltage(RecorderSuite):
    entry = "voltage"


class TestVariable(RecorderSuite):
    entry = "variable"
    options = {"variable": "hh.m"}


class TestMovie(RecorderSuite):
    entry = "movie"


class TestSpikes(RecorderSuite):
    entry = "spikes"


class TestStimulus(RecorderSuite):
    entry = "stimulus"


def tall() -> Cell:
    """A cell whose apical trunk is as long as the protocols of layer 5 want it."""
    *short, trunk = tiny_morphology().sections[:4]
    points = [[0.0, 0.0, 0.0, 3.0], [0.0, 1400.0, 0.0, 1.0]]
    return tiny_cell(Morphology("tall", (*short, evolve(trunk, points=points))))


class TestBap(ProtocolSuite):
    entry = "hay-bap"
    cell = tall()
    values = {"stim.delay": 5.0}


class TestBac(ProtocolSuite):
    entry = "hay-bac"
    cell = tall()
    values = {"stim.dist": 700.0}


class TestHayStep(ProtocolSuite):
    entry = "hay-step"
    options = {"amplitude_nA": 0.5}
    cell = tall()


class TestCurrentStep(ProtocolSuite):
    entry = "current-step"
    options = {"amplitude_nA": 0.2, "delay_ms": 2.0, "pulse_ms": 10.0, "duration_ms": 20.0}
    values = {"amplitude_nA": 0.3}


class TestTraceFeatures(FeatureExtractorSuite):
    entry = "trace-features"
    may_be_zero = ("Spikecount", "mean_frequency", "rate")


class TestEfel(FeatureExtractorSuite):
    entry = "efel"
    options = {"features": ("Spikecount", "AP_amplitude", "voltage_base", "mean_frequency")}
    may_be_zero = ("Spikecount",)


class TestHayFeatures(FeatureExtractorSuite):
    entry = "hay-features"
    options = {"features": ("AP_height", "mean_frequency2", "adaptation_index2")}
    may_be_zero = ("mean_frequency2",)


class TestRest(FeatureExtractorSuite):
    entry = "resting-potential"


class TestResistance(FeatureExtractorSuite):
    entry = "input-resistance"
    may_be_nan = ("Rin__MOhm",)  # needs two currents


class TestTau(FeatureExtractorSuite):
    entry = "membrane-time-constant"
    may_be_nan = ("tau__ms", "tau_uncertainty__ms")  # the example spikes


class TestRheobase(FeatureExtractorSuite):
    entry = "rheobase"
    may_be_nan = ("Ir_lower__nA",)  # no protocol is below it


class TestShape(FeatureExtractorSuite):
    entry = "spike-shape"


class TestGain(FeatureExtractorSuite):
    entry = "frequency-current-gain"
    may_be_nan = ("FI_gain__Hz_per_nA", "FI_rates__Hz")  # needs two currents, and a settled rate


def hay_responses() -> dict[str, Response]:
    """Regular spikers with every trace that the objectives of layer 5 read."""
    made = {}
    for name, response in tiny_responses("bAP", "BAC", *(f"Step{n}" for n in STEPS)).items():
        (soma,) = response.traces
        others = [evolve(soma, name=trace) for trace in ("dend1", "dend2", "dend")]
        made[name] = evolve(response, traces=(soma, *others))
    return made


class TestTargets(ObjectivesSuite):
    entry = "targets"

    @pytest.fixture(autouse=True)
    def _rows(self) -> None:
        from bouton_plugins.objectives.targets import Row

        TestTargets.options = {
            "targets": {
                "count": Row("step", "Spikecount", 5.0, 1.0),
                "peak": Row("step", "maximum_voltage", 30.0, 5.0),
                "late": Row("again", "Spikecount", 5.0, 1.0),
            },
            "combine_by": {"all": ("count", "peak"), "later": ("late",)},
        }


class TestHayObjectives(ObjectivesSuite):
    entry = "hay-objectives"
    responses = hay_responses()
