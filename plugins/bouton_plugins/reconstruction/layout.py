"""Where partitions lie: layers fill their region, stacks put one child after another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bouton.model.wiring import Box
from bouton_plugins.reconstruction.description import Partition, Reconstruction, Region, Volume

Boxes = dict[str, Box]


def layout(tissue: Reconstruction) -> Boxes:
    """Return the box of every partition.

    Names must lead somewhere and regions must not run in circles: `faults` sees to that.
    """
    inside = {child for region in tissue.regions.values() for child in region.children}
    whole = whole_box(tissue.network)
    found: Boxes = {}
    for name in (*tissue.regions, *tissue.partitions):
        if name not in inside:
            found |= _laid(name, whole, tissue.partitions, tissue.regions)
    return found


def whole_box(volume: Volume) -> Box:
    """Return the box of the whole volume."""
    return Box(volume.origin_um, volume.size_um)


def area_um2(partition: Partition, box: Box) -> float:
    """Return the area of a partition seen along its axis, um2."""
    sides = [box.size_um["xyz".index(axis)] for axis in "xyz" if axis != partition.axis]
    return float(sides[0] * sides[1])


def _laid(
    name: str, box: Box, partitions: Mapping[str, Partition], regions: Mapping[str, Region]
) -> Boxes:
    """Return the boxes of a partition, or of all partitions of a region, laid out in a box."""
    if name in partitions:
        return {name: _box_of(partitions[name], box)}
    region = regions[name]
    children = [_laid(child, box, partitions, regions) for child in region.children]
    if region.type == "stack":
        anchor = region.children.index(region.anchor) if region.anchor else 0
        children = _stacked(children, "xyz".index(region.axis), anchor)
    return {name: inner for child in children for name, inner in child.items()}


def _box_of(partition: Partition, box: Box) -> Box:
    size = np.array(partition.size_um if partition.size_um is not None else box.size_um)
    if partition.thickness_um is not None:
        size["xyz".index(partition.axis)] = partition.thickness_um
    origin = box.origin_um if partition.origin_um is None else partition.origin_um
    return Box(origin, size)


def _stacked(children: list[Boxes], axis: int, anchor: int) -> list[Boxes]:
    """Return the children one after another; the anchor keeps its place."""
    low = [min(box.origin_um[axis] for box in child.values()) for child in children]
    high = [
        max(box.origin_um[axis] + box.size_um[axis] for box in child.values()) for child in children
    ]
    starts = np.concatenate([[0.0], np.cumsum(np.subtract(high, low))[:-1]])
    starts += low[anchor] - starts[anchor]
    return [
        {name: _moved(box, axis, start - bottom) for name, box in child.items()}
        for child, start, bottom in zip(children, starts.tolist(), low, strict=True)
    ]


def _moved(box: Box, axis: int, distance_um: float) -> Box:
    origin = np.array(box.origin_um)
    origin[axis] += distance_um
    return Box(origin, box.size_um)
