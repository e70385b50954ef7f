"""Random numbers: one independent, repeatable stream per purpose."""

from __future__ import annotations

import random
from zlib import crc32

import numpy as np

from bouton.model.morphology import FloatArray
from bouton.model.search import SearchSpace


def stream(seed: int, *purpose: str | int) -> np.random.Generator:
    """Return the generator for one purpose, such as `stream(42, "variation", 3)`.

    Streams of different purposes are independent, so what one part of a search draws never
    shifts what another draws, and any of them can be made again without the ones before it.
    """
    key = [crc32(part.encode()) if isinstance(part, str) else part for part in purpose]
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def initial_units(space: SearchSpace, n: int, seed: int) -> FloatArray:
    """Return the uniform first population, unit cube, shape (n, d).

    Python's own generator draws individual by individual, parameter by parameter, so that on
    linear scales seed and table give the same numbers as `random.seed(seed)` followed by
    `random.uniform(lower, upper)`.

    Source: Hay-type fitting of L5 pyramidal neurons (the start of its evolution).
    """
    draw = random.Random(seed).random  # noqa: S311 - repeatable, not secret
    return np.array([[draw() for _ in range(space.dimensions)] for _ in range(n)])
