"""Paths of the ready-made studies."""

from __future__ import annotations

from pathlib import Path


def experiment_bischop() -> Path:
    """Return the study of a ramp and a step on the fast-spiking interneuron."""
    return Path(__file__).parent / "studies" / "experiment-bischop.yaml"
