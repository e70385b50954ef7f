"""Folders and files that come with this plug-in."""

from __future__ import annotations

from pathlib import Path

import bouton_mechanisms


def folder() -> Path:
    """Return the folder of the MOD files."""
    return Path(bouton_mechanisms.__file__).parent / "networks"


def network_rate() -> Path:
    """Return the study `network-rate`."""
    return Path(__file__).parent / "studies" / "network-rate.yaml"
