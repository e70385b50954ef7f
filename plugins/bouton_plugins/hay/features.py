"""The features behind the L5PT objectives, as functions of one protocol's traces.

A feature that cannot be taken raises `ValueError` or `IndexError`; the objectives turn that into
nan. Voltages are absolute, in mV; spikes are crossings of -30 mV at the soma, dendritic events
crossings of -55 mV.

Source: Hay et al. (2011) PLoS Comput Biol 7:e1002107, table of features.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import field, frozen

from bouton.errors import ProtocolError
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.traces import Response
from bouton_plugins.hay.tracewise import Crossings, Sampled

SOMA_THRESHOLD_MV = -30.0
DENDRITE_THRESHOLD_MV = -55.0
_AMPLITUDE_THRESHOLD_MV = 2.0
_FAST_AHP_MS = 5.0


@frozen(eq=False)
class Recording:
    """The sampled traces of one run.

    Attributes:
        response: Where they come from.
        soma_trace: Name of the somatic trace.
    """

    response: Response
    soma_trace: str = "soma"
    _sampled: dict[str, Sampled] = field(factory=dict, init=False, repr=False)
    _amplitudes_mV: dict[str, float] = field(factory=dict, init=False, repr=False)

    def trace(self, name: str) -> Sampled:
        """Return a trace on the grid of the features.

        Raises:
            ProtocolError: If the protocol recorded no single-place trace of this name.
        """
        if name not in self._sampled:
            trace = self.response[name]
            if trace.values.ndim != 1 or len(trace.t_ms) < 2:
                raise ProtocolError(
                    f"protocol {self.response.protocol!r}: trace {name!r} must be recorded at one "
                    f"place, with two samples or more; its shape is {trace.values.shape}"
                )
            self._sampled[name] = Sampled.of(trace)
        return self._sampled[name]

    @property
    def onset_ms(self) -> float:
        """Start of the stimulus."""
        return self.response.description.onset_ms

    @property
    def stimulus_ms(self) -> float:
        """Duration of the stimulus."""
        return self.response.description.stimulus_ms

    @property
    def end_ms(self) -> float:
        """End of the stimulus."""
        return self.onset_ms + self.stimulus_ms

    @property
    def soma(self) -> Sampled:
        """The somatic trace."""
        return self.trace(self.soma_trace)

    @property
    def dendrite(self) -> Sampled:
        """The trace at the (first) dendritic site."""
        return self.trace("dend1")

    @cached_property
    def spikes(self) -> Crossings:
        """Somatic spikes."""
        return self.soma.crossings(SOMA_THRESHOLD_MV)

    @cached_property
    def spike_times_ms(self) -> FloatArray:
        """Times of the somatic spikes, shape (n_spikes,), ms."""
        return self.soma.t_ms[self.spikes.up]

    @cached_property
    def dendritic_events(self) -> Crossings:
        """Crossings of the dendritic threshold at the first site."""
        return self.dendrite.crossings(DENDRITE_THRESHOLD_MV)

    @cached_property
    def regular_intervals_ms(self) -> FloatArray:
        """Intervals without the first spike, and the time after the last spike where longer."""
        times = self.spike_times_ms[1:]
        intervals = np.diff(times)
        rest = self.end_ms - times[-1]
        if rest > 0 and rest > intervals[-1]:
            intervals = np.append(intervals, rest)
        return intervals

    @cached_property
    def valleys(self) -> list[tuple[int, int, int]]:
        """First spike, end of the fast part, next spike; as indices, without the first spike."""
        up: IntArray = self.spikes.up[1:]
        t_ms = self.soma.t_ms
        found = []
        for first, following in zip(up[:-1].tolist(), up[1:].tolist(), strict=True):
            is_long = t_ms[following] - t_ms[first] > _FAST_AHP_MS
            split = self.soma.index(t_ms[first] + _FAST_AHP_MS) if is_long else -1
            found.append((first, split, following))
        return found

    def amplitude_mV(self, name: str) -> float:
        """Return the height above rest of a trace's first event after the onset, 2 mV being one.

        Raises:
            IndexError: If there is none.
        """
        if name not in self._amplitudes_mV:
            sampled = self.trace(name)
            base = sampled.base_mV(self.onset_ms)
            events = sampled.crossings(base + _AMPLITUDE_THRESHOLD_MV)
            up, down = next(
                (pair for pair in events.pairs if sampled.t_ms[pair[0]] >= self.onset_ms), (0, 0)
            )
            if not down:
                raise IndexError("no depolarisation of 2 mV that ends")
            self._amplitudes_mV[name] = float(sampled.v_mV[up:down].max()) - base
        return self._amplitudes_mV[name]


Value = float | FloatArray


def spike_count(recording: Recording) -> Value:
    """Return the number of somatic spikes."""
    return len(recording.spikes.up)


def spike_heights_mV(recording: Recording) -> Value:
    """Return the peak of each somatic spike, absolute, mV."""
    return recording.soma.peaks_mV(recording.spikes)


def spike_widths_ms(recording: Recording) -> Value:
    """Return the width of each somatic spike at the threshold, ms."""
    return recording.soma.widths_ms(recording.spikes)


def near_amplitude_mV(recording: Recording) -> Value:
    """Return the amplitude of the back-propagating spike at the first site, mV."""
    return recording.amplitude_mV("dend1")


def far_amplitude_mV(recording: Recording) -> Value:
    """Return the amplitude of the back-propagating spike at the second site, mV."""
    return recording.amplitude_mV("dend2")


def valley_depths_mV(recording: Recording) -> Value:
    """Return the lowest somatic voltage between each spike and the next, mV."""
    spikes = recording.spikes
    gaps = zip(spikes.down.tolist(), spikes.up[1:].tolist(), strict=False)
    return np.array([recording.soma.v_mV[down:up].min() for down, up in gaps], dtype=float)


def burst_interval_ms(recording: Recording) -> Value:
    """Return the interval of a doublet, the mean of a triplet's, else the first interval, ms."""
    intervals = np.diff(recording.spike_times_ms)
    return float(intervals.mean() if len(intervals) == 2 else intervals[0])


def calcium_spike_peak_mV(recording: Recording) -> Value:
    """Return the peak of the first dendritic event after the onset, absolute, mV."""
    dendrite = recording.dendrite
    for up, down in recording.dendritic_events.pairs:
        if dendrite.t_ms[up] >= recording.onset_ms:
            return float(dendrite.v_mV[up:down].max())
    raise IndexError("no dendritic event after the onset")


def calcium_spike_width_ms(recording: Recording) -> Value:
    """Return the width of the first dendritic event at the dendritic threshold, ms."""
    return float(recording.dendrite.widths_ms(recording.dendritic_events)[0])


def mean_frequency_Hz(recording: Recording) -> Value:
    """Return spikes per second of stimulus."""
    return 1000.0 * len(recording.spikes.up) / recording.stimulus_ms


def adaptation_index(recording: Recording) -> Value:
    """Return the mean relative change from one regular interval to the next."""
    intervals = recording.regular_intervals_ms
    if len(intervals) < 2:
        raise ValueError("fewer than two intervals")
    return float((np.diff(intervals) / (intervals[1:] + intervals[:-1])).mean())


def interval_variation(recording: Recording) -> Value:
    """Return the coefficient of variation of the regular intervals."""
    intervals = recording.regular_intervals_ms
    if len(intervals) < 2:
        raise ValueError("fewer than two intervals")
    return float(intervals.std(ddof=1) / intervals.mean())


def first_interval_ms(recording: Recording) -> Value:
    """Return the interval between the first two spikes, ms."""
    times = recording.spike_times_ms
    return float(times[1] - times[0])


def latency_ms(recording: Recording) -> Value:
    """Return the time from the onset to the first spike, ms."""
    return float(recording.spike_times_ms[0] - recording.onset_ms)


def fast_depths_mV(recording: Recording) -> Value:
    """Return the lowest voltage within 5 ms after each spike but the first, mV."""
    v_mV = recording.soma.v_mV
    ends = [(first, max(split, 0) or last) for first, split, last in recording.valleys]
    return np.array([v_mV[first : end + 1].min() for first, end in ends], dtype=float)


def _slow_minima(recording: Recording) -> list[tuple[int, int, int]]:
    v_mV = recording.soma.v_mV
    found = []
    for first, split, last in recording.valleys:
        start = split if split >= 0 else first
        found.append((first, start + int(v_mV[start : last + 1].argmin()), last))
    return found


def slow_depths_mV(recording: Recording) -> Value:
    """Return the lowest voltage from 5 ms after each spike but the first to the next, mV."""
    v_mV = recording.soma.v_mV
    return np.array([v_mV[lowest] for _, lowest, _ in _slow_minima(recording)], dtype=float)


def slow_times(recording: Recording) -> Value:
    """Return when that lowest voltage comes, as a fraction of the interval."""
    t_ms = recording.soma.t_ms
    return np.array(
        [
            (t_ms[lowest] - t_ms[first]) / (t_ms[last] - t_ms[first])
            for first, lowest, last in _slow_minima(recording)
        ],
        dtype=float,
    )
