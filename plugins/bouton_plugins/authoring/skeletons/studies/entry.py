"""A ready-made study: the file `skeleton.yaml` beside this module."""

from __future__ import annotations

from pathlib import Path


def skeleton() -> Path:
    """Return the study file."""
    return Path(__file__).resolve().parent / "skeleton.yaml"
