"""Paths of the ready-made studies."""

from __future__ import annotations

from pathlib import Path


def l5pt_bac() -> Path:
    """Return the study of bAP and BAC firing of a synthetic L5PT."""
    return Path(__file__).parent / "studies" / "l5pt-bac.yaml"


def l5pt_search() -> Path:
    """Return the study that finds the parameters of the same neuron from random starts."""
    return Path(__file__).parent / "studies" / "l5pt-search.yaml"


def l5pt_explore() -> Path:
    """Return the study that walks from a model that was found from random starts."""
    return Path(__file__).parent / "studies" / "l5pt-explore.yaml"
