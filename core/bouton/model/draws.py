"""Random numbers that belong to things: the same for any order, chunk or process.

Every number is a hash of (seed, purpose, ids), where the ids say which cell or which pair of cells
it is for. So whoever needs it may draw it, at any time, and two ranks that draw for different
cells make together what one process makes alone.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt

from bouton.model.morphology import FloatArray

BitArray = npt.NDArray[np.uint64]

_STEP = 0x9E3779B97F4A7C15
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = (np.uint64(n) for n in (30, 27, 31, 11))


class Draws:
    """Draws for one purpose.

    Args:
        seed: Seed of the network.
        purpose: What they are for, such as `connections.S->M`.

    Source: Steele, Lea & Flood (2014), "Fast splittable pseudorandom number generators" (the
        finaliser of splitmix64).
    """

    def __init__(self, seed: int, purpose: str) -> None:
        self.seed = seed
        self.purpose = purpose
        digest = blake2b(f"{seed}\0{purpose}".encode(), digest_size=8).digest()
        self._key = int.from_bytes(digest, "little")

    def of(self, purpose: str) -> Draws:
        """Return the draws of a finer purpose."""
        return Draws(self.seed, f"{self.purpose}\0{purpose}")

    def bits(self, *ids: npt.ArrayLike) -> BitArray:
        """Return 64 random bits for every combination of ids, broadcast against each other."""
        state: BitArray = np.full(1, self._key, dtype=np.uint64)
        for one in ids:
            numbers = np.atleast_1d(np.asarray(one)).astype(np.uint64)
            numbers += np.uint64(1)
            numbers *= np.uint64(_STEP)
            state = _mixed(state + numbers)
        return state

    def uniform(self, *ids: npt.ArrayLike) -> FloatArray:
        """Return numbers in [0, 1)."""
        return np.asarray((self.bits(*ids) >> _S11) * 2.0**-53)

    def normal(self, *ids: npt.ArrayLike) -> FloatArray:
        """Return numbers of mean 0 and standard deviation 1 (Box and Muller)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(*ids, 0)))
        return np.asarray(radius * np.cos(2.0 * np.pi * self.uniform(*ids, 1)))

    def generator(self, *ids: int) -> np.random.Generator:
        """Return a stream of its own for one thing, for draws of unknown number."""
        (bits,) = self.bits(*ids)
        return np.random.Generator(np.random.Philox(key=[int(bits), self._key]))


def threshold(probability: Any) -> BitArray:  # noqa: ANN401
    """Return the bits below which `bits` fall with a probability; 1 is every one but the last."""
    scaled = np.minimum(np.floor(np.asarray(probability, dtype=np.float64) * 2.0**53), 2.0**53 - 1)
    whole = np.asarray(probability, dtype=np.float64) >= 1.0
    limit = scaled.astype(np.uint64) << _S11
    return np.where(whole, np.uint64(0xFFFFFFFFFFFFFFFF), limit)


def _mixed(z: BitArray) -> BitArray:
    z ^= z >> _S30
    z *= _FIRST
    z ^= z >> _S27
    z *= _SECOND
    z ^= z >> _S31
    return z
