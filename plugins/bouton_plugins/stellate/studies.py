"""Paths of what comes with this plug-in."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent


def stellate() -> Path:
    """Return the study of a stellate cell left alone and under a current step."""
    return _HERE / "studies" / "stellate.yaml"


def morphology() -> Path:
    """Return the synthetic morphology; its type codes are those of the study `stellate`."""
    return _HERE / "data" / "stellate.swc"
