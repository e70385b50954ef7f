"""A document as HTML: the one place where text of a run meets markup.

Text is escaped here. Scripts are allowed by their hash alone and the network is forbidden, by the
page's own Content-Security-Policy, so that even markup that got through would do nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from typing import Any

import numpy as np

from bouton_plugins.html_report.blocks import (
    Bar,
    Block,
    Chart,
    Code,
    Column,
    Document,
    Facts,
    Item,
    Mark,
    Pairs,
    Scene,
    Section,
    Strip,
    Table,
    Text,
)
from bouton_plugins.html_report.drawing import chart_data, pairs_data, scene_data

_SYMBOLS = {"good": "✓", "bad": "✗", "none": "–", "": ""}
_CLOSING = re.compile(r"</(?=script)|<!--", re.IGNORECASE)


def page(document: Document, plotly: str) -> str:
    """Return the whole page.

    Args:
        document: What is in it.
        plotly: Plotly's JavaScript.
    """
    assets = files("bouton_plugins.html_report") / "assets"
    scripts = [_inert(plotly), _inert((assets / "report.js").read_text("utf-8"))]
    payloads: dict[str, Any] = {}
    body = "".join(_section(section, payloads) for section in document.sections)
    parts = {
        "policy": _policy(scripts),
        "title": escape(document.title),
        "status": _mark(document.status),
        "lead": escape(document.lead),
        "colours": "".join(f"--{name}: {value};" for name, value in document.colours.items()),
        "style": (assets / "report.css").read_text("utf-8"),
        "contents": _contents(document.sections),
        "body": body,
        "data": _json(payloads),
        "plotly": scripts[0],
        "script": scripts[1],
    }
    template = (assets / "report.html").read_text("utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], template)


def _policy(scripts: Sequence[str]) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        for text in scripts
    )
    # Plotly writes styles into its own elements; pictures of charts are made from blobs.
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _inert(script: str) -> str:
    """Return a script with nothing in it that would end its element; only texts can hold that."""
    return _CLOSING.sub(lambda found: "<\\/" if found[0] == "</" else "<\\!--", script)


def _json(data: Mapping[str, Any]) -> str:
    """Return JSON that no HTML parser can take for markup."""
    text = json.dumps(data, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _contents(sections: Sequence[Section]) -> str:
    return "".join(
        f'<li><a href="#{_id(section.title)}">{escape(section.title)}</a></li>'
        for section in sections
    )


def _id(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def _section(section: Section, payloads: dict[str, Any]) -> str:
    name = _id(section.title)
    inner = "".join(_block(block, payloads) for block in section.blocks)
    heading = f'<h2 id="{name}-heading">{escape(section.title)}</h2>'
    return f'<section id="{name}" aria-labelledby="{name}-heading">{heading}{inner}</section>\n'


def _block(block: Block, payloads: dict[str, Any]) -> str:
    if isinstance(block, Text):
        return f'<p class="{block.kind}">{escape(block.text)}</p>'
    if isinstance(block, Code):
        code = f'<pre tabindex="0"><code>{escape(block.text)}</code></pre>'
        return f"<details><summary>{escape(block.title)}</summary>{code}</details>"
    if isinstance(block, Facts):
        rows = "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in block.rows)
        return f'<dl class="facts">{rows}</dl>'
    if isinstance(block, Table):
        return "".join(_table(block))
    return _figure(block, payloads)


def _figure(block: Chart | Pairs | Scene, payloads: dict[str, Any]) -> str:
    """Return the place of a drawing, and keep what is drawn there."""
    name = f"figure-{len(payloads) + 1}"
    if isinstance(block, Chart):
        kind, data = "chart", chart_data(block)
    elif isinstance(block, Pairs):
        kind, data = "pairs", pairs_data(block)
    else:
        kind, data = "scene", scene_data(block)
    payloads[name] = {"kind": kind, **data}
    hint = f'<p class="note">{escape(block.hint)}</p>' if isinstance(block, Scene) else ""
    caption = f"<figcaption>{escape(block.caption)}</figcaption>"
    return (
        f'<figure class="{kind}"><div class="drawing" id="{name}"></div>{caption}</figure>'
        f"{hint if isinstance(block, Scene) and block.hint else ''}"
    )


def _table(table: Table) -> Iterator[str]:
    label = escape(table.caption, quote=True)
    folded = table.is_folded
    yield f"<details><summary>{label}</summary>" if folded else ""
    heading = "" if folded else f"<figcaption>{label}</figcaption>"
    yield f'<figure class="table">{heading}'
    yield f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table><thead><tr>'
    yield "".join(_heading(column) for column in table.columns)
    yield "</tr></thead><tbody>"
    for row in table.rows:
        yield "<tr>"
        for place, (column, item) in enumerate(zip(table.columns, row, strict=True)):
            yield _cell(column, item, is_first=place == 0)
        yield "</tr>"
    yield "</tbody></table></div>"
    yield f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    yield "</figure></details>" if folded else "</figure>"


def _heading(column: Column) -> str:
    unit = f' <span class="unit">({escape(column.unit)})</span>' if column.unit else ""
    number = ' class="number"' if column.is_number else ""
    return f'<th scope="col"{number}>{escape(column.title)}{unit}</th>'


def _cell(column: Column, item: Item, *, is_first: bool) -> str:
    number = ' class="number"' if column.is_number else ""
    if isinstance(item, str):
        if is_first:
            return f'<th scope="row"{number}>{escape(item)}</th>'
        return f"<td{number}>{escape(item)}</td>"
    if isinstance(item, Mark):
        return f"<td>{_mark(item)}</td>"
    return f'<td class="drawn">{_bar(item) if isinstance(item, Bar) else _strip(item)}</td>'


def _mark(mark: Mark) -> str:
    symbol = f'<span aria-hidden="true">{_SYMBOLS[mark.verdict]}</span> '
    return f'<span class="mark {mark.verdict}">{symbol}{escape(mark.text)}</span>'


def _bar(bar: Bar) -> str:
    return (
        f'<svg class="bar {bar.verdict}" viewBox="0 0 100 10" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(bar.label, quote=True)}">'
        f'<rect class="ground" width="100" height="10"/>'
        f'<rect class="part" width="{100 * bar.part:.1f}" height="10"/>'
        f'<path class="limit" d="M{100 * bar.limit:.1f} 0v10"/></svg>'
    )


def _strip(strip: Strip) -> str:
    label = escape(strip.label, quote=True)
    places = 100 * np.clip(np.asarray(strip.values, dtype=float), 0.0, 1.0)
    rug = "".join(f"M{place:.1f} 2v6" for place in places[np.isfinite(places)])
    marks = "".join(f"M{100 * min(max(place, 0.0), 1.0):.1f} 0v10" for place in strip.marks)
    extent = ""
    if strip.extent is not None:
        low, high = (100 * min(max(end, 0.0), 1.0) for end in strip.extent)
        extent = f'<rect class="part" x="{low:.1f}" width="{high - low:.1f}" y="2" height="6"/>'
    return (
        '<svg class="strip" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        f'aria-label="{label}"><title>{label}</title><rect class="ground" width="100" y="2" '
        f'height="6"/>{extent}<path class="rug" d="{rug}"/><path class="best" d="{marks}"/></svg>'
    )
