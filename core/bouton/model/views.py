"""How descriptions and traces show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from bouton.model.drawing import label_colours, legend, projection, sparkline
from bouton.model.html import Markup, card, table

if TYPE_CHECKING:
    from bouton.model.cell import CellStructure
    from bouton.model.morphology import Morphology
    from bouton.model.scores import Evaluation
    from bouton.model.study import Cell
    from bouton.model.traces import Response, Trace


def morphology_html(morphology: Morphology) -> str:
    """Return a picture, totals by label, and what the loader said."""
    totals = morphology.summary()
    colours = label_colours(tuple(total.label for total in totals))
    rows = [
        (legend(colours, t.label), t.sections, t.points, round(t.length_um, 1), round(t.area_um2))
        for t in totals
    ]
    columns = ("label", "sections", "points", "length, um", "area, um2")
    report = morphology.report
    told = [("file", report.source), ("soma", report.soma_rule)]
    told += [("left out", line) for line in report.dropped]
    told += [("note", line) for line in report.notes if line not in morphology.totals()]
    facts = [row for row in told if row[1]]
    details = table(("", ""), facts) if facts else ""
    beside = Markup(f"{table(columns, rows)}{details}")
    return card(f"Morphology {morphology.name}", projection(morphology), beside)


def cell_html(cell: Cell) -> str:
    """Return the template, its options, and the parameters that a study gives."""
    source = cell.morphology
    facts = _options(cell.template)
    if source is not None:
        facts += [("morphology", str(source.file)), ("loader", _short(source.loader))]
    parameters = {p.name: p for p in cell.template.parameters}
    rows = [
        (name, value, parameters[name].unit if name in parameters else "")
        for name, value in cell.parameters.items()
    ]
    heads = ("parameter", "value", "unit")
    free = sum(parameter.free for parameter in parameters.values())
    title = f"Cell {type(cell.template).__name__}: {len(parameters)} parameters, {free} free"
    return card(title, table(("", ""), facts), columns=heads, rows=rows)


def _options(made: object) -> list[tuple[str, str]]:
    cls = type(made)
    if not attrs.has(cls):
        return []
    fields = attrs.fields(cls)
    return [(field.alias or field.name, _short(getattr(made, field.name))) for field in fields]


def _short(value: object) -> str:
    shown = repr(value)
    return f"{shown[:97]}..." if len(shown) > 100 else shown


def structure_html(structure: CellStructure) -> str:
    """Return the tree, and the mechanisms with the labels that carry them."""
    tree = structure.morphology
    rows = []
    for mechanism, sections in structure.mechanisms.items():
        labels = dict.fromkeys(tree.sections[index].label for index in sections.tolist())
        rows.append((mechanism, len(sections), ", ".join(labels)))
    segments = len(structure.compartments)
    title = f"Structure of {tree.name}: {len(tree)} sections, {segments} segments"
    points = [
        (p.name, p.mechanism, tree.sections[p.section].name) for p in structure.point_processes
    ]
    facts = [("catalogues", ", ".join(structure.catalogues) or "none")]
    parts = [projection(tree, 160, 160), table(("", ""), facts)]
    if points:
        parts.append(table(("point process", "mechanism", "section"), points))
    heads = ("mechanism", "sections", "labels")
    return card(title, *parts, columns=heads, rows=rows)


def trace_html(trace: Trace) -> str:
    """Return a line over time, its range, and where it was recorded."""
    return card(_trace_title(trace), sparkline(trace), columns=("", ""), rows=_trace_facts(trace))


def _trace_title(trace: Trace) -> str:
    unit = f", {trace.unit}" if trace.unit else ""
    return f"Trace {trace.name}: {trace.variable}{unit}"


def _trace_facts(trace: Trace) -> Iterator[tuple[str, str]]:
    if len(trace.t_ms):
        times = f"{trace.t_ms[0]:g} to {trace.t_ms[-1]:g} ms"
        yield "samples", f"{len(trace.t_ms)}, {times}"
        if trace.variable != "spikes":
            low, high = trace.values.min(), trace.values.max()
            yield "range", f"{low:.4g} to {high:.4g} {trace.unit}"
    if trace.places:
        first = trace.places[0]
        more = f" and {len(trace.places) - 1} more" if len(trace.places) > 1 else ""
        yield "place", f"{first.section}({first.x:.3g}), {first.distance_um:.4g} um{more}"


def response_html(response: Response) -> str:
    """Return every trace as a line over time."""
    settings = response.integration
    title = (
        f"Protocol {response.protocol}: {response.description.duration_ms:g} ms, "
        f"{settings.method}, {settings.celsius:g} C"
    )
    rows = [
        (trace.name, trace.unit, sparkline(trace, 300, 44), _range(trace)) for trace in response
    ]
    return card(title, columns=("trace", "unit", "", "range"), rows=rows)


def _range(trace: Trace) -> str:
    if trace.variable == "spikes" or not len(trace.t_ms):
        return f"{len(trace.t_ms)} spikes" if trace.variable == "spikes" else ""
    return f"{trace.values.min():.4g} to {trace.values.max():.4g}"


def evaluation_html(evaluation: Evaluation) -> str:
    """Return status, combined objectives, and every score with its feature."""
    reason = f": {evaluation.reason}" if evaluation.reason else ""
    parts: list[object] = []
    if evaluation.combined:
        parts.append(table(("objective", "value"), evaluation.combined.items()))
    parts += [Markup(response_html(response)) for response in evaluation.responses.values()]
    features = evaluation.scores.features
    rows = []
    for name, score in evaluation.scores.scores.items():
        feature = features.get(name) or features.get(f"{name}.raw")  # as objectives of Hay say it
        rows.append((name, score, _value(feature.value) if feature else ""))
    title = f"Evaluation {evaluation.status}{reason}"
    return card(title, *parts, columns=("score of", "SD", "feature"), rows=rows)


def _value(value: object) -> str:
    several = value if isinstance(value, tuple) else (value,)
    shown = ", ".join(f"{one:.5g}" for one in several[:6] if isinstance(one, int | float))
    return f"{shown}, ..." if len(several) > 6 else shown
