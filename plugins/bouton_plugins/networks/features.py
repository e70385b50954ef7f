"""Numbers that describe what a network does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from attrs import field, frozen

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.network import NetworkResponse
from bouton.model.scores import Feature
from bouton.model.traces import Response
from bouton_plugins.networks.checks import above_zero, not_below_zero


@frozen(eq=False)
class Spikes:
    """Spikes of some cells in a window.

    Attributes:
        times_ms: Times, rising, shape (n,).
        cells: Who fired, shape (n,).
        size: Number of cells.
        start_ms: Start of the window.
        end_ms: End of the window.
        bin_ms: Width of bins, for synchrony.
    """

    times_ms: FloatArray
    cells: IntArray
    size: int
    start_ms: float
    end_ms: float
    bin_ms: float

    @property
    def trains(self) -> list[FloatArray]:
        """The times of each cell."""
        order = np.argsort(self.cells, kind="stable")
        edges = np.searchsorted(self.cells[order], np.arange(1, self.size))
        return np.split(self.times_ms[order], edges)


def rate_Hz(spikes: Spikes) -> float:
    """Return spikes per cell and second."""
    return len(spikes.times_ms) / spikes.size / ((spikes.end_ms - spikes.start_ms) * 1e-3)


def active_fraction(spikes: Spikes) -> float:
    """Return the share of cells that fire at all."""
    return len(np.unique(spikes.cells)) / spikes.size


def cv_isi(spikes: Spikes) -> float:
    """Return the mean coefficient of variation of the intervals, over cells with 3 or more spikes.

    Source: Softky & Koch (1993), J Neurosci 13:334-350.
    """
    intervals = [np.diff(train) for train in spikes.trains if len(train) >= 3]
    values = [float(one.std() / one.mean()) for one in intervals if one.mean() > 0]
    return float(np.mean(values)) if values else float("nan")


def synchrony(spikes: Spikes) -> float:
    """Return the variance of the population's count over the mean variance of single cells, rooted.

    1 if all cells do the same, about 1/sqrt(size) if they are independent.

    Source: Golomb & Rinzel (1994), Physica D 72:259-282, with counts instead of potentials.
    """
    bins = max(1, round((spikes.end_ms - spikes.start_ms) / spikes.bin_ms))
    slot = ((spikes.times_ms - spikes.start_ms) / spikes.bin_ms).astype(np.int64)
    slot = np.minimum(slot, bins - 1)
    counts = np.zeros((spikes.size, bins))
    np.add.at(counts, (spikes.cells, slot), 1.0)
    single = counts.var(axis=1).mean()
    return float(np.sqrt(counts.mean(axis=0).var() / single)) if single > 0 else float("nan")


FEATURES: Mapping[str, tuple[str, Callable[[Spikes], float]]] = {
    "rate": ("Hz", rate_Hz),
    "active_fraction": ("", active_fraction),
    "cv_isi": ("", cv_isi),
    "synchrony": ("", synchrony),
}


def _known(instance: object, attribute: object, names: tuple[str, ...]) -> None:
    del instance, attribute
    for name in names:
        if name not in FEATURES:
            raise ValueError(f"no feature is called {name!r}; {did_you_mean(name, FEATURES)}")


@frozen
class NetworkFeatures:
    """Features of one population, or of all cells together.

    Attributes:
        features: Names; default: all.
        protocol: Always `network`; empty means the same.
        trace: Population; empty for all cells that are simulated.
        start_ms: Spikes before do not count.
        end_ms: Spikes after do not count; 0 for the end of the simulation.
        bin_ms: Width of bins, for synchrony.
    """

    features: tuple[str, ...] = field(default=tuple(FEATURES), validator=_known)
    protocol: str = ""
    trace: str = ""
    start_ms: float = field(default=0.0, validator=not_below_zero)
    end_ms: float = field(default=0.0, validator=not_below_zero)
    bin_ms: float = field(default=5.0, validator=above_zero)

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return the features; one that cannot be taken is nan.

        Raises:
            ProtocolError: If the response is no network's, or has no such population.
        """
        response = responses.get(self.protocol or "network")
        if not isinstance(response, NetworkResponse):
            raise ProtocolError("network-features read what a network did: say protocol: network")
        spikes = self._spikes(response)
        return [Feature(n, FEATURES[n][1](spikes), FEATURES[n][0]) for n in self.features]

    def _spikes(self, response: NetworkResponse) -> Spikes:
        names = [n for n in response.sizes if n not in response.sources]
        if self.trace and self.trace not in response.sizes:
            hint = did_you_mean(self.trace, response.sizes)
            raise ProtocolError(f"no population is called {self.trace!r}; {hint}")
        chosen = [self.trace] if self.trace else names
        times, cells, size = [np.empty(0)], [np.empty(0)], 0
        for name in chosen:
            times.append(response[name].t_ms)
            cells.append(response[name].values + size)
            size += response.sizes[name]
        t, who = np.concatenate(times), np.concatenate(cells).astype(np.int64)
        end = self.end_ms or response.description.duration_ms
        keep = (t >= self.start_ms) & (t <= end)
        order = np.argsort(t[keep], kind="stable")
        return Spikes(t[keep][order], who[keep][order], size, self.start_ms, end, self.bin_ms)
