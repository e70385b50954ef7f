"""Progress in a notebook: one display below the cell that is brought up to date in place.

Nothing of Jupyter is imported unless a notebook runs this process already. Displays are handed to
the kernel's own thread, so a search never waits for a browser.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from time import monotonic
from typing import Any

from bouton.jobs.progress import Progress, Silent
from bouton.jobs.tally import Tally
from bouton.model.html import Markup, card, text

_EVERY_S = 0.25


def default_progress() -> Progress:
    """Return what shows a job that nobody else watches: a display in a notebook, else nothing."""
    return NotebookProgress() if in_notebook() else Silent()


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None


class NotebookProgress(Tally):
    """Shows a bar, rate, failures, time left and best values, up to four times a second."""

    def __init__(self) -> None:
        super().__init__()
        self._handle: Any = None
        self._shown = 0.0
        self._notes: list[str] = []

    def begin(self, *, total: int, done: int, objectives: tuple[str, ...]) -> None:
        """Make the display."""
        super().begin(total=total, done=done, objectives=objectives)
        self._show()

    def evaluated(self, record: Mapping[str, Any]) -> None:
        """Count one evaluation."""
        super().evaluated(record)
        if monotonic() - self._shown > _EVERY_S:
            self._show()

    def note(self, text: str) -> None:
        """Add a line to the display."""
        self._notes.append(text)
        self._show()

    def end(self) -> None:
        """Leave the last state."""
        self._show()

    def _show(self) -> None:
        from IPython.display import HTML, display

        self._shown = monotonic()
        page = HTML(self._repr_html_())
        if self._handle is None:
            self._handle = display(page, display_id=True)
        else:
            self._handle.update(page)

    def _repr_html_(self) -> str:
        value = min(self.done, self.total) / max(self.total, 1)
        style = "width:24em;max-width:100%"
        bar = Markup(f'<progress value="{value:.4f}" max="1" style="{style}"></progress>')
        rows = [(name, f"{best:.3g}") for name, best in self.best.items()]
        notes = Markup("".join(f"<div>{text(note)}</div>" for note in self._notes))
        return card(self.line(), bar, notes, columns=("objective", "best"), rows=rows)
