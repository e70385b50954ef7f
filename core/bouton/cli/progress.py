"""A search shown while it works: a live panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

_PLAIN_EVERY_S = 10.0


class TerminalProgress:
    """Shows generation, rate, best value per objective, failures and time left on stderr."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._live: Live | None = None
        self._total = self._done = self._fresh = self._failed = self._copied = 0
        self._generation = 0
        self._best: dict[str, float] = {}
        self._begun = self._spoken = monotonic()

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        """Start the display."""
        self._total, self._done = total, done
        self._best = dict.fromkeys(objectives, float("inf"))
        self._begun = self._spoken = monotonic()
        if self._console.is_terminal:
            self._live = Live(self, console=self._console, refresh_per_second=4, transient=False)
            self._live.start()
        elif done:
            self.note(f"{done} evaluations are recorded already")

    def expect(self, *, total: int) -> None:
        """Show another total."""
        self._total = total

    def evaluated(self, record: Mapping[str, Any]) -> None:
        """Count one evaluation."""
        self._done += 1
        self._fresh += 1
        self._failed += record["status"] == "failed"
        self._copied += "duplicate_of" in record["notes"]
        self._improve(record["combined"] if record["status"] != "failed" else {})
        if self._live is None and monotonic() - self._spoken > _PLAIN_EVERY_S:
            self._spoken = monotonic()
            self._console.print(self.line(), highlight=False)

    def generation(self, summary: Mapping[str, Any]) -> None:
        """Note a complete generation."""
        self._generation = summary["generation"] + 1
        self._improve({k: v for k, v in summary["best"].items() if v is not None})

    def note(self, text: str) -> None:
        """Print a line above the display."""
        (self._live.console if self._live else self._console).print(text, highlight=False)

    def end(self) -> None:
        """Leave the last state on screen."""
        if self._live is not None:
            self._live.stop()
            self._live = None
        else:
            self._console.print(self.line(), highlight=False)

    def line(self) -> str:
        """Return everything in one line."""
        parts = [
            f"generation {self._generation}",
            f"{self._done}/{self._total} evaluations",
            f"{self.rate:.2f}/s",
            f"{self._failed} failed",
        ]
        if self._copied:
            parts.append(f"{self._copied} duplicates not simulated again")
        if self._done < self._total and self.rate > 0:
            parts.append(f"{duration((self._total - self._done) / self.rate)} left")
        return ", ".join(parts)

    @property
    def rate(self) -> float:
        """Evaluations per second since the start or the resume."""
        return self._fresh / max(monotonic() - self._begun, 1e-9)

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row(Text(self.line()))
        best = Table("objective", "best", box=None, header_style="dim")
        for name, value in self._best.items():
            best.add_row(name, f"{value:.3g}")
        table.add_row(best)
        return table

    def _improve(self, combined: Mapping[str, float]) -> None:
        for name, value in combined.items():
            if value < self._best.get(name, float("inf")):
                self._best[name] = value


def duration(seconds: float) -> str:
    """Return seconds as people say them."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min"
        if hours
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )
