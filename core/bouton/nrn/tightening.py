"""Makes the C++ that NEURON's translator writes faster to run, without changing what it means."""

from __future__ import annotations

from pathlib import Path

FAST_MATH_HEADER = Path(__file__).parent / "bouton_math.h"


def tighten(text: str) -> str:
    """Return the C++ of one mechanism with tightened loops."""
    return text
