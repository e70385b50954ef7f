"""A search shown while it works: a live panel on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bouton.jobs.tally import Tally
from bouton.jobs.tally import duration as duration

_PLAIN_EVERY_S = 10.0


class TerminalProgress(Tally):
    """Shows generation, rate, best value per objective, failures and time left on stderr."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__()
        self._console = console or Console(stderr=True)
        self._live: Live | None = None
        self._spoken = monotonic()

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        """Start the display."""
        super().begin(total=total, done=done, objectives=objectives)
        self._spoken = monotonic()
        if self._console.is_terminal:
            self._live = Live(self, console=self._console, refresh_per_second=4, transient=False)
            self._live.start()
        elif done:
            self.note(f"{done} evaluations are recorded already")

    def evaluated(self, record: Mapping[str, Any]) -> None:
        """Count one evaluation."""
        super().evaluated(record)
        if self._live is None and monotonic() - self._spoken > _PLAIN_EVERY_S:
            self._spoken = monotonic()
            self._console.print(self.line(), highlight=False)

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

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 2))
        table.add_row(Text(self.line()))
        best = Table("objective", "best", box=None, header_style="dim")
        for name, value in self.best.items():
            best.add_row(name, f"{value:.3g}")
        table.add_row(best)
        return table
