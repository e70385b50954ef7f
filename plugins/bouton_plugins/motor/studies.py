"""Paths of the ready-made studies."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent / "studies"


def motor_pool() -> Path:
    """Return the study of a motor pool that is measured."""
    return _FOLDER / "motor-pool.yaml"


def motor_ramp() -> Path:
    """Return the study of a motor pool that is driven up and down."""
    return _FOLDER / "motor-ramp.yaml"
