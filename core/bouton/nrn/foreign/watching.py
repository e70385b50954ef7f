"""Sees which Vectors the Python code of a cell plays, while it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define, field, frozen

from bouton.nrn.engine import h


@frozen(eq=False)
class Call:
    """One call of `Vector.play`: names of Vectors, the reference, what else."""

    vector: str
    target: Any
    arguments: tuple[Any, ...]


@define(eq=False)
class Played:
    """What Python code plays.

    Names are kept, not Vectors: one that nobody else holds is gone, and its play with it.
    """

    calls: dict[str, Call] = field(factory=dict)


@contextmanager
def watched() -> Iterator[Played]:
    """Note every `Vector.play` of Python code."""
    found, kind = Played(), type(h.Vector())

    def play(self: Any, target: Any, *arguments: Any) -> Any:  # noqa: ANN401
        del kind.play
        try:
            done = self.play(target, *arguments)
        finally:
            kind.play = play
        if hasattr(target, "get_segment"):  # the point process that has the variable may come first
            target, *rest = arguments
        else:
            rest = list(arguments)
        if not isinstance(target, str):  # a statement is code, as what hoc plays
            names = tuple(one.hname() if hasattr(one, "hname") else one for one in rest)
            found.calls[self.hname()] = Call(self.hname(), target, names)
        return done

    def play_remove(self: Any) -> Any:  # noqa: ANN401
        del kind.play_remove
        try:
            return self.play_remove()
        finally:
            kind.play_remove = play_remove
            found.calls.pop(self.hname(), None)

    kind.play, kind.play_remove = play, play_remove
    try:
        yield found
    finally:
        del kind.play, kind.play_remove
