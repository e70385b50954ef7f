"""A catalogue: the MOD files in the folder `mechanisms` beside this module."""

from __future__ import annotations

from pathlib import Path


def skeleton() -> Path:
    """Return the folder of MOD files."""
    return Path(__file__).resolve().parent / "mechanisms"
