"""What became of one plug-in."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from bouton.plugins.offers import Offer

State = Literal["loaded", "disabled", "failed", "conflict", "incompatible"]


@frozen
class PluginRecord:
    """One plug-in, working or not.

    Attributes:
        name: Name of its entry point.
        distribution: Name of the distribution it came with.
        version: Version of that distribution.
        module: Value of its entry point.
        state: `loaded`; `disabled` (left out by `BOUTON_PLUGINS`, nothing of it was imported);
            `failed` (broken, nothing of it is offered); `conflict` (its name or the name of some of
            its entries is taken); `incompatible` (written for another plug-in API).
        reason: What is wrong; empty when loaded.
        hint: How to mend it.
        import_seconds: What its import took.
        entries: What it offers.
        notes: Things worth mending that do no harm, such as a slow import.
        is_builtin: Whether it came with Bouton itself.
    """

    name: str
    distribution: str = ""
    version: str = ""
    module: str = ""
    state: State = "loaded"
    reason: str = ""
    hint: str = ""
    import_seconds: float = 0.0
    entries: tuple[Offer, ...] = ()
    notes: tuple[str, ...] = ()
    is_builtin: bool = False

    @property
    def is_broken(self) -> bool:
        """Whether somebody should mend it."""
        return self.state not in ("loaded", "disabled")

    @property
    def package(self) -> str:
        """Distribution and version, as text."""
        return f"{self.distribution} {self.version}".strip()
