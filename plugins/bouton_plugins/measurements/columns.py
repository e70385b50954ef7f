"""Names of what is measured, as in the tutorial's table, with units."""

from __future__ import annotations

REST = "vhold_soma__mV"
RESISTANCE = "Rin__MOhm"
TAU = "tau__ms"
RHEOBASE = "Ir__nA"
HEIGHT = "AP__mV"
DEPTH = "AHP__mV"
DURATION = "AHPdur__ms"
GAIN = "FI_gain__Hz_per_nA"

UNITS: dict[str, str] = {
    REST: "mV",
    RESISTANCE: "MOhm",
    TAU: "ms",
    RHEOBASE: "nA",
    HEIGHT: "mV",
    DEPTH: "mV",
    DURATION: "ms",
    GAIN: "Hz/nA",
}

# Only the accurate procedure knows these.
LOWER, UPPER = "Ir_lower__nA", "Ir_upper__nA"
UNDERSHOOT, HALF = "undershoot__mV", "AHP_half__ms"

LEVELS, COUNTS, RATES = "FI_levels__nA", "FI_spikes", "FI_rates__Hz"


def uncertainty(column: str) -> str:
    """Return the name of the column with the uncertainty of another: `Rin_uncertainty__MOhm`."""
    name, _, unit = column.partition("__")
    return f"{name}_uncertainty__{unit}"
