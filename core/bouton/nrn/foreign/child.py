"""The inside of an import: one process reads the native cell, its twin builds the cell again."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from bouton.errors import CellError
from bouton.nrn import catalogues, engine
from bouton.nrn.building import SUPPORT_SUFFIXES
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h
from bouton.nrn.foreign import trial
from bouton.nrn.foreign.holding import Holdings, Way, holdings
from bouton.nrn.foreign.lacking import advice, without
from bouton.nrn.foreign.loading import Loaded, load
from bouton.nrn.foreign.ownership import Tree, refuse_artificial, tree_of
from bouton.nrn.foreign.playing import check_hoc_plays, played
from bouton.nrn.foreign.points import PointReader, Points, abilities, point_values
from bouton.nrn.foreign.references import Places, pointers
from bouton.nrn.foreign.twin import Twin
from bouton.nrn.foreign.values import (
    Plain,
    SectionReader,
    bound_globals,
    foreign_settings,
    mechanism_names,
    process_values,
    topology,
)
from bouton.nrn.modfiles import Mechanism

_NOT_FOUND = re.compile(r"Couldn't find: (\S+)")
_STRONGER = 5.0  # a comparison with spikes says more

Work = Callable[[Mapping[str, Any]], Plain]


def importer(argument: Mapping[str, Any]) -> Work:
    """Return the function that takes the two orders of an import, `read` and `rebuild`.

    The process is of no use afterwards.
    """
    del argument
    return _Import()


class _Import:
    def __init__(self) -> None:
        self._twin: Twin | None = None
        self._runs: Plain = {}

    def __call__(self, order: Mapping[str, Any]) -> Plain:
        return self._read(order) if self._twin is None else self._compared(self._twin, order)

    def _read(self, order: Mapping[str, Any]) -> Plain:
        mods = _mechanisms(order)
        self._twin = Twin(_rebuild)
        process = os.getpid()
        try:
            read = _read(order, mods)
        finally:
            if os.getpid() != process:  # a copy that the code made of its process: not the cell's
                os._exit(0)
        self._runs = read["native"].pop("runs", {})
        return read

    def _compared(self, twin: Twin, order: Mapping[str, Any]) -> Plain:
        rebuilt: Plain = twin.ask(dict(order))
        runs = rebuilt.pop("runs", {})
        compared = {name: trial.compared(self._runs[name], run) for name, run in runs.items()}
        return {**rebuilt, "runs": compared}


def _mechanisms(order: Mapping[str, Any]) -> tuple[Mechanism, ...]:
    if not order["mods"]:
        return ()
    folder = Path(order["mods"])
    if not order["loads_mechanisms"]:
        catalogues.load([folder])
    return catalogues.read(folder).mechanisms


def _read(order: Mapping[str, Any], mods: tuple[Mechanism, ...]) -> Plain:
    h.load_file("stdrun.hoc")  # which gives v_init its first value
    ours = [one.name for one in mods]
    before, known = process_values(), {*mechanism_names(0), *mechanism_names(1), *ours}
    loaded, held, tree, given = _native(order, ours)
    reader = SectionReader(order["assigned"])
    after = process_values()
    names = dict(zip(tree.sections, tree.names, strict=True))
    sections = [
        {
            "name": name,
            "labels": list(given.get(name, labels)),
            **topology(live, names),
            **reader.section(live, name),
        }
        for live, name, labels in zip(tree.sections, tree.names, tree.labels, strict=True)
    ]
    reader.check_all_found()
    points = PointReader(
        tree,
        held,
        abilities(mods),
        keep_stimulators=order["keep_stimulators"],
        potentials=order["potentials"],
    ).read()
    used = _used(sections, points)
    _check_sources(used, known, order)
    if not used and len(sections) == 1:
        refuse_artificial(held)
    places = Places(dict(zip(tree.names, tree.sections, strict=True)), points.live)
    pointing = pointers(places, mods)
    plays, elsewhere = played(places, loaded.plays)
    bound = bound_globals(used, before, after)
    dropped = [*tree.left_out, *points.dropped, *elsewhere, *foreign_settings(before, after)]
    dropped += [f"{text}, which sits on no section" for text in held.nowhere]
    cell = {
        "sections": sections,
        "point_processes": points.kept,
        "detectors": points.detectors,
        "connections": points.connections,
        "pointers": pointing,
        "played": plays,
        "spike_source": _spike_source(order, sections, points),
        "globals": bound,
        "units": _units(sections, points),
        "dropped": dropped,
        "notes": _notes(loaded),
    }
    dropped += check_hoc_plays(loaded.plays, lambda: _parameters(tree, points))
    return {
        "cell": cell,
        "neuron": engine.VERSION,
        "mechanisms": {one.name: one.digest for one in mods if one.name in used},
        "files": _files(order["mods"], mods),
        "native": _measured(tree, points, cell),
    }


def _check_sources(used: list[str], known: set[str], order: Mapping[str, Any]) -> None:
    """Refuse mechanisms of which there is no MOD file, as the file loads them by itself."""
    lacking = [name for name in used if name not in known and not name.endswith("_ion")]
    if lacking:
        what = f"mechanism {', '.join(map(repr, lacking))}"
        how = without(what, Path(order["file"]))
        raise CellError(f"the cell uses compiled mechanisms that its own code loads; {how}")


def _parameters(tree: Tree, points: Points) -> Plain:
    reader = SectionReader()
    found = [
        reader.section(live, name) for live, name in zip(tree.sections, tree.names, strict=True)
    ]
    return {"sections": found, "points": [point_values(p) for p in points.live.values()]}


def _files(folder: str, mods: tuple[Mechanism, ...]) -> dict[str, str]:
    """Return the SHA-256 of every MOD file and of what they include, by path from their folder."""
    if not mods:
        return {}
    files = {file for one in mods for file in (one.file, *one.includes)}
    files.update(file for file in Path(folder).iterdir() if file.suffix in SUPPORT_SUFFIXES)
    found = {os.path.relpath(file, folder): file for file in files}
    return {name: sha256(file.read_bytes()).hexdigest() for name, file in sorted(found.items())}


def _native(
    order: Mapping[str, Any], known: list[str]
) -> tuple[Loaded, Holdings, Tree, dict[str, tuple[str, ...]]]:
    file = Path(order["file"])
    if file.suffix.lower() == ".swc":
        if order["arguments"]:
            raise CellError(f"{file}: an SWC file takes no arguments")
        return _from_swc(file)
    try:
        loaded = load(file, order["name"], order["arguments"])
    except CellError as failure:
        mods = Path(order["mods"]) if order["mods"] else None
        raise CellError(f"{failure}{advice(failure, file, mods, known)}") from failure
    held = holdings(loaded)
    return loaded, held, tree_of(loaded, held, order["root"]), {}


def _from_swc(
    file: Path,
) -> tuple[Loaded, Holdings, Tree, dict[str, tuple[str, ...]]]:
    import numpy as np

    from bouton.model.cell import CellStructure
    from bouton.model.compartments import Compartments
    from bouton.plugins import registry

    morphology = registry.morphology_loaders["swc"]().load(file)
    one_each = Compartments(morphology, np.ones(len(morphology), dtype=np.int64))
    live = LiveCell(CellStructure(one_each, {}))
    labels = {section.name: section.labels for section in morphology.sections}
    ways = {s: [Way(1, 1, 0, s.name())] for s in live.sections}
    loaded, held = Loaded(live, live.sections, frozenset()), Holdings(sections=ways)
    return loaded, held, tree_of(loaded, held, ""), labels


def _used(sections: list[Plain], points: Points) -> list[str]:
    density = [m for section in sections for m in section["mechanisms"]]
    ions = [f"{ion}_ion" for section in sections for ion in section["ions"]]
    return list(dict.fromkeys([*density, *ions, *(p["mechanism"] for p in points.kept)]))


def _units(sections: list[Plain], points: Points) -> dict[str, str]:
    """Return NEURON's unit of every variable that has one; of a point process `mechanism.name`."""
    names = {v for section in sections for m in section["mechanisms"].values() for v in m}
    names |= {v for section in sections for ion in section["ions"].values() for v in ion["values"]}
    names |= {f"{p['mechanism']}.{v}" for p in points.kept for v in p["values"]}
    units = {name: engine.unit(name.partition("[")[0]) for name in sorted(names)}
    return {name: unit for name, unit in units.items() if unit}


def _spike_source(order: Mapping[str, Any], sections: list[Plain], points: Points) -> Plain:
    """Return where spikes are detected: as asked, a detector, a sender of events, the soma."""
    place = {"source": "", "threshold_mV": -20.0, "x": 0.5}
    if order["spike_source"]:
        name, x = order["spike_source"]
        if name not in [section["name"] for section in sections]:
            raise CellError(f"the spike source {name!r} is no section of the cell")
        return {**place, "section": name, "x": x, "chosen_by": "user"}
    for detector in points.detectors:
        host = _host(detector["source"], points)
        return {**detector, **host, "chosen_by": "detector"}
    senders = [p for p in points.kept if p["sends_events"]]
    if len(senders) == 1:
        sender = senders[0]["name"]
        return {**place, "source": sender, **_host(sender, points), "chosen_by": "sender of events"}
    somata = [section["name"] for section in sections if section["labels"][0] == "soma"]
    if len(somata) == 1:
        return {**place, "section": somata[0], "chosen_by": "only soma"}
    return {**place, "section": sections[0]["name"], "chosen_by": "root"}


def _host(source: str, points: Points) -> Plain:
    for point in points.kept:
        if source and point["name"] == source:
            return {"section": point["section"], "x": point["x"]}
    return {}


def _notes(loaded: Loaded) -> list[str]:
    missing = dict.fromkeys(_NOT_FOUND.findall(loaded.said))
    notes = [f"the file loads {name}, which hoc did not find, and goes on" for name in missing]
    notes += [f"the file said: {loaded.said}"] if loaded.said else []
    handlers = int(h.List("FInitializeHandler").count())
    if handlers:
        notes.append(
            f"{handlers} FInitializeHandler runs code of the cell at the start of a run; such code "
            "is not part of a portable cell"
        )
    return notes


def _measured(tree: Tree, points: Points, cell: Plain) -> Plain:
    # Only if needed: one more section can make the solver round otherwise.
    aside: Any = h.Section(name="bouton_aside") if points.removed else None
    for one in points.removed:
        if hasattr(one, "loc"):
            one.loc(aside(0.5))
        else:
            one.active(False)
    sections = dict(zip(tree.names, tree.sections, strict=True))
    plan = trial.plan_of(sections, cell)
    told: Plain = {"plan": plan, "geometry": trial.geometry(sections)}
    try:
        told["runs"] = trial.run(sections, points.live, plan)
        if not told["runs"]["driven"]["spikes_ms"]:
            plan["step"]["amp_nA"] *= _STRONGER
            told["runs"] = trial.run(sections, points.live, plan)
    except RuntimeError as error:
        told["failure"] = " ".join(str(error).split())
    return told


def _rebuild(order: Mapping[str, Any]) -> Plain:
    module, _, attribute = order["template"].partition(":")
    template = getattr(import_module(module), attribute)(
        file=Path(order["file"]), accept_differences=True
    )
    structure = template.structure(None, {})
    with LiveCell(structure, template.settings(structure, {})) as cell:
        names = [section.name for section in structure.morphology.sections]
        live = dict(zip(names, cell.sections, strict=True))
        reader = SectionReader(order["assigned"])
        of = {section: name for name, section in live.items()}
        read = [{"name": n, **topology(s, of), **reader.values(s, n)} for n, s in live.items()]
        told: Plain = {"sections": read, "geometry": trial.geometry(live)}
        if order["plan"] is not None:
            told["runs"] = trial.run(live, cell.point_processes, order["plan"])
    return told
