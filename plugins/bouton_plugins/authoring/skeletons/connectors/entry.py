"""A connector: each cell to its nearest neighbours."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import NetworkError
from bouton.model.draws import Draws
from bouton.model.wiring import Contacts, Side


@frozen
class Skeleton:
    """Every receiving cell gets input from the nearest cells; ties go to the smaller number.

    Attributes:
        number: Inputs per cell.
    """

    number: int = field(default=3, validator=validators.ge(1))

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the pairs, sorted by target, then source.

        Raises:
            NetworkError: If there are fewer cells to choose from.
        """
        del draws
        same = pre.name == post.name
        if self.number > len(pre) - same:
            raise NetworkError(f"{pre.name!r} has no {self.number} cells to choose from")
        sources = [self._nearest(pre, post, target, same=same) for target in post.wanted.tolist()]
        source = np.concatenate([np.empty(0, dtype=np.int64), *sources])
        return Contacts(source, np.repeat(post.wanted, self.number))

    def _nearest(self, pre: Side, post: Side, target: int, *, same: bool) -> np.ndarray:
        distance = np.linalg.norm(pre.positions - post.positions[target], axis=1)
        if same:
            distance[target] = np.inf
        return np.sort(np.argsort(distance, kind="stable")[: self.number])
