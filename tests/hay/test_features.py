"""Primitives and features on traces whose answers can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from bouton.errors import ProtocolError
from bouton.model.morphology import FloatArray
from bouton.model.protocol import Protocol
from bouton.model.traces import Response, Trace
from bouton_plugins.hay import checks, features
from bouton_plugins.hay.features import Recording
from bouton_plugins.hay.tracewise import Sampled

REST_MV = -80.0


def pulses(*events: tuple[float, float, float], end_ms: float, rest_mV: float = REST_MV) -> Trace:
    """Return a trace of rectangular events: start, end, level."""
    t_ms = np.arange(0.0, end_ms + 0.05, 0.0125)
    v_mV = np.full(len(t_ms), rest_mV)
    for start, stop, level in events:
        v_mV[(t_ms >= start - 1e-6) & (t_ms < stop - 1e-6)] = level
    return Trace("soma", "v", "mV", t_ms, v_mV)


def recording(
    soma: Trace,
    *dendrites: Trace,
    onset_ms: float = 295.0,
    stimulus_ms: float = 45.0,
) -> Recording:
    renamed = [
        Trace(f"dend{n}", "v", "mV", trace.t_ms, trace.values)
        for n, trace in enumerate(dendrites, start=1)
    ]
    protocol = Protocol((), (), 600.0, onset_ms=onset_ms, stimulus_ms=stimulus_ms)
    return Recording(Response("p", (soma, *renamed), protocol))


def spikes(*times_ms: float, width_ms: float = 1.0) -> list[tuple[float, float, float]]:
    return [(time, time + width_ms, 30.0) for time in times_ms]


def values(found: features.Value) -> list[float]:
    assert isinstance(found, np.ndarray)
    return [float(value) for value in found]


def test_grid_starts_at_zero_and_ends_before_the_last_time() -> None:
    trace = Trace("soma", "v", "mV", [0.0, 0.05, 0.1], [0.0, 1.0, 0.0])
    sampled = Sampled.of(trace)
    assert sampled.t_ms.tolist() == pytest.approx([0.0, 0.025, 0.05, 0.075])
    assert sampled.v_mV.tolist() == pytest.approx([0.0, 0.5, 1.0, 0.5])


def test_crossings_need_a_rise_first() -> None:
    t_ms = np.arange(8) * 0.025
    v_mV = np.array([9.0, -9.0, 9.0, 9.0, -9.0, 0.0, 9.0, 9.0])
    crossings = Sampled(t_ms, v_mV).crossings(0.0)
    assert crossings.up.tolist() == [2, 6]
    assert crossings.down.tolist() == [4]
    assert crossings.pairs == [(2, 4)]
    never = Sampled(t_ms, v_mV).crossings(10.0)
    assert (len(never.up), len(never.down)) == (0, 0)
    falling: FloatArray = np.array([9.0, 9.0, -9.0])
    assert len(Sampled(t_ms[:3], falling).crossings(0.0).down) == 0


def test_base_is_the_mean_of_the_third_quarter_before_the_onset() -> None:
    trace = pulses((100.0, 140.0, -60.0), (147.5, 221.3, -70.0), end_ms=300.0)
    assert Sampled.of(trace).base_mV(295.0) == pytest.approx(-70.0, abs=0.01)
    with pytest.raises(IndexError):
        Sampled.of(pulses(end_ms=200.0)).base_mV(295.0)


def test_spikes_have_count_height_width_and_valleys() -> None:
    soma = pulses((300.0, 301.0, 20.0), (305.0, 308.0, -65.0), (310.0, 312.0, 40.0), end_ms=600.0)
    found = recording(soma)
    assert features.spike_count(found) == 2
    assert values(features.spike_heights_mV(found)) == [20.0, 40.0]
    assert values(features.spike_widths_ms(found)) == pytest.approx([1.0, 2.0])
    assert values(features.valley_depths_mV(found)) == [REST_MV]


def test_amplitude_is_that_of_the_first_event_after_the_onset() -> None:
    dendrite = pulses((230.0, 240.0, 50.0), (300.0, 305.0, -50.0), end_ms=600.0)
    found = recording(pulses(*spikes(300.0), end_ms=600.0), dendrite)
    assert features.near_amplitude_mV(found) == pytest.approx(30.0)
    assert checks.attenuates("dend1")(found)
    flat = recording(pulses(end_ms=600.0), pulses(end_ms=600.0))
    with pytest.raises(IndexError):
        features.near_amplitude_mV(flat)
    endless = recording(pulses(end_ms=600.0), pulses((300.0, 700.0, 0.0), end_ms=600.0))
    with pytest.raises(IndexError):
        features.near_amplitude_mV(endless)


@pytest.mark.parametrize(
    ("times_ms", "expected"),
    [((300.0, 310.0), 10.0), ((300.0, 310.0, 330.0), 15.0), ((300.0, 310.0, 330.0, 335.0), 10.0)],
)
def test_burst_interval_depends_on_the_number_of_spikes(
    times_ms: tuple[float, ...], expected: float
) -> None:
    found = recording(pulses(*spikes(*times_ms), end_ms=600.0))
    assert features.burst_interval_ms(found) == pytest.approx(expected)


def test_calcium_spike_is_the_first_after_the_onset_but_its_width_the_first_of_all() -> None:
    dendrite = pulses((100.0, 104.0, -40.0), (300.0, 330.0, 5.0), end_ms=600.0)
    found = recording(pulses(*spikes(298.0, 306.0), end_ms=600.0), dendrite)
    assert features.calcium_spike_peak_mV(found) == 5.0
    assert features.calcium_spike_width_ms(found) == pytest.approx(4.0)
    assert not checks.one_dendritic_event(found)
    assert not checks.calcium_after_second_spike(found)
    with pytest.raises(IndexError):
        features.calcium_spike_peak_mV(recording(dendrite, pulses(end_ms=600.0)))


def step(*times_ms: float) -> Recording:
    soma = pulses(*spikes(*times_ms), end_ms=3000.0)
    return recording(soma, onset_ms=700.0, stimulus_ms=2000.0)


def test_intervals_leave_out_the_first_spike_and_add_a_long_rest() -> None:
    regular = step(710.0, 800.0, 1000.0, 1200.0)
    assert regular.regular_intervals_ms.tolist() == pytest.approx([200.0, 200.0, 1500.0])
    assert features.adaptation_index(regular) == pytest.approx((0 + 1300 / 1700) / 2)
    short_rest = step(710.0, 800.0, 1700.0, 2600.0)
    assert short_rest.regular_intervals_ms.tolist() == pytest.approx([900.0, 900.0])
    assert features.interval_variation(short_rest) == pytest.approx(0.0)
    past_the_end = step(710.0, 800.0, 1700.0, 2750.0)
    assert past_the_end.regular_intervals_ms.tolist() == pytest.approx([900.0, 1050.0])
    assert features.interval_variation(past_the_end) == pytest.approx(
        np.std([900, 1050], ddof=1) / 975
    )


def test_step_counts_and_latencies() -> None:
    found = step(743.25, 801.0, 1000.0)
    assert features.mean_frequency_Hz(found) == 1.5
    assert features.first_interval_ms(found) == pytest.approx(57.75)
    assert features.latency_ms(found) == pytest.approx(43.25)
    with pytest.raises(IndexError):
        features.latency_ms(step())


def test_valleys_split_after_five_milliseconds() -> None:
    events = [
        *spikes(710.0, 800.0, 900.0, 904.0),
        (803.0, 804.0, -85.0),
        (850.0, 851.0, -90.0),
        (902.0, 903.0, -95.0),
    ]
    found = recording(pulses(*events, end_ms=3000.0), onset_ms=700.0, stimulus_ms=2000.0)
    assert values(features.fast_depths_mV(found)) == [-85.0, -95.0]
    assert values(features.slow_depths_mV(found)) == [-90.0, -95.0]
    assert values(features.slow_times(found)) == pytest.approx([0.5, 0.5])


def test_flags_judge_rest_and_spike_times() -> None:
    good = recording(pulses(*spikes(296.0), end_ms=600.0), stimulus_ms=5.0)
    assert checks.returns_to_rest(good)
    assert checks.no_early_spike(good)
    assert checks.no_late_spike(good)
    early = recording(pulses(*spikes(290.0), end_ms=600.0))
    assert not checks.no_early_spike(early)
    late = recording(pulses(*spikes(301.0), end_ms=600.0), stimulus_ms=5.0)
    assert not checks.no_late_spike(late)
    restless = recording(pulses((400.0, 700.0, -77.9), end_ms=600.0))
    assert not checks.returns_to_rest(restless)


def test_traces_that_cannot_be_judged_are_refused_by_name() -> None:
    several = Trace("soma", "v", "mV", [0.0, 1.0], [[0.0, 1.0], [0.0, 1.0]])
    with pytest.raises(ProtocolError, match=r"'soma' must be recorded at one place"):
        recording(several).soma  # noqa: B018
    with pytest.raises(ProtocolError, match="recorded no 'dend1'"):
        recording(pulses(end_ms=10.0)).dendrite  # noqa: B018
