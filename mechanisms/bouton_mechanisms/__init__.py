"""MOD files of the catalogues that Bouton ships; see `bouton mechanisms list`.

Each function is the target of a catalogue entry and returns the folder of its MOD files.
"""

from __future__ import annotations

from pathlib import Path


def hay_folder() -> Path:
    """Return the channels, calcium pools and `epsp` of the layer 5 pyramidal cell."""
    return Path(__file__).parent / "hay"
