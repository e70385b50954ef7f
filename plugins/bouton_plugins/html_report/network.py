"""A simulated network: populations, spikes, rates, recorded signals, where the cells are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from bouton.errors import ResultsError
from bouton.model.morphology import FloatArray, IntArray
from bouton.report.style import COLOURS
from bouton.report.tables import number
from bouton.results import Results
from bouton.results.directory import NETWORK_NAME
from bouton.results.hdf5_nodes import listed, original_name
from bouton.results.safe_tables import open_tables
from bouton.results.sonata import read_spikes
from bouton_plugins.html_report.blocks import (
    Axis,
    Block,
    Chart,
    Column,
    Mark,
    Panel,
    Scene,
    Section,
    Series,
    Table,
)
from bouton_plugins.html_report.packing import sampled, thinned
from bouton_plugins.reconstruction.store import read_origin

_MOST_SPIKES = 40_000
_MOST_CELLS = 6000
_MOST_CURVES = 8
_MOST_POINTS = 2500
_MOST_SAMPLES = 60_000_000
_DOT_um = 12.0

Spikes = Mapping[str, tuple[FloatArray, IntArray]]


def network(results: Results) -> Section | None:
    """Return what a network did; None if the run has none."""
    told = results.parts.get("network")
    if not isinstance(told, Mapping) or "populations" not in told:
        return None
    blocks: list[Block] = list(_tables(told))
    folder = results.path / NETWORK_NAME
    spikes = read_spikes(folder / "spikes.h5") if (folder / "spikes.h5").exists() else {}
    sizes = {row["name"]: int(row["count"]) for row in told["populations"]}
    if spikes:
        blocks.append(_activity(spikes, sizes, float(told["duration_ms"])))
    if panels := list(_reports(folder)):
        blocks.append(Chart(panels, f"Recorded signals, at most {_MOST_CURVES} of each."))
    if scene := _placed(results):
        blocks.append(scene)
    return Section("Network", blocks)


def _tables(told: Mapping[str, Any]) -> Iterator[Table]:
    rows = [
        (
            str(row["name"]),
            str(row["count"]),
            Mark("", "source" if row.get("is_source") else "cells"),
            str(row.get("spikes", "–")),
            number(float(row["rate_Hz"])) if "rate_Hz" in row else "–",
        )
        for row in told["populations"]
    ]
    columns = (
        Column("population"),
        Column("cells", is_number=True),
        Column("kind"),
        Column("spikes", is_number=True),
        Column("mean rate", "Hz", is_number=True),
    )
    length = float(told["duration_ms"])
    yield Table(columns, rows, f"Populations and their spikes in {length:g} ms.")
    sets = [
        (*(str(row.get(key, "–")) for key in ("name", "pre", "post", "synapse")), str(row["count"]))
        for row in told.get("connections", ())
    ]
    sets += [
        (str(g["name"]), "", "", "gap junction", str(g["count"]))
        for g in told.get("gap_junctions", ())
    ]
    if sets:
        heads = (
            Column("connections"),
            Column("from"),
            Column("to"),
            Column("synapse"),
            Column("count", is_number=True),
        )
        yield Table(heads, sets, "Connections.")


def _activity(spikes: Spikes, sizes: Mapping[str, int], duration_ms: float) -> Chart:
    names = [name for name in sizes if name in spikes]
    total = sum(len(spikes[name][0]) for name in names)
    step = max(1, -(-total // _MOST_SPIKES))
    dots, curves, ticks, labels = [], [], [], []
    bins = max(1, min(100, int(duration_ms / 10)))
    edges = np.linspace(0.0, duration_ms, bins + 1)
    width_ms = duration_ms / bins
    first = 0
    for rank, name in enumerate(names):
        times, cells = spikes[name]
        colour = rank % len(COLOURS)
        dots.append(
            Series(
                times[::step],
                (cells[::step] + first).astype(float),
                name,
                colour,
                "spikes",
                shown=cells[::step].astype(float),
                width=0.9,
            )
        )
        rate = np.histogram(times, edges)[0] / max(sizes[name], 1) / (width_ms * 1e-3)
        curves.append(Series(edges, np.append(rate, rate[-1:]), name, colour, "steps", width=1.3))
        ticks.append(first + sizes[name] / 2)
        labels.append(f"{name} ({sizes[name]})")
        first += sizes[name]
    x = Axis("time", "ms", (0.0, duration_ms))
    raster = Panel(
        dots, x, Axis("", range=(-0.5, max(first, 1) - 0.5), ticks=(ticks, labels)),
        title="Spikes", link="activity", height_px=320, is_wide=True,
    )  # fmt: skip
    rates = Panel(
        curves, x, Axis("rate", "Hz", from_zero=True), title=f"Rates in bins of {width_ms:.3g} ms",
        link="activity", height_px=220, is_wide=True,
    )  # fmt: skip
    thin = f" Of {total} spikes every {step}th is drawn." if step > 1 else ""
    return Chart([raster, rates], f"Spikes and rates of every population.{thin}")


def _reports(folder: Path) -> Iterator[Panel]:
    """Yield one panel per recorded signal and population."""
    for path in sorted(folder.glob("*.h5")) if folder.is_dir() else ():
        with open_tables(path) as file:
            if "report" not in file.root:
                continue
            for name in listed(file.root.report):
                group = file.root.report._v_children[name]
                if int(np.prod(group.data.shape)) > _MOST_SAMPLES:
                    continue
                yield _report(path.stem, original_name(name), group)


def _report(signal: str, population: str, group: Any) -> Panel:  # noqa: ANN401
    start, _, step = group.mapping.time.read()
    columns = sampled(group.data.shape[1], _MOST_CURVES)
    counts = np.diff(group.mapping.index_pointers.read()).astype(np.int64)
    owners = np.repeat(group.mapping.node_ids.read(), counts)
    series = []
    for rank, column in enumerate(columns.tolist()):
        values = np.asarray(group.data[:, column], dtype=np.float64)
        t_ms, shown = thinned(start + step * np.arange(len(values)), values, _MOST_POINTS)
        series.append(
            Series(t_ms, shown, f"cell {int(owners[column])}", rank % len(COLOURS), width=1.2)
        )
    unit = str(group.data._v_attrs["units"])
    label = "membrane potential" if unit == "mV" else signal
    return Panel(
        series, Axis("time", "ms"), Axis(label, unit), f"{population}: {signal}", link="activity"
    )


def _placed(results: Results) -> Scene | None:
    """Return the cells in space, if a SONATA file of the run says where they are."""
    found: dict[str, FloatArray] = {}
    for path in [*sorted(results.path.glob(f"{NETWORK_NAME}/*.h5")), *_tissue(results)]:
        try:
            with open_tables(path) as file:
                found.update(_positions(file.root))
        except ResultsError:
            continue  # not a file of nodes
    count = sum(map(len, found.values()))
    if not count:
        return None
    share = min(1.0, _MOST_CELLS / count)
    chosen = {
        name: own[sampled(len(own), max(1, int(len(own) * share)))] for name, own in found.items()
    }
    return _dots(chosen, count)


def _tissue(results: Results) -> Iterator[Path]:
    """Yield the stored network that was simulated, if it is still there and still the same."""
    told = results.study.get("tissue")
    if isinstance(told, Mapping) and Path(told["file"]).is_file():
        with suppress(ResultsError):
            if read_origin(Path(told["file"]))[1] == told["digest"]:
                yield Path(told["file"])


def _positions(root: Any) -> dict[str, FloatArray]:  # noqa: ANN401
    """Return the places of the cells of a SONATA file, um, by population."""
    found = {}
    for name in listed(root.nodes) if "nodes" in root else ():
        population = root.nodes._v_children[name]
        if "0" not in population:
            continue
        group = population._v_children["0"]
        if all(axis in group for axis in "xyz"):
            columns = [np.asarray(group._v_children[axis].read(), dtype=float) for axis in "xyz"]
            found[original_name(name)] = np.stack(columns, axis=1)
    return found


def _dots(places: Mapping[str, FloatArray], count: int) -> Scene:
    names: Sequence[str] = list(places)
    points = np.concatenate([places[name] for name in names])
    labels = np.repeat(np.arange(len(names)), [len(places[name]) for name in names])
    numbers = np.concatenate([np.arange(len(places[name])) for name in names])
    spread = float(np.ptp(points, axis=0).max()) or 1.0
    texts = [f"{names[a]} {b}" for a, b in zip(labels.tolist(), numbers.tolist(), strict=True)]
    note = "" if len(points) == count else f" {len(points)} of {count} are drawn."
    return Scene(
        ends_um=np.stack([points, points], axis=1),
        diameter_um=np.full(len(points), min(_DOT_um, spread / 40)),
        segment=np.arange(len(points)),
        names=texts,
        labels=labels,
        label_names=names,
        view=np.eye(3),
        caption=f"Where the {count} cells are. Colours: populations.{note} Drag to turn.",
    )
