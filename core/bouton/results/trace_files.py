"""Traces in HDF5: the layout below a group, written and read.

`<protocol>/<trace>` holds `t_ms`, `values` and `places`; settings are attributes of the two groups,
and what is longer than an attribute may be is JSON in `<protocol>/_settings`.
Data are chunked, compressed (shuffle, zlib: every HDF5 reader has it) and checksummed (fletcher32).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from bouton.model.compartments import Compartments
from bouton.model.locations import Place
from bouton.model.protocol import Integration, Protocol, Signal, Validity
from bouton.model.traces import Response, RunStatistics, Trace, TracePlace
from bouton.results.hdf5_nodes import (
    child_group,
    described,
    listed,
    node_name,
    original_name,
    read_array,
    read_json,
    read_text,
    write_array,
    write_json,
)
from bouton.results.safe_tables import new_tables

if TYPE_CHECKING:
    import tables

_INTEGRATION = tuple(field.name for field in attrs.fields(Integration))
_TIMING = ("duration_ms", "onset_ms", "stimulus_ms")
_SIGNAL = tuple(field.name for field in attrs.fields(Signal) if field.name != "location")
_VALIDITY = ("lower_mV", "upper_mV")
_SETTINGS = "_settings"
_PLACE = [("x", "f8"), ("distance_um", "f8"), ("asked_section", "i8"), ("asked_x", "f8")]


@attrs.frozen
class RecordedPlaces:
    """The location of a stored trace: the places that were asked for when it was recorded."""

    recorded: tuple[Place, ...]

    def places(self, compartments: Compartments) -> tuple[Place, ...]:
        """Return the places, whatever the cell."""
        del compartments
        return self.recorded


def write_trace_file(path: Path, responses: Mapping[str, Response]) -> None:
    """Write the traces of one evaluation, whole or not at all.

    Raises:
        ResultsError: If the file system refuses.
    """
    with new_tables(path) as file:
        for position, (name, response) in enumerate(responses.items()):
            write_response(file, file.root, name, response, position)


def write_response(
    file: tables.File, parent: tables.Group, name: str, response: Response, position: int = 0
) -> None:
    """Write the traces of one protocol as a group below `parent`; `position` is its rank."""
    group = file.create_group(parent, node_name(name))
    group._v_attrs["position"] = position
    description = response.description
    for key in _INTEGRATION:
        group._v_attrs[key] = getattr(description.integration, key)
    for key in _TIMING:
        group._v_attrs[key] = float(getattr(description, key))
    for key in _VALIDITY:
        group._v_attrs[f"validity_{key}"] = float(getattr(description.validity, key))
    settings = file.create_group(group, _SETTINGS)
    write_json(file, settings, "drives", [described(drive) for drive in description.drives])
    write_json(file, settings, "signals", _signal_rows(response))
    write_json(file, settings, "cpu_s", response.statistics.cpu_s)
    settings._v_attrs["steps"] = int(response.statistics.steps)
    for trace in response.traces:
        _write_trace(file, group, trace)


def read_responses(parent: tables.Group) -> dict[str, Response]:
    """Read every protocol below a group, in the order they were written.

    Raises:
        ResultsError: If the layout is not ours or a checksum does not fit.
    """
    groups = [child_group(parent, name) for name in listed(parent)]
    groups.sort(key=lambda group: int(group._v_attrs["position"]))
    names = [original_name(group._v_name) for group in groups]
    return {name: read_response(parent, name) for name in names}


def read_response(parent: tables.Group, name: str) -> Response:
    """Read the traces of one protocol; its drives stay behind, as text in the file.

    Raises:
        ResultsError: If the layout is not ours or a checksum does not fit.
    """
    group = child_group(parent, node_name(name))
    settings = child_group(group, _SETTINGS)
    traces, signals = [], []
    for row in read_json(settings, "signals"):
        trace = _read_trace(child_group(group, node_name(row["name"])), row["name"])
        asked = RecordedPlaces(tuple(place.asked for place in trace.places))
        traces.append(trace)
        signals.append(Signal(location=asked, **row))
    stored = {key: group._v_attrs[key].item() for key in (*_INTEGRATION, *_TIMING)}
    validity = {key: float(group._v_attrs[f"validity_{key}"]) for key in _VALIDITY}
    description = Protocol(
        drives=(),
        signals=tuple(signals),
        integration=Integration(**{key: stored[key] for key in _INTEGRATION}),
        validity=Validity(**validity),
        **{key: stored[key] for key in _TIMING},
    )
    statistics = RunStatistics(read_json(settings, "cpu_s"), int(settings._v_attrs["steps"]))
    return Response(name, tuple(traces), description, statistics)


def _signal_rows(response: Response) -> list[dict[str, Any]]:
    """Return how each trace was recorded, but for where: that is in its own group."""
    known = {signal.name: signal for signal in response.description.signals}
    rows = []
    for trace in response.traces:
        signal = known.get(trace.name)
        settings = {} if signal is None else {key: getattr(signal, key) for key in _SIGNAL}
        rows.append({**settings, "name": trace.name, "variable": trace.variable})
    return rows


def _write_trace(file: tables.File, parent: tables.Group, trace: Trace) -> None:
    group = file.create_group(parent, node_name(trace.name))
    group._v_attrs["variable"] = trace.variable
    group._v_attrs["unit"] = trace.unit
    write_array(file, group, "t_ms", trace.t_ms)
    write_array(file, group, "values", trace.values)
    write_array(file, group, "places", _place_table(trace.places))


def _read_trace(group: tables.Group, name: str) -> Trace:
    return Trace(
        name=name,
        variable=read_text(group, "variable"),
        unit=read_text(group, "unit"),
        t_ms=read_array(group, "t_ms"),
        values=read_array(group, "values"),
        places=tuple(
            TracePlace(
                row["section"].decode("utf-8"),
                float(row["x"]),
                float(row["distance_um"]),
                Place(int(row["asked_section"]), float(row["asked_x"])),
            )
            for row in read_array(group, "places")
        ),
    )


def _place_table(places: tuple[TracePlace, ...]) -> Any:  # noqa: ANN401
    sections = [place.section.encode("utf-8") for place in places]
    width = max([1, *map(len, sections)])
    table = np.zeros(len(places), dtype=[("section", f"S{width}"), *_PLACE])
    table["section"] = sections
    table["x"] = [place.x for place in places]
    table["distance_um"] = [place.distance_um for place in places]
    table["asked_section"] = [place.asked.section for place in places]
    table["asked_x"] = [place.asked.x for place in places]
    return table
