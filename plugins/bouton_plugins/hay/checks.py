"""Conditions on traces: those of single objectives and the flags of a whole protocol.

A condition that cannot be judged raises `ValueError` or `IndexError` and is stored as None, which
does not count against the model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bouton_plugins.hay.features import Recording

Check = Callable[[Recording], bool]

_REST_MARGIN_MV = 2.0
_DEADLINE = 1.05
_REPOLARISED_MV = -55.0


def always(recording: Recording) -> bool:
    """Return true.

    The published tool tests the length of a pair of lists, which is never zero; kept because
    scores would differ from published ones otherwise. Too few spikes are caught by the flags.
    """
    del recording
    return True


def at_least(count: int) -> Check:
    """Return a check for at least `count` somatic spikes."""
    return lambda recording: len(recording.spikes.up) >= count


def one_spike(recording: Recording) -> bool:
    """Return whether there is exactly one somatic spike."""
    return len(recording.spikes.up) == 1


def two_or_three_spikes(recording: Recording) -> bool:
    """Return whether there are two or three somatic spikes."""
    return len(recording.spikes.up) in (2, 3)


def attenuates(trace: str) -> Check:
    """Return a check that the somatic amplitude is larger than that of a dendritic trace."""

    def check(recording: Recording) -> bool:
        soma = recording.amplitude_mV(recording.soma_trace)
        return soma / recording.amplitude_mV(trace) > 1

    return check


def repolarises(recording: Recording) -> bool:
    """Return whether the soma is below -55 mV at the end of the stimulus window."""
    return recording.soma.at(recording.end_ms) < _REPOLARISED_MV


def one_dendritic_event(recording: Recording) -> bool:
    """Return whether the dendrite crosses its threshold exactly once, at any time."""
    return len(recording.dendritic_events.up) == 1


def calcium_after_second_spike(recording: Recording) -> bool:
    """Return whether the dendritic maximum comes at or after the second somatic spike."""
    dendrite = recording.dendrite
    peak_ms = dendrite.t_ms[int(dendrite.v_mV.argmax())]
    return bool(peak_ms >= recording.spike_times_ms[1])


def returns_to_rest(recording: Recording) -> bool:
    """Return whether the soma ends less than 2 mV above its base."""
    soma = recording.soma
    return bool(soma.v_mV[-1] < soma.base_mV(recording.onset_ms) + _REST_MARGIN_MV)


def no_early_spike(recording: Recording) -> bool:
    """Return whether no spike comes before the stimulus."""
    times = recording.spike_times_ms
    return not len(times) or bool(times[0] >= recording.onset_ms)


def no_late_spike(recording: Recording) -> bool:
    """Return whether no spike comes after 1.05 times the stimulus."""
    times = recording.spike_times_ms
    deadline = recording.onset_ms + _DEADLINE * recording.stimulus_ms
    return not len(times) or bool(times[-1] <= deadline)


DEADLINE_FLAG = "check_last_spike_before_deadline"


def protocol_flags(min_spikes: int) -> Mapping[str, Check | None]:
    """Return the flags of a protocol by name; None for the one that is switched off.

    `check_max_prestim_dendrite_depo` is kept as a name because published tables have the column;
    it is always empty there.
    """
    return {
        "check_minspikenum": at_least(min_spikes),
        "check_returning_to_rest": returns_to_rest,
        "check_no_spike_before_stimulus": no_early_spike,
        DEADLINE_FLAG: no_late_spike,
        "check_max_prestim_dendrite_depo": None,
    }
