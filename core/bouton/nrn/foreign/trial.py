"""The same short experiment on a native cell and on the rebuilt one, and what can be measured."""

from __future__ import annotations

import math
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np

from bouton.model.morphology import FloatArray
from bouton.model.protocol import Integration
from bouton.nrn import integration
from bouton.nrn.engine import h
from bouton.nrn.foreign.values import Plain
from bouton.nrn.randomness import restart_generators
from bouton.nrn.sections import element_of

_MOST_PLACES = 12


def geometry(sections: Mapping[str, Any]) -> Plain:
    """Return area (um2) and axial resistance (Mohm) of every segment, by section."""
    return {
        name: {
            "area_um2": [segment.area() for segment in section],
            "ri_Mohm": [segment.ri() for segment in section],
        }
        for name, section in sections.items()
    }


def run(sections: Mapping[str, Any], points: Mapping[str, Any], plan: Plain) -> Plain:
    """Return traces at rest and with current and events, at every step.

    Args:
        sections: The cell's sections by name.
        points: Its point processes by name.
        plan: As `plan_of` makes it.
    """
    settings = Integration(
        "fixed", dt_ms=plan["dt_ms"], celsius=plan["celsius"], v_init_mV=plan["v_init_mV"]
    )
    rest = _one(sections, points, plan, settings, is_driven=False)
    return {"rest": rest, "driven": _one(sections, points, plan, settings, is_driven=True)}


def _packed(vector: Any) -> str:  # noqa: ANN401
    """Return doubles as text, at a tenth of what decimal numbers cost."""
    return b64encode(np.array(vector, dtype=np.float64).tobytes()).decode()


def _unpacked(text: str) -> FloatArray:
    return np.frombuffer(b64decode(text), dtype=np.float64)


def _reference(sections: Mapping[str, Any], points: Mapping[str, Any], target: Plain) -> Any:  # noqa: ANN401
    owner = points[target["point"]] if target["point"] else None
    if owner is None:
        owner = sections[target["section"]](target["x"])
    plain, element = element_of(target["variable"])
    found = getattr(owner, f"_ref_{plain}")
    return found if element is None else found[element]


def plan_of(sections: Mapping[str, Any], cell: Plain) -> Plain:
    """Return the experiment for a cell: where is recorded, and what drives it."""
    kept, bound, spike = cell["point_processes"], cell["globals"], cell["spike_source"]
    names = list(sections)
    step = max(1, -(-len(names) // _MOST_PLACES))
    area = sum(segment.area() for section in sections.values() for segment in section)
    celsius, v_init = bound["celsius"], bound["v_init_mV"]
    return {
        "dt_ms": 0.025,
        "celsius": 6.3 if celsius is None else celsius,
        "v_init_mV": -65.0 if v_init is None else v_init,
        "rest_ms": 20.0,
        "driven_ms": 60.0,
        "step": {"section": spike["section"], "x": spike["x"], "amp_nA": 1e-4 * area},
        "places": names[::step],
        "potentials": [[p["name"], p["voltage"]] for p in kept if p["voltage"]],
        "spikes": spike,
        "starts": [{"target": p["target"], "start": p["start"]} for p in cell["played"]],
        "events": [
            {"target": p["name"], "weight": index, "at_ms": 30.0 + 3 * index, "value": _strength(p)}
            for p in kept
            for index in range(len(p["receptors"]) if p["voltage"] else min(1, len(p["receptors"])))
        ],
    }


def compared(native: Plain, rebuilt: Plain) -> Plain:
    """Return how far two runs are apart."""
    places = native["traces"]
    off = [_unpacked(places[place]) - _unpacked(rebuilt["traces"][place]) for place in places]
    largest = float(np.max(np.abs(off)))
    return {
        "places": len(off),
        "largest_mV": largest if math.isfinite(largest) else sys.float_info.max,
        "spikes": len(native["spikes_ms"]),
        "identical_spikes": native["spikes_ms"] == rebuilt["spikes_ms"],
    }


def _strength(point: Plain) -> float:
    return 5.0 if point["voltage"] else 0.001


def _one(
    sections: Mapping[str, Any],
    points: Mapping[str, Any],
    plan: Plain,
    settings: Integration,
    *,
    is_driven: bool,
) -> Plain:
    values = integration.wanted(settings)
    with integration.applied(values):
        recorded = {name: h.Vector().record(sections[name](0.5)._ref_v) for name in plan["places"]}
        for name, variable in plan["potentials"]:
            reference = getattr(points[name], f"_ref_{variable}")
            recorded[f"{name}.{variable}"] = h.Vector().record(reference)
        spikes = h.Vector()
        detector = _detector(sections, points, plan["spikes"])
        detector.record(spikes)
        clamp, events = None, []
        if is_driven:
            place = plan["step"]
            clamp = h.IClamp(sections[place["section"]](place["x"]))
            clamp.delay, clamp.dur, clamp.amp = 5.0, 1e9, place["amp_nA"]
            events = [_event(points, one) for one in plan["events"]]
        restart_generators()
        for one in plan["starts"]:
            _reference(sections, points, one["target"])[0] = one["start"]
        h.finitialize(settings.v_init_mV)
        for connection, at_ms in events:
            connection.event(at_ms)
        duration = plan["driven_ms" if is_driven else "rest_ms"]
        for _ in range(round(duration / settings.dt_ms)):
            h.fadvance()
        del clamp
        return {
            "traces": {name: _packed(vector) for name, vector in recorded.items()},
            "spikes_ms": list(spikes),
        }


def _detector(sections: Mapping[str, Any], points: Mapping[str, Any], spike: Plain) -> Any:  # noqa: ANN401
    if spike["source"]:
        return h.NetCon(points[spike["source"]], None)
    section = sections[spike["section"]]
    made = h.NetCon(section(spike["x"])._ref_v, None, sec=section)
    made.threshold = spike["threshold_mV"]
    return made


def _event(points: Mapping[str, Any], one: Plain) -> tuple[Any, float]:
    connection = h.NetCon(None, points[one["target"]])
    for index in range(int(connection.wcnt())):
        connection.weight[index] = one["value"] if index == one["weight"] else 0.0
    return connection, float(one["at_ms"])
