"""Random streams of mechanisms: the same in every run with one seed, whatever ran before.

NEURON neither restarts a RANDOM variable when a run begins, nor numbers it by anything but the
order in which instances were made in the process.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from bouton.nrn.engine import h


class RandomStreams:
    """The RANDOM variables of one cell, or of the drives of one run."""

    def __init__(self) -> None:
        self._streams: list[tuple[Any, int, int]] = []

    def add_segments(self, mechanism: str, segments: Iterable[tuple[int, Any]]) -> None:
        """Find the streams of a density mechanism.

        Args:
            mechanism: Its name.
            segments: Index and NEURON segment of all that carry it.
        """
        names: list[str] | None = None
        for index, segment in segments:
            owner = getattr(segment, mechanism)
            names = _random_names(owner) if names is None else names
            if not names:
                return
            self._add(mechanism, names, owner, index)

    def add_point(self, name: str, owner: Any) -> None:  # noqa: ANN401
        """Find the streams of a point process, numbered by a name unique on the cell."""
        self._add(name, _random_names(owner), owner, 0)

    def _add(self, name: str, variables: Iterable[str], owner: Any, index: int) -> None:  # noqa: ANN401
        for variable in variables:
            key = crc32(f"{name}.{variable}".encode())
            self._streams.append((getattr(owner, variable), key, index))

    def restart(self, seed: int) -> None:
        """Start every stream at its first number."""
        for stream, key, index in self._streams:
            stream.set_ids(seed, key, index).set_seq(0)

    def positions(self) -> tuple[float, ...]:
        """Return how far every stream has gone."""
        return tuple(float(stream.get_seq()) for stream, _, _ in self._streams)

    def go_to(self, positions: Iterable[float]) -> None:
        """Bring every stream where `positions` says that it was."""
        for (stream, _, _), position in zip(self._streams, positions, strict=True):
            stream.set_seq(position)

    def clear(self) -> None:
        """Forget all streams."""
        self._streams.clear()


def restart_generators() -> None:
    """Restart the generators of hoc that share one index (Random123)."""
    h.Random().Random123_globalindex(0)


def _random_names(owner: Any) -> list[str]:  # noqa: ANN401
    names = [name for name in dir(owner) if not name.startswith("_")]
    return [name for name in names if type(_value(owner, name)).__name__ == "NMODLRandom"]


def _value(owner: Any, name: str) -> Any:  # noqa: ANN401
    try:
        return getattr(owner, name, None)
    except ValueError:
        return None  # a POINTER that was never set has a name but no value
