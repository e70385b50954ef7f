"""Point processes and connections of a cell: what they are, where they sit, what is kept.

What a point process is follows from what its mechanism can do (currents, events), never from its
name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from bouton.errors import CellError, did_you_mean
from bouton.nrn.engine import h
from bouton.nrn.foreign.holding import Holdings
from bouton.nrn.foreign.ownership import Tree
from bouton.nrn.foreign.values import ASSIGNED, PARAMETER, Plain, read, variables
from bouton.nrn.known import mechanisms
from bouton.nrn.modfiles import Mechanism, whole_text

Kind = Literal["synapse", "point neuron", "driver", "process", "stimulator", "counter"]
_OWN_STIMULATORS = frozenset(("IClamp", "SEClamp", "VClamp", "OClamp", "AlphaSynapse"))
_OWN_COUNTERS = frozenset(("APCount", "PointProcessMark"))
_OWN_RECEPTORS = {"ExpSyn": ("weight",), "Exp2Syn": ("weight",)}
_POTENTIAL_NAMES = ("v", "vm", "vmem", "v_m", "membrane_potential")
_STATE = 3
PYTHON_NAME = {"del": "delay"}  # NEURON's own second name where Python has a keyword
_UNIT = re.compile(r"\([^)]*\)")
_PREFIX = re.compile(r"(weight_?|w_?)(?=[A-Za-z])")


@frozen
class Ability:
    """What a point process mechanism can do.

    Attributes:
        name: NEURON name.
        takes_events: Whether it has a NET_RECEIVE block.
        sends_events: Whether it calls net_event.
        has_current: Whether it puts a current into the membrane.
        is_electrode: Whether that is an ELECTRODE_CURRENT.
        receptors: Names of the weights of an event, in order.
    """

    name: str
    takes_events: bool
    sends_events: bool
    has_current: bool
    is_electrode: bool
    receptors: tuple[str, ...]

    @property
    def kind(self) -> Kind:
        """What it is."""
        if self.name in _OWN_STIMULATORS or (self.is_electrode and not self.takes_events):
            return "stimulator"
        if self.name in _OWN_COUNTERS:
            return "counter"
        if self.sends_events:
            return "driver" if self.has_current else "point neuron"
        return "synapse" if self.takes_events else "process"


def abilities(mods: Sequence[Mechanism]) -> dict[str, Ability]:
    """Return what every point process mechanism can do.

    Args:
        mods: What the MOD files of the user say.
    """
    read_from = {one.name: one for one in mods}
    found = {}
    for name, number, table in mechanisms(1):
        takes, sends = bool(table.is_netcon_target(number)), bool(table.has_net_event(number))
        found[name] = _ability(name, takes, sends, read_from.get(name))
    return found


def _ability(name: str, takes: bool, sends: bool, mod: Mechanism | None) -> Ability:
    if mod is None:
        current = name in _OWN_STIMULATORS or name in _OWN_RECEPTORS
        return Ability(name, takes, sends, current, False, _OWN_RECEPTORS.get(name, ()))
    text = whole_text(mod.file, mod.includes)
    writes = [v for use in mod.ions for v in use.write if v.startswith("i")]
    electrode = re.search(r"\bELECTRODE_CURRENT\b", text) is not None
    receptors = receptor_names(text) if takes else ()
    return Ability(name, takes, sends, bool(mod.currents or writes), electrode, receptors)


def receptor_names(text: str) -> tuple[str, ...]:
    """Return the names of the weights from the NET_RECEIVE block of a MOD text.

    They are its arguments without units; a `w` or `weight` that all begin with is taken off. The
    last arguments that the block itself gives values are what each connection remembers, not
    weights.
    """
    start = re.search(r"\bNET_RECEIVE\s*\(", text)
    if start is None:
        return ()
    listed, end = _enclosed(text, start.end(), "()")
    body, _ = _enclosed(text, text.find("{", end) + 1, "{}")
    names = [part.strip() for part in _UNIT.sub("", listed).split(",") if part.strip()]
    while len(names) > 1 and _is_given_a_value(names[-1], body):
        names.pop()
    if len(names) > 1 and all(_PREFIX.match(name) for name in names):
        names = [_PREFIX.sub("", name, count=1) for name in names]
    return tuple(names)


def _enclosed(text: str, start: int, pair: str) -> tuple[str, int]:
    """Return the text up to the bracket that closes one before `start`, and its end."""
    depth = 1
    for index in range(start, len(text)):
        depth += (text[index] == pair[0]) - (text[index] == pair[1])
        if depth == 0:
            return text[start:index], index + 1
    return text[start:], len(text)


def _is_given_a_value(name: str, body: str) -> bool:
    values = re.findall(rf"\b{name}\s*=(?!=)\s*([^\n}}]*)", body)
    # Some write `w = w` to keep a compiler quiet.
    return any(re.match(rf"{name}\b(?!\s*[-+*/^(])", value) is None for value in values)


def own_potential(mechanism: str, asked: str = "") -> str:
    """Return the variable that is a point neuron's own potential, empty if none can be told.

    It is the one called v, vm, vmem, v_m or membrane_potential in any case; else the only state or
    ASSIGNED variable in mV.

    Raises:
        CellError: If `asked` names no variable of it.
    """
    offered = [*variables(mechanism, _STATE), *variables(mechanism, ASSIGNED)]
    if asked:
        offered += variables(mechanism, PARAMETER)
        if asked not in offered:
            raise CellError(
                f"{mechanism} has no variable {asked!r}; {did_you_mean(asked, offered)}"
            )
        return asked
    named = [name for name in offered if name.lower() in _POTENTIAL_NAMES]
    if named:
        return named[0]
    in_mV = [name for name in offered if _unit(mechanism, name) == "mV"]
    return in_mV[0] if len(in_mV) == 1 else ""


def _unit(mechanism: str, name: str) -> str:
    try:
        return str(h.units(f"{mechanism}.{name}"))
    except RuntimeError:
        return ""


@frozen(eq=False)
class Points:
    """What of the point processes and connections of a cell is kept, and what is not.

    Attributes:
        kept: Plain data of those kept.
        live: NEURON's objects of those kept, by name.
        dropped: Those left out, in words.
        removed: NEURON's objects of those left out.
        detectors: Spike detectors.
        connections: Connections within the cell.
    """

    kept: list[Plain]
    live: dict[str, Any]
    dropped: list[str]
    removed: list[Any]
    detectors: list[Plain]
    connections: list[Plain]


def point_values(point: Any, where: str = "") -> dict[str, float]:  # noqa: ANN401
    """Return every PARAMETER of a point process."""
    names = variables(point.hname().split("[", maxsplit=1)[0], PARAMETER)
    return {PYTHON_NAME.get(v, v): read(point, v, where) for v in names}


class PointReader:
    """Reads the point processes of one cell.

    Args:
        tree: Its sections.
        held: What its object holds, for names.
        known: What each mechanism can do.
        keep_stimulators: Whether stimulators and counters are kept.
        potentials: Mechanism -> variable that is its own potential, where the rule finds none.
    """

    def __init__(
        self,
        tree: Tree,
        held: Holdings,
        known: Mapping[str, Ability],
        *,
        keep_stimulators: bool = False,
        potentials: Mapping[str, str] | None = None,
    ) -> None:
        self._names = dict(zip(tree.sections, tree.names, strict=True))
        self._held = held
        self._known = known
        self._keep = keep_stimulators
        self._potentials = dict(potentials or {})
        self._found = Points([], {}, [], [], [], [])
        self._of_hname: dict[str, str] = {}

    def read(self) -> Points:
        """Return what there is.

        Raises:
            CellError: If two have one name, or one cannot be kept.
        """
        for section in self._names:
            sites = [section(0.0), *section, section(1.0)]
            found = {p.hname(): p for site in sites for p in site.point_processes()}
            for point in found.values():
                # An end that hangs on another section is a node of that one.
                if point.get_segment().sec == section:
                    self._point(point)
        connections = h.List("NetCon")
        for index in range(int(connections.count())):
            self._connection(connections.o(index))
        return self._found

    def _point(self, point: Any) -> None:  # noqa: ANN401
        hname = point.hname()
        mechanism = hname.split("[", maxsplit=1)[0]
        ability = self._known[mechanism]
        ways = [way for way in self._held.points.get(hname, ()) if way.text]
        name = min(ways).text if ways else hname
        segment = point.get_segment()
        place = f"{self._names[segment.sec]}({segment.x:g})"
        if ability.kind in ("stimulator", "counter") and not self._keep:
            self._found.dropped.append(f"{ability.kind} {name} ({mechanism}) at {place}")
            self._found.removed.append(point)
            return
        if name in self._found.live:
            raise CellError(f"two point processes of the cell are called {name!r}")
        self._of_hname[hname] = name
        self._found.live[name] = point
        where = f"point process {name!r}"
        voltage = ""
        if ability.kind == "point neuron":
            voltage = own_potential(mechanism, self._potentials.get(mechanism, ""))
            if not voltage:
                raise CellError(
                    f"{where} ({mechanism}) is a point neuron, and none of its variables is "
                    f"plainly its potential; name it: --potential {mechanism}=VARIABLE"
                )
        self._found.kept.append(
            {
                "name": name,
                "mechanism": mechanism,
                "kind": ability.kind,
                "section": self._names[segment.sec],
                "x": float(segment.x),
                "values": point_values(point, where),
                "voltage": voltage,
                "receptors": list(ability.receptors),
                "sends_events": ability.sends_events,
            }
        )

    def _connection(self, connection: Any) -> None:  # noqa: ANN401
        segment, sender, target = connection.preseg(), connection.pre(), connection.syn()
        section = self._names.get(segment.sec) if segment is not None else None
        source = self._of_hname.get(sender.hname(), "") if sender is not None else ""
        receiver = self._of_hname.get(target.hname(), "") if target is not None else ""
        is_ours = section is not None or bool(source)
        place = {
            "section": section,
            "x": float(segment.x) if section is not None else 0.5,
            "source": source,
            "threshold_mV": float(connection.threshold),
        }
        if is_ours and target is None:
            self._found.detectors.append(place)
        elif is_ours and receiver:
            weights = [float(connection.weight[i]) for i in range(int(connection.wcnt()))]
            delay = float(connection.delay)
            one = {**place, "target": receiver, "weights": weights, "delay_ms": delay}
            self._found.connections.append(one)
        elif is_ours or receiver:
            other = target if is_ours else sender
            told = other.hname() if other is not None else "nothing"
            end = "to" if is_ours else "from"
            self._found.dropped.append(f"connection {end} {told}, which is not of the cell")
            self._found.removed.append(connection)
