"""Compares the native cell with the rebuilt one; the result is stored with the cell."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Mapping
from typing import Any

Plain = Mapping[str, Any]

GEOMETRY_LIMIT = 1e-12
POTENTIAL_LIMIT_mV = 1e-9
_NOT_VALUES = ("labels", "points_um", "arcs_um")  # areas and resistances tell of the points
_SHOWN = 20


def compare(cell: Plain, native: Plain, rebuilt: Plain) -> dict[str, Any]:
    """Return the report.

    Args:
        cell: The portable document; its sections are what was read natively.
        native: Geometry of the native cell, and the plan of its runs or why they failed.
        rebuilt: Sections and geometry of the cell that Bouton built from the document, and how far
            its runs are from those of the native one.
    """
    report: dict[str, Any] = {
        "limits": {"geometry_relative": GEOMETRY_LIMIT, "potential_mV": POTENTIAL_LIMIT_mV},
        "area": _geometry(native, rebuilt, "area_um2"),
        "axial_resistance": _geometry(native, rebuilt, "ri_Mohm"),
        "values": _values(cell, rebuilt),
    }
    good = [
        report["area"]["largest_relative"] <= GEOMETRY_LIMIT,
        report["axial_resistance"]["largest_relative"] <= GEOMETRY_LIMIT,
        not report["values"]["differing"],
    ]
    if "failure" not in native:
        report["runs"] = rebuilt["runs"]
        report["conditions"] = native["plan"]
        good += [
            run["largest_mV"] <= POTENTIAL_LIMIT_mV and run["identical_spikes"]
            for run in report["runs"].values()
        ]
        report["status"] = "equal" if all(good) else "different"
    else:
        report["failure"] = native["failure"]
        report["status"] = "not run"
    return report


def lines(report: Plain) -> list[str]:
    """Return the report in words."""
    told = [f"compared with the native cell: {report['status']}"]
    for key, text in (("area", "areas"), ("axial_resistance", "axial resistances")):
        one = report[key]
        told.append(f"  {text}: {one['segments']} segments, off by {one['largest_relative']:.1e}")
    values = report["values"]
    told.append(f"  values: {values['compared']} compared, {len(values['differing'])} differ")
    told += [f"    {text}" for text in values["differing"]]
    for name, run in report.get("runs", {}).items():
        same = "identical" if run["identical_spikes"] else "DIFFERENT"
        told.append(
            f"  {name}: {run['places']} places, off by {run['largest_mV']:.1e} mV; "
            f"{run['spikes']} spikes, {same} times"
        )
    if "failure" in report:
        told.append(f"  the test run failed: {report['failure']}")
    return told


def _geometry(native: Plain, rebuilt: Plain, quantity: str) -> dict[str, Any]:
    largest, place, count = 0.0, "", 0
    for name, told in native["geometry"].items():
        ours, theirs = told[quantity], rebuilt["geometry"].get(name, {quantity: []})[quantity]
        if len(ours) != len(theirs):
            return {"largest_relative": sys.float_info.max, "at": name, "segments": count}
        count += len(ours)
        for index, (a, b) in enumerate(zip(ours, theirs, strict=True)):
            off = 0.0 if a == b else abs(a - b) / max(abs(a), sys.float_info.min)
            off = off if math.isfinite(off) else sys.float_info.max
            if off > largest:
                largest, place = off, f"{name}[{index}]"
    return {"largest_relative": largest, "at": place, "segments": count}


def _values(cell: Plain, rebuilt: Plain) -> dict[str, Any]:
    found = {section["name"]: section for section in rebuilt["sections"]}
    compared, differing = 0, []
    for section in cell["sections"]:
        mine = found.get(section["name"], {})
        ours = dict(_leaves({key: section[key] for key in section if key not in _NOT_VALUES}))
        theirs = dict(_leaves(mine))
        for path in sorted(ours.keys() | theirs.keys()):
            compared += 1
            if ours.get(path) != theirs.get(path):
                text = f"{section['name']}{path}: {ours.get(path)} became {theirs.get(path)}"
                differing.append(text)
    return {"compared": compared, "differing": differing[:_SHOWN]}


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value
