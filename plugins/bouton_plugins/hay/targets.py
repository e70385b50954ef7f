"""The empirical table: every objective with its feature, target, unit and conditions.

Source: Hay et al. (2011) PLoS Comput Biol 7:e1002107, tables of experimental features; standard
deviations of spike counts (0.01) make one wrong spike cost 100 standard deviations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import Factory, frozen

from bouton_plugins.hay import checks, features
from bouton_plugins.hay.checks import Check
from bouton_plugins.hay.features import Recording, Value


@frozen
class Row:
    """One objective.

    Attributes:
        objective: Its name.
        kind: Kind of protocol: bAP, BAC, StepOne, StepTwo or StepThree.
        feature: Name of the feature in the field's terms.
        mean: Target mean.
        std: Target standard deviation.
        unit: Unit of both.
        take: Takes the raw feature.
        checks: Own conditions by name.
        doublet_shift: Subtracted from the mean when there are exactly two somatic spikes.
    """

    objective: str
    kind: str
    feature: str
    mean: float
    std: float
    unit: str
    take: Callable[[Recording], Value]
    checks: Mapping[str, Check] = Factory(dict)
    doublet_shift: float = 0.0


KINDS = ("bAP", "BAC", "StepOne", "StepTwo", "StepThree")
MIN_SPIKES = {"bAP": 1, "BAC": 2, "StepOne": 5, "StepTwo": 5, "StepThree": 5}

_ANY = {"check_1AP": checks.always}
_COUNTED = {"check_1AP": checks.at_least(1)}
_SPIKES = {"check_2ISI": checks.at_least(1)}
_PAIR = {"check_2AP": checks.at_least(2)}


def _attenuation(trace: str) -> Mapping[str, Check]:
    return {
        "check_1_AP": checks.one_spike,
        "check_relative_height": checks.attenuates(trace),
    }


_ONE_CALCIUM = {"check_1_Ca_AP": checks.one_dendritic_event}
_CALCIUM_PEAK = {
    **_ONE_CALCIUM,
    "check_>=2_Na_AP": checks.at_least(2),
    "check_ca_max_after_nth_somatic_spike": checks.calcium_after_second_spike,
}
_BURST = {
    "check_2_or_3_APs": checks.two_or_three_spikes,
    "check_repolarization": checks.repolarises,
}

_BAP_BAC = (
    Row("bAP_spikecount", "bAP", "Spikecount", 1, 0.01, "", features.spike_count),
    Row("bAP_APheight", "bAP", "AP_height", 25, 5, "mV", features.spike_heights_mV, _ANY),
    Row("bAP_APwidth", "bAP", "AP_width", 2, 0.5, "ms", features.spike_widths_ms, _ANY),
    Row(
        "bAP_att2", "bAP", "BPAPatt2", 45, 10, "mV",
        features.near_amplitude_mV, _attenuation("dend1"),
    ),
    Row(
        "bAP_att3", "bAP", "BPAPatt3", 36, 9.33, "mV",
        features.far_amplitude_mV, _attenuation("dend2"),
    ),
    Row("BAC_ahpdepth", "BAC", "AHP_depth_abs", -65, 4, "mV", features.valley_depths_mV, _PAIR),
    Row("BAC_APheight", "BAC", "AP_height", 25, 5, "mV", features.spike_heights_mV, _ANY),
    Row("BAC_ISI", "BAC", "BAC_ISI", 9.901, 0.8517, "ms", features.burst_interval_ms, _BURST),
    Row(
        "BAC_caSpike_height", "BAC", "BAC_caSpike_height", 6.73, 2.54, "mV",
        features.calcium_spike_peak_mV, _CALCIUM_PEAK,
    ),
    Row(
        "BAC_caSpike_width", "BAC", "BAC_caSpike_width", 37.43, 1.27, "ms",
        features.calcium_spike_width_ms, _ONE_CALCIUM, doublet_shift=7.0,
    ),
    Row("BAC_spikecount", "BAC", "Spikecount", 3, 0.01, "", features.spike_count),
)  # fmt: skip

_STEP_FEATURES = (
    ("mf", "mean_frequency2", "Hz", features.mean_frequency_Hz, _COUNTED),
    ("AI", "adaptation_index2", "", features.adaptation_index, _SPIKES),
    ("ISIcv", "ISI_CV", "", features.interval_variation, _SPIKES),
    ("DI", "doublet_ISI", "ms", features.first_interval_ms, _SPIKES),
    ("TTFS", "time_to_first_spike", "ms", features.latency_ms, _COUNTED),
    ("APh", "AP_height", "mV", features.spike_heights_mV, _ANY),
    ("fAHPd", "AHP_depth_abs_fast", "mV", features.fast_depths_mV, _PAIR),
    ("sAHPd", "AHP_depth_abs_slow", "mV", features.slow_depths_mV, _PAIR),
    ("sAHPt", "AHP_slow_time", "", features.slow_times, _PAIR),
    ("APw", "AP_width", "ms", features.spike_widths_ms, _ANY),
)

# mean and standard deviation for StepOne, StepTwo and StepThree
_STEP_TARGETS: Mapping[str, tuple[tuple[float, float], ...]] = {
    "mf": ((9.0, 0.88), (14.5, 0.56), (22.5, 2.2222)),
    "AI": ((0.0036, 0.0091), (0.0023, 0.0056), (0.0046, 0.0026)),
    "ISIcv": ((0.1204, 0.0321), (0.1083, 0.0368), (0.0954, 0.014)),
    "DI": ((57.75, 33.48), (6.625, 8.65), (5.38, 0.83)),
    "TTFS": ((43.25, 7.32), (19.125, 7.31), (7.25, 1.0)),
    "APh": ((26.2274, 4.9703), (16.5209, 6.1127), (16.4368, 6.9322)),
    "fAHPd": ((-51.9511, 5.8213), (-54.1949, 5.5706), (-56.5579, 3.5834)),
    "sAHPd": ((-58.0443, 4.5814), (-60.5129, 4.6717), (-59.9923, 3.9247)),
    "sAHPt": ((0.2376, 0.0299), (0.2787, 0.0266), (0.2131, 0.0368)),
    "APw": ((1.3077, 0.1665), (1.3833, 0.2843), (1.8647, 0.4119)),
}

ROWS: tuple[Row, ...] = (
    *_BAP_BAC,
    *(
        Row(f"{name}{level + 1}", kind, feature, *_STEP_TARGETS[name][level], unit, take, own)
        for level, kind in enumerate(KINDS[2:])
        for name, feature, unit, take, own in _STEP_FEATURES
    ),
)


def combined_members(*, include_DI3: bool = True) -> Mapping[str, tuple[str, ...]]:
    """Return the combined objectives and the objectives whose maximum each of them is."""

    def steps(*names: str) -> tuple[str, ...]:
        return tuple(f"{name}{level}" for name in names for level in (1, 2, 3))

    doublets = steps("DI") if include_DI3 else ("DI1", "DI2")
    return {
        "bAP_somatic_spike": ("bAP_APwidth", "bAP_APheight", "bAP_spikecount"),
        "bAP": ("bAP_att2", "bAP_att3"),
        "BAC_somatic": ("BAC_ahpdepth", "BAC_APheight", "BAC_ISI"),
        "BAC_caSpike": ("BAC_caSpike_height", "BAC_caSpike_width"),
        "BAC_spikecount": ("BAC_spikecount",),
        "step_mean_frequency": steps("mf"),
        "step_AI_ISIcv": steps("AI", "ISIcv"),
        "step_doublet_ISI": doublets,
        "step_AP_height": steps("APh"),
        "step_time_to_first_spike": steps("TTFS"),
        "step_AHP_depth": steps("fAHPd", "sAHPd"),
        "step_AHP_slow_time": steps("sAHPt"),
        "step_AP_width": steps("APw"),
    }
