"""Plain tables for terminals and pipes: aligned columns, nothing to import."""

from __future__ import annotations

from collections.abc import Sequence
from shutil import get_terminal_size
from textwrap import wrap


def table(rows: Sequence[Sequence[str]], headings: Sequence[str] = (), indent: int = 0) -> str:
    """Return rows as aligned columns; the last column is not padded.

    Args:
        rows: Cells, row by row.
        headings: One per column; none for no heading line.
        indent: Spaces before each line.
    """
    lines = [*([headings] if headings else []), *rows]
    if not lines:
        return ""
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    widths[-1] = 0
    return "\n".join(
        (" " * indent + "  ".join(map(str.ljust, line, widths))).rstrip() for line in lines
    )


def paragraph(label: str, text: str, indent: int = 2) -> str:
    """Return `label text`, wrapped to the terminal, further lines aligned with the text."""
    first = " " * indent + label + " "
    width = max(get_terminal_size().columns, 60)
    lines = wrap(text, width - len(first), break_long_words=False, break_on_hyphens=False)
    return "\n".join(
        [first + (lines[0] if lines else ""), *(" " * len(first) + x for x in lines[1:])]
    )
