"""A recorder: the potential in the middle of every section of one label."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen, validators

from bouton.model.locations import OnLabel
from bouton.model.protocol import Signal


@frozen
class Skeleton:
    """The potential in the middle of every section of one label, in one trace of many columns.

    Attributes:
        label: Label of the sections, such as dend.
        name: Name of the trace.
        interval_ms: Sampling interval; 0 for every step of the integrator.
    """

    label: str = "dend"
    name: str = "branches"
    interval_ms: float = field(default=0.1, validator=validators.ge(0.0))

    def signals(self) -> Iterable[Signal]:
        """Return the signal."""
        return [Signal(self.name, "v", OnLabel(self.label, 0.5), self.interval_ms)]
