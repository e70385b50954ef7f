"""Small pieces of HTML for notebooks: text in, text out.

It lies on the floor of the model so that descriptions can show themselves wherever they are made,
and imports nothing at all: who lists plug-ins in a notebook needs no numpy, and nobody needs
matplotlib. Colours are inherited, or readable on light and dark pages alike. Everything that comes
from a user or a file is escaped here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

BLUE, RED, GREEN, ORANGE, VIOLET, GREY = (
    "#3f87c9",
    "#d1603d",
    "#2f9e78",
    "#c98b1b",
    "#a46cc2",
    "#8a8a8a",
)
PALETTE = (BLUE, RED, GREEN, ORANGE, VIOLET, GREY)
_CELL = "padding:1px 10px 1px 0;text-align:left;vertical-align:top"
_MOST_ROWS = 30


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> str:
    """Return a value as HTML text; markup stays as it is."""
    return value if isinstance(value, Markup) else escape(str(value))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Return a table; of many rows the first ones and how many more there are."""
    every = list(rows)
    head = "".join(f'<th style="{_CELL};opacity:.65">{text(name)}</th>' for name in columns)
    shown = every[:_MOST_ROWS] if len(every) > _MOST_ROWS + 1 else every
    lines = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in shown)
    if len(every) > len(shown):
        more = f"... and {len(every) - len(shown)} more"
        lines += f'<tr><td style="{_CELL};opacity:.65" colspan="{len(columns)}">{more}</td></tr>'
    style = "border-collapse:collapse;font-size:90%;background:none;margin:2px 0"
    return Markup(f'<table style="{style}"><thead><tr>{head}</tr></thead>{lines}</table>')


def _cell(value: object) -> str:
    # Names may be longer than a page is wide; numbers stay in one piece.
    wrap = ";overflow-wrap:anywhere" if isinstance(value, str) else ""
    return f'<td style="{_CELL}{wrap}">{text(number(value))}</td>'


def card(
    title: object,
    *parts: object,
    columns: Sequence[str] = (),
    rows: Iterable[Sequence[object]] = (),
) -> str:
    """Return a box with a title, further parts beside each other, and a table.

    Args:
        title: First line.
        *parts: Text or markup.
        columns: Heads of the table.
        rows: Its rows; no table is made of none.
    """
    every = [text(part) for part in parts if part]
    body = list(rows)
    if body:
        every.append(table(columns, body))
    inner = "".join(f'<div style="min-width:0">{part}</div>' for part in every)
    box = "border-left:3px solid #8a8a8a80;padding:2px 0 2px 10px;margin:2px 0;line-height:1.35"
    flow = "display:flex;flex-wrap:wrap;gap:4px 24px;align-items:flex-start"
    return f'<div style="{box}"><b>{text(title)}</b><div style="{flow}">{inner}</div></div>'


def swatch(colour: str) -> Markup:
    """Return a small square of a colour, for legends."""
    style = f"display:inline-block;width:.7em;height:.7em;border-radius:2px;background:{colour}"
    return Markup(f'<span style="{style}"></span>')


def number(value: object) -> object:
    """Return a float in at most five digits, anything else as it is."""
    return f"{value:.5g}" if isinstance(value, float) else value
