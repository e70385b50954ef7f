"""Plug-ins: hook specifications, entries, discovery and look-up. Knows no simulator."""

from __future__ import annotations

from bouton.plugins.registries import Registries

registry = Registries()

__all__ = ["registry"]
