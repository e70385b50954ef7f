"""Rules that give every cell so many connections."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import evolve, field, frozen

from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.expressions import parsed
from bouton.model.morphology import IntArray
from bouton.model.wiring import CELL_NAMES, CellVariables, Contacts, Side, blocks
from bouton_plugins.networks.checks import cell_number
from bouton_plugins.networks.connectors import collected, keeps_self

_NEVER = np.uint64(0xFFFFFFFFFFFFFFFF)


@frozen
class FixedInDegree:
    """So many different inputs to each cell, each sender equally likely.

    Attributes:
        number: Inputs per cell: a number, or a formula of the receiving cell (`id`, `x`, `ynorm`,
            `uniform(0, 10)`, ...); rounded.
        allow_self: Whether a cell may connect to itself.
    """

    number: float | str = field(validator=cell_number)
    allow_self: bool = False

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the pairs; a larger number only adds some."""
        return collected(self._pieces(pre, post, draws))

    def _pieces(self, pre: Side, post: Side, draws: Draws) -> Iterator[tuple[IntArray, IntArray]]:
        numbers = _degrees(self.number, post, draws)
        every = np.arange(len(pre))
        drops_self = not keeps_self(pre, post, self.allow_self)
        _check_degrees(numbers[post.wanted], len(pre) - int(drops_self), pre.name)
        for targets in blocks(post, len(pre)):
            bits = draws.bits(targets[:, None], every[None, :])
            if drops_self:
                bits[np.arange(len(targets)), targets] = _NEVER
            rows, sources = _smallest(bits, numbers[targets])
            yield sources, targets[rows]


@frozen
class FixedOutDegree:
    """So many different outputs of each cell, each receiver equally likely.

    Attributes:
        number: Outputs per cell: a number, or a formula of the sending cell; rounded.
        allow_self: Whether a cell may connect to itself.
    """

    number: float | str = field(validator=cell_number)
    allow_self: bool = False

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the pairs; a larger number only adds some."""
        return collected(self._pieces(pre, post, draws))

    def _pieces(self, pre: Side, post: Side, draws: Draws) -> Iterator[tuple[IntArray, IntArray]]:
        numbers = _degrees(self.number, pre, draws)
        drops_self = not keeps_self(pre, post, self.allow_self)
        _check_degrees(numbers, len(post) - int(drops_self), post.name)
        wanted = np.zeros(len(post), dtype=bool)
        wanted[post.wanted] = True
        for senders in blocks(evolve(pre, wanted=np.arange(len(pre))), len(post)):
            bits = draws.bits(np.arange(len(post))[None, :], senders[:, None])
            if drops_self:
                bits[np.arange(len(senders)), senders] = _NEVER
            rows, targets = _smallest(bits, numbers[senders])
            keep = wanted[targets]
            yield senders[rows[keep]], targets[keep]


def _degrees(number: float | str, side: Side, draws: Draws) -> IntArray:
    value = parsed(number, CELL_NAMES)
    if isinstance(value, float):
        return np.full(len(side), round(value), dtype=np.int64)
    ids = (np.arange(len(side)),)
    names = CellVariables(side.positions, side.box).values
    made = value.values(names, draws.of("number"), ids)
    return np.rint(np.broadcast_to(made, (len(side),))).astype(np.int64)


def _check_degrees(numbers: IntArray, most: int, where: str) -> None:
    if len(numbers) and (numbers.min() < 0 or numbers.max() > most):
        bad = int(numbers.max() if numbers.max() > most else numbers.min())
        raise NetworkError(
            f"{bad} connections per cell are asked, and {where!r} offers 0 to {most} different ones"
        )


def _smallest(
    bits: np.ndarray[tuple[int, ...], np.dtype[np.uint64]], numbers: IntArray
) -> tuple[IntArray, IntArray]:
    """Return row and column of the smallest entries of every row, so many of each."""
    most = int(numbers.max(initial=0))
    if not most:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    if most < bits.shape[1]:
        columns = np.argpartition(bits, most - 1, axis=1)[:, :most]
    else:
        columns = np.broadcast_to(np.arange(bits.shape[1]), bits.shape).copy()
    order = np.argsort(np.take_along_axis(bits, columns, axis=1), axis=1)
    ranked = np.take_along_axis(columns, order, axis=1)
    rows, places = np.nonzero(np.arange(ranked.shape[1])[None, :] < numbers[:, None])
    return rows, ranked[rows, places]
