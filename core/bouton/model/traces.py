"""What a run leaves: traces with units, places and the settings that made them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import Factory, evolve, field, frozen

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.locations import Place
from bouton.model.morphology import FloatArray, read_only
from bouton.model.protocol import Integration, Protocol


@frozen
class TracePlace:
    """Where one column of a trace was recorded: the segment, not only the place asked for.

    Attributes:
        section: Section name.
        x: Centre of the segment on the section.
        distance_um: Path distance of that centre from x = 0 of the root.
        asked: The place asked for.
    """

    section: str
    x: float
    distance_um: float
    asked: Place


@frozen(eq=False)
class Trace:
    """A signal over time.

    Attributes:
        name: Name within the protocol, such as `soma`.
        variable: What was recorded.
        unit: Its unit.
        t_ms: Times, shape (n,), ms, non-decreasing (equal times mark a discontinuity).
        values: Samples, shape (n,) for one place, (n, n_places) for several.
        places: Where each column was recorded.
    """

    name: str
    variable: str
    unit: str
    t_ms: FloatArray = field(converter=read_only, repr=False)
    values: FloatArray = field(converter=read_only, repr=False)
    places: tuple[TracePlace, ...] = ()

    def __attrs_post_init__(self) -> None:
        if len(self.t_ms) != len(self.values):
            raise ProtocolError(
                f"trace {self.name!r}: {len(self.t_ms)} times and {len(self.values)} samples"
            )

    def _repr_html_(self) -> str:
        from bouton.model.views import trace_html

        return trace_html(self)

    def resampled(self, interval_ms: float) -> tuple[FloatArray, FloatArray]:
        """Return times 0, interval, ... before the last time, and values by linear interpolation.

        Returns:
            Times, shape (m,), ms; values, shape (m,) or (m, n_places).
        """
        grid = np.arange(0.0, float(self.t_ms[-1]), interval_ms)
        if self.values.ndim == 1:
            return grid, np.interp(grid, self.t_ms, self.values)
        columns = [np.interp(grid, self.t_ms, column) for column in self.values.T]
        return grid, np.stack(columns, axis=1)

    def thinned(self, interval_ms: float) -> Trace:
        """Return the trace with at most one sample per interval; the last one is kept."""
        if not len(self.t_ms):
            return self
        slot = np.floor(self.t_ms / interval_ms)
        keep = np.append(np.diff(slot) > 0, True)
        return evolve(self, t_ms=self.t_ms[keep], values=self.values[keep])


@frozen(eq=False)
class RunStatistics:
    """Cost of one run.

    Attributes:
        cpu_s: CPU seconds by stage (`set`, `run`, ...).
        steps: Integrator steps taken.
    """

    cpu_s: dict[str, float] = Factory(dict)
    steps: int = 0


@frozen(eq=False)
class Response:
    """All traces of one protocol on one cell.

    Attributes:
        protocol: Name under which the study runs the protocol.
        traces: The traces, in the order of the protocol's signals.
        description: The protocol that made them.
        statistics: What it cost.
    """

    protocol: str
    traces: tuple[Trace, ...]
    description: Protocol
    statistics: RunStatistics = Factory(RunStatistics)

    @property
    def integration(self) -> Integration:
        """The settings that made the traces."""
        return self.description.integration

    def _repr_html_(self) -> str:
        from bouton.model.views import response_html

        return response_html(self)

    def __iter__(self) -> Iterator[Trace]:
        return iter(self.traces)

    def __getitem__(self, name: str) -> Trace:
        for trace in self.traces:
            if trace.name == name:
                return trace
        known = [trace.name for trace in self.traces]
        raise ProtocolError(
            f"protocol {self.protocol!r} recorded no {name!r}; {did_you_mean(name, known)}"
        )
