"""Kit for plug-in authors: registries without discovery, checks, distributions made on the fly."""

from __future__ import annotations

from bouton.testing.distributions import environment, write_distribution
from bouton.testing.registries import check_plugin, isolated_registry

__all__ = ["check_plugin", "environment", "isolated_registry", "write_distribution"]
