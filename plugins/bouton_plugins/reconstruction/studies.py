"""Ready-made tissues."""

from __future__ import annotations

from pathlib import Path


def stellate_layer() -> Path:
    """Return the study `stellate-layer`."""
    return Path(__file__).parent / "studies" / "stellate-layer.yaml"
