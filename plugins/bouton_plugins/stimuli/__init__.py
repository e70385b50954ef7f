"""Stimuli: steps, ramps, pulses, noise, arrays, synapse-like currents and voltage clamps."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.stimuli"


@hookimpl
def bouton_register_stimuli() -> Iterable[Entry]:
    """Offer the stimuli."""
    return (
        Entry("step", f"{_HERE}.currents:Step", "constant current for a while"),
        Entry("ramp", f"{_HERE}.currents:Ramp", "current along a straight line"),
        Entry("staircase", f"{_HERE}.currents:Staircase", "constant currents one after another"),
        Entry("pulse-train", f"{_HERE}.currents:PulseTrain", "equal pulses at equal intervals"),
        Entry("noise", f"{_HERE}.noise:Noise", "Gaussian current, white or with a time constant"),
        Entry("waveform", f"{_HERE}.waveform:Waveform", "current from lists or a two-column file"),
        Entry("epsp-current", f"{_HERE}.points:EpspCurrent", "current shaped like an EPSC"),
        Entry("voltage-clamp", f"{_HERE}.points:VoltageClamp", "up to three potentials in turn"),
    )
