"""MOD files of the catalogues that Bouton ships; see `bouton mechanisms list`.

Each function is the target of a catalogue entry and returns the folder of its MOD files.
"""

from __future__ import annotations

from pathlib import Path


def hay_folder() -> Path:
    """Return the channels, calcium pools and `epsp` of the layer 5 pyramidal cell."""
    return Path(__file__).parent / "hay"


def motor_folder() -> Path:
    """Return the currents of motoneurons whose rest is near 0 mV (`motor-alpha`)."""
    return Path(__file__).parent / "motor"


def motor_powers_folder() -> Path:
    """Return the channels of motoneurons whose rest is near -71 mV (`motor-alpha-powers`)."""
    return Path(__file__).parent / "motor_powers"


def bischop_folder() -> Path:
    """Return the currents, calcium and synapses of the striatal fast-spiking interneuron."""
    return Path(__file__).parent / "bischop"


def izhikevich_folder() -> Path:
    """Return the point neurons of Izhikevich (2003, 2007)."""
    return Path(__file__).parent / "izhikevich"


def stellate_folder() -> Path:
    """Return the channels, calcium pool and synapses of the cerebellar stellate cell."""
    return Path(__file__).parent / "stellate"
