"""What a long job tells about itself while it works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """Something that shows how a search goes on; a terminal, a notebook, or nothing."""

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        """Say how many evaluations there will be, and how many are recorded already."""

    def expect(self, *, total: int) -> None:
        """Say that there will be another number of evaluations than thought."""

    def evaluated(self, record: Mapping[str, Any]) -> None:
        """Say that one evaluation was recorded."""

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Say that a generation is complete."""

    def note(self, text: str) -> None:
        """Say anything else that the user should know."""

    def end(self) -> None:
        """Say that nothing more will come."""


class Silent:
    """Says nothing."""

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        """Say nothing."""

    def expect(self, *, total: int) -> None:
        """Say nothing."""

    def evaluated(self, record: Mapping[str, Any]) -> None:
        """Say nothing."""

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""
