"""Every value of every segment, and of the process, as plain data."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bouton.errors import CellError, did_you_mean
from bouton.nrn.engine import h
from bouton.nrn.known import mechanisms

PARAMETER, ASSIGNED, GLOBAL = 1, 2, -1
RUN_SETTINGS = ("celsius", "v_init", "dt", "secondorder", "clamp_resist")
_ION = "_ion"

Plain = dict[str, Any]


def variables(mechanism: str, kind: int) -> list[str]:
    """Return the variables of a mechanism of one kind, elements of arrays one by one."""
    standard, name = h.MechanismStandard(mechanism, kind), h.ref("")
    found: list[str] = []
    for index in range(int(standard.count())):
        size = int(standard.name(name, index))
        text = str(name[0])
        found.extend([text] if size == 1 else [f"{text}[{i}]" for i in range(size)])
    return found


def mechanism_names(kind: int) -> list[str]:
    """Return all density mechanisms (0) or point processes (1) that NEURON knows."""
    return [name for name, _, _ in mechanisms(kind)]


def read(owner: Any, variable: str, where: str) -> float:  # noqa: ANN401
    """Return one value of a segment or point process.

    Raises:
        CellError: If it is not a finite number.
    """
    name, _, rest = variable.partition("[")
    found = getattr(owner, name)
    value = float(found[int(rest[:-1])] if rest else found)
    if not math.isfinite(value):
        raise CellError(f"{where}: {variable} is {value}, and only finite numbers can be kept")
    return value


def along(section: Any, variable: str, where: str) -> float | list[float]:  # noqa: ANN401
    """Return a variable along a section: one number, or one for each segment if they differ."""
    values = [read(segment, variable, where) for segment in section]
    return values[0] if all(value == values[0] for value in values) else values


class SectionReader:
    """Reads sections; what a mechanism has is asked once.

    Args:
        assigned: ASSIGNED variables to keep too, such as `minf_hh`, or `all`.
    """

    def __init__(self, assigned: Sequence[str] = ()) -> None:
        self._assigned = tuple(assigned)
        self._known: dict[str, list[str]] = {}
        self._kept: set[str] = set()

    def check_all_found(self) -> None:
        """Refuse ASSIGNED variables that no section has.

        Raises:
            CellError: Naming them.
        """
        for name in self._assigned:
            if name != "all" and name not in self._kept:
                offered = {v for m in self._known if not m.endswith(_ION) for v in variables(m, 2)}
                raise CellError(f"no ASSIGNED variable {name!r}; {did_you_mean(name, offered)}")

    def section(self, live: Any, name: str) -> Plain:  # noqa: ANN401
        """Return everything of one section but its place in the tree."""
        values = self.values(live, name)  # first: it brings the points up to date
        count = int(live.n3d())
        points = [[live.x3d(i), live.y3d(i), live.z3d(i), live.diam3d(i)] for i in range(count)]
        return {**values, "points_um": points, "arcs_um": _arcs(live, points)}

    def values(self, live: Any, name: str) -> Plain:  # noqa: ANN401
        """Return everything of one section but its points and its place in the tree."""
        live(0.5).area()  # brings diameters and points up to date with each other
        where = f"section {name!r}"
        mechanisms = sorted(one.name() for one in live(0.5))
        density = [one for one in mechanisms if not one.endswith(_ION)]
        ions = [one.removesuffix(_ION) for one in mechanisms if one.endswith(_ION)]
        return {
            "L_um": float(live.L),
            "Ra_ohm_cm": float(live.Ra),
            "nseg": int(live.nseg),
            "diameter_um": None if live.n3d() else along(live, "diam", where),
            "cm_uF_cm2": along(live, "cm", where),
            "mechanisms": {
                one: {v: along(live, v, where) for v in self._variables(one)} for one in density
            },
            "ions": {ion: _ion(live, ion, where) for ion in ions},
        }

    def _variables(self, mechanism: str) -> list[str]:
        if mechanism not in self._known:
            found = variables(mechanism, PARAMETER)
            for name in variables(mechanism, ASSIGNED):
                if name in self._assigned or "all" in self._assigned:
                    found.append(name)
                    self._kept.add(name)
            self._known[mechanism] = found
        return self._known[mechanism]


def _arcs(live: Any, points: Sequence[Sequence[float]]) -> list[float] | None:  # noqa: ANN401
    """Return the arc length at each point if the points themselves do not give it."""
    if not points:
        return None
    arcs = np.array([live.arc3d(i) for i in range(len(points))])
    steps = np.diff(np.array(points, dtype=np.float32)[:, :3], axis=0).astype(np.float64)
    told = np.concatenate(([0.0], np.cumsum(np.sqrt((steps**2).sum(axis=1)))))
    return None if np.allclose(arcs, told, rtol=1e-15, atol=0.0) else arcs.tolist()


def _ion(live: Any, ion: str, where: str) -> Plain:  # noqa: ANN401
    names = (f"e{ion}", f"{ion}i", f"{ion}o")
    values = {name: along(live, name, where) for name in names}
    return {"style": int(h.ion_style(f"{ion}{_ION}", sec=live)), "values": values}


def topology(live: Any, names: Mapping[Any, str]) -> Plain:  # noqa: ANN401
    """Return where a section hangs."""
    above = live.parentseg()
    if above is None:
        return {"parent": None, "parent_x": 0.0, "child_x": 0.0}
    child_x = float(h.section_orientation(sec=live))
    return {"parent": names[above.sec], "parent_x": float(above.x), "child_x": child_x}


def process_values() -> dict[str, float]:
    """Return settings of the process and globals of all mechanisms that NEURON knows now."""
    names = [name for name in RUN_SETTINGS if hasattr(h, name)]
    for kind in (0, 1):
        for mechanism in mechanism_names(kind):
            names += global_names(mechanism)
    return {name: float(_global(name)) for name in names}


def global_names(mechanism: str) -> list[str]:
    """Return the globals of a mechanism by NEURON name."""
    return variables(mechanism, GLOBAL)


def _global(name: str) -> float:
    plain, _, rest = name.partition("[")
    found = getattr(h, plain)
    return float(found[int(rest[:-1])] if rest else found)


def bound_globals(
    used: Iterable[str], before: Mapping[str, float], after: Mapping[str, float]
) -> Plain:
    """Return what of the process belongs to a cell.

    Args:
        used: Its mechanisms.
        before: Values before its file ran.
        after: Values after the cell was made.

    Raises:
        CellError: If an element of a global array was changed, which cannot be kept.
    """
    mechanisms: dict[str, float] = {}
    for mechanism in used:
        for name in global_names(mechanism):
            if "[" not in name:
                mechanisms[name] = after[name]
            elif after[name] != before[name]:
                raise CellError(f"the cell changes {name}, and arrays of globals cannot be kept")
    changed = {name: after[name] for name in after if after[name] != before.get(name)}
    return {
        "celsius": changed.get("celsius"),
        "v_init_mV": changed.get("v_init"),
        "mechanisms": dict(sorted(mechanisms.items())),
        "changed": sorted(name for name in changed if name in mechanisms),
    }


def foreign_settings(before: Mapping[str, float], after: Mapping[str, float]) -> list[str]:
    """Return settings of a run that the file changed, in words; they are the protocol's."""
    return [
        f"{name} was set to {after[name]:g}: it belongs to a protocol, not to a cell"
        for name in RUN_SETTINGS
        if name not in ("celsius", "v_init") and after.get(name) != before.get(name)
    ]
