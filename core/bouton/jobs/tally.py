"""What a search has done so far, counted: for whoever shows it."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any


class Tally:
    """Counts evaluations, keeps the best value of every objective, and tells rate and time left.

    Attributes:
        total: Evaluations that there will be.
        done: Evaluations that are recorded.
        failed: How many of the new ones failed.
        copied: How many of them were not simulated again.
        completed: Generations that are complete.
        best: Best value of every objective.
    """

    def __init__(self) -> None:
        self.total = self.done = self.failed = self.copied = self.completed = 0
        self.best: dict[str, float] = {}
        self._fresh = 0
        self._begun = monotonic()

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        """Start to count."""
        self.total, self.done = total, done
        self.best = dict.fromkeys(objectives, float("inf"))
        self._begun = monotonic()

    def expect(self, *, total: int) -> None:
        """Take another total."""
        self.total = total

    def evaluated(self, record: Mapping[str, Any]) -> None:
        """Count one evaluation."""
        self.done += 1
        self._fresh += 1
        self.failed += record["status"] == "failed"
        self.copied += "duplicate_of" in record["notes"]
        self._improve(record["combined"] if record["status"] != "failed" else {})

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Note a complete generation."""
        self.completed = summary["generation"] + 1
        self._improve({k: v for k, v in summary["best"].items() if v is not None})

    @property
    def rate(self) -> float:
        """Evaluations per second since the start or the resume."""
        return self._fresh / max(monotonic() - self._begun, 1e-9)

    def line(self) -> str:
        """Return everything in one line."""
        parts = [
            f"generation {self.completed}",
            f"{self.done}/{self.total} evaluations",
            f"{self.rate:.2f}/s",
            f"{self.failed} failed",
        ]
        if self.copied:
            parts.append(f"{self.copied} duplicates not simulated again")
        if self.done < self.total and self.rate > 0:
            parts.append(f"{duration((self.total - self.done) / self.rate)} left")
        return ", ".join(parts)

    def _improve(self, combined: Mapping[str, float]) -> None:
        for name, value in combined.items():
            if value < self.best.get(name, float("inf")):
                self.best[name] = value


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
