"""Rules that say which cells connect.

Whether two cells connect depends on the seed, the name of the connections and the numbers of the
two cells, and on nothing else; so processes can share the work in any way. Cells of one population
do not connect to themselves unless `allow_self` says so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
from attrs import field, frozen

from bouton.errors import NetworkError
from bouton.model.draws import Draws, threshold
from bouton.model.expressions import Expression, parsed
from bouton.model.morphology import FloatArray, IntArray
from bouton.model.wiring import PAIR_NAMES, Contacts, PairVariables, Side, blocks, check_bounded
from bouton_plugins.networks.checks import above_zero, chance, not_below_zero, pair_chance


@frozen
class AllToAll:
    """Every cell to every cell.

    Attributes:
        allow_self: Whether a cell may connect to itself.
    """

    allow_self: bool = False

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return all pairs."""
        del draws
        check_bounded(len(pre) * len(post.wanted), "connections")
        source = np.tile(np.arange(len(pre)), len(post.wanted))
        target = np.repeat(post.wanted, len(pre))
        keep = keeps_self(pre, post, self.allow_self) | (source != target)
        return Contacts(source[keep], target[keep])


@frozen
class OneToOne:
    """Each cell to the one with the same number; both populations have equal size."""

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return one pair per cell."""
        del draws
        if len(pre) != len(post):
            raise NetworkError(
                f"one-to-one needs equal sizes, {pre.name!r} has {len(pre)} cells and "
                f"{post.name!r} {len(post)}"
            )
        return Contacts(post.wanted.copy(), post.wanted.copy())


@frozen
class Probability:
    """Each pair with a probability. A larger probability only adds pairs.

    Attributes:
        probability: A number, or a formula of positions and distance.
        allow_self: Whether a cell may connect to itself.
    """

    probability: float | str = field(validator=pair_chance)
    allow_self: bool = False

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the pairs whose number falls below the probability."""
        limit = parsed(self.probability, PAIR_NAMES, random=False)
        return collected(self._pieces(limit, pre, post, draws))

    def _pieces(
        self, chance: float | Expression, pre: Side, post: Side, draws: Draws
    ) -> Iterator[tuple[IntArray, IntArray]]:
        every = np.arange(len(pre))
        drops_self = not keeps_self(pre, post, self.allow_self)
        for targets in blocks(post, len(pre)):
            limit = threshold(_chances(chance, pre, post, every[None, :], targets[:, None]))
            met = draws.bits(targets[:, None], every[None, :]) < limit
            if drops_self:
                met[np.arange(len(targets)), targets] = False
            rows, sources = np.nonzero(met)
            yield sources, targets[rows]


def _chances(
    chance: float | Expression, pre: Side, post: Side, source: IntArray, target: IntArray
) -> FloatArray:
    if isinstance(chance, float):
        return np.array(chance)
    values = chance.values(PairVariables(pre, post, source, target))
    if values.min() < 0:
        raise NetworkError(f"probability {chance.text!r} falls to {values.min():g}, below 0")
    return np.minimum(values, 1.0)


@frozen
class DistanceDependent:
    """Each pair with a probability that falls with distance.

    Attributes:
        peak: Probability at distance 0.
        length_um: How fast it falls: standard deviation of `gaussian`, length constant of
            `exponential`, reach of `linear` and `step`.
        profile: How it falls.
        axes: Axes along which the distance is taken.
        max_distance_um: Pairs beyond never connect; 0 for no limit.
        allow_self: Whether a cell may connect to itself.
    """

    peak: float = field(validator=chance)
    length_um: float = field(validator=above_zero)
    profile: Literal["gaussian", "exponential", "linear", "step"] = "gaussian"
    axes: Literal["xyz", "xy", "xz", "yz", "x", "y", "z"] = "xyz"
    max_distance_um: float = field(default=0.0, validator=not_below_zero)
    allow_self: bool = False

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the pairs whose number falls below the probability at their distance."""
        return Probability(self.formula, self.allow_self).contacts(pre, post, draws)

    @property
    def formula(self) -> str:
        """The probability as a formula."""
        distance = "distance" if self.axes == "xyz" else f"distance_{self.axes}"
        relative = f"({distance} / {self.length_um!r})"
        shape = {
            "gaussian": f"exp(-0.5 * {relative} ** 2)",
            "exponential": f"exp(-{relative})",
            "linear": f"maximum(0, 1 - {relative})",
            "step": f"({relative} <= 1)",
        }[self.profile]
        limit = f" * ({distance} <= {self.max_distance_um!r})" if self.max_distance_um else ""
        return f"{self.peak!r} * {shape}{limit}"


@frozen
class Listed:
    """Given pairs of cells.

    Attributes:
        pairs: Sending and receiving cell of each connection, numbered within their populations.
        weights: Weight of each; empty to use the one of the synapse.
        delays_ms: Delay of each; empty to use the one of the synapse.
    """

    pairs: tuple[tuple[int, int], ...]
    weights: tuple[float, ...] = ()
    delays_ms: tuple[float, ...] = ()

    def __attrs_post_init__(self) -> None:
        for name, values in (("weights", self.weights), ("delays_ms", self.delays_ms)):
            if values and len(values) != len(self.pairs):
                raise ValueError(f"{name} needs one number per pair ({len(self.pairs)})")
            if not all(math.isfinite(value) for value in values):
                raise ValueError(f"{name} must be finite")
        if min(self.delays_ms, default=1.0) <= 0:
            raise ValueError(f"delays_ms must be above 0, got {min(self.delays_ms)!r}")

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the pairs."""
        del draws
        table = np.array(self.pairs, dtype=np.int64).reshape(-1, 2)
        sizes = np.array([len(pre), len(post)])
        if ((table < 0) | (table >= sizes)).any():
            bad = table[((table < 0) | (table >= sizes)).any(axis=1)][0]
            raise NetworkError(
                f"pair {bad.tolist()} does not exist: {pre.name!r} has {len(pre)} cells, "
                f"{post.name!r} {len(post)}"
            )
        order = np.lexsort((table[:, 0], table[:, 1]))
        order = order[np.isin(table[order, 1], post.wanted)]
        weight = np.array(self.weights)[order] if self.weights else None
        delay = np.array(self.delays_ms)[order] if self.delays_ms else None
        return Contacts(table[order, 0], table[order, 1], weight=weight, delay_ms=delay)


def keeps_self(pre: Side, post: Side, allow_self: bool) -> bool:
    """Return whether a cell may connect to itself, which only one population can do."""
    return allow_self or pre.name != post.name


def collected(pieces: Iterable[tuple[IntArray, IntArray]]) -> Contacts:
    """Return all pairs, sorted by target, then source."""
    every, count = [], 0
    for piece in pieces:
        count += len(piece[0])
        check_bounded(count, "connections")
        every.append(piece)
    empty = np.empty(0, dtype=np.int64)
    source = np.concatenate([empty, *(piece[0] for piece in every)])
    target = np.concatenate([empty, *(piece[1] for piece in every)])
    order = np.lexsort((source, target))
    return Contacts(source[order], target[order])
