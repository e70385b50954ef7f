"""Spatial rules: how the value of a distributed parameter depends on where a segment is.

A rule turns one template value into one value per segment. Distances come from two origins, as in
the field's tables: `soma_start` (x = 0 of the root) and `label_root` (x = 0 of the first section of
the label whose parent is the root, that is, the place where the tree of that label leaves it).
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
from attrs import field, frozen

from bouton.errors import CellError
from bouton.model.compartments import Compartments
from bouton.model.morphology import FloatArray, IntArray


@frozen(eq=False)
class RuleContext:
    """What a rule may look at: the segments that carry one label.

    Attributes:
        segments: Their indices in the compartments, shape (n,).
        section: Section index of each, shape (n,).
        soma_start_um: Path distance of each centre from x = 0 of the root, um, (n,).
        label_root_um: Path distance from x = 0 of the label's first root section, um, (n,).
        max_um: Largest `label_root` distance of x = 1 over the label's tree, um.
        compartments: Where they come from.
    """

    segments: IntArray
    section: IntArray
    soma_start_um: FloatArray
    label_root_um: FloatArray
    max_um: float
    compartments: Compartments

    @cached_property
    def height_um(self) -> FloatArray:
        """Z of each segment centre above the middle of the root, um, shape (n,)."""
        table = self.compartments
        sections = table.morphology.sections
        root = sections[0]
        middle = float(np.interp(root.length_um / 2, root.arc_um, root.points[:, 2]))
        z = [
            np.interp(
                table.x[i] * sections[s].length_um, sections[s].arc_um, sections[s].points[:, 2]
            )
            for i, s in zip(self.segments, self.section, strict=True)
        ]
        return np.array(z, dtype=np.float64) - middle


@lru_cache(maxsize=64)
def rule_context(compartments: Compartments, label: str) -> RuleContext:
    """Return the context of all segments whose section carries `label`.

    Raises:
        CellError: If no section carries it.
    """
    sections = compartments.morphology.indices(label)
    if not len(sections):
        known = ", ".join(compartments.morphology.labels)
        raise CellError(f"no section is labelled {label!r}; this morphology has {known}")
    segments = compartments.of_sections(sections)
    parents = compartments.morphology.parents
    roots = [s for s in sections if parents[s] <= 0]
    origin = float(compartments.start_um[roots[0]]) if roots else 0.0
    section = compartments.section[segments]
    return RuleContext(
        segments=segments,
        section=section,
        soma_start_um=compartments.distance_um[segments],
        label_root_um=compartments.distance_um[segments] - origin,
        max_um=float(compartments.end_um[sections].max()) - origin,
        compartments=compartments,
    )


@runtime_checkable
class SpatialRule(Protocol):
    """Turns one value into one value per segment."""

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return the value at each segment of the context, shape (n,)."""


@frozen
class Uniform:
    """The same value everywhere."""

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return `value` for every segment."""
        return np.full(len(context.segments), value)


def _distance(context: RuleContext, origin: str, relative: bool) -> FloatArray:
    distance = context.soma_start_um if origin == "soma_start" else context.label_root_um
    return distance / context.max_um if relative else distance


def _origin(instance: object, attribute: object, value: str) -> None:
    del instance, attribute
    if value not in ("soma_start", "label_root"):
        raise ValueError(f"origin must be soma_start or label_root, got {value!r}")


@frozen
class Linear:
    """value * max(slope * r + 1, offset), r the relative distance from the soma's start.

    `r` divides a `soma_start` distance by the largest `label_root` distance, so it can slightly
    exceed 1; that is how the published tables were made.
    """

    slope: float
    offset: float = -np.inf
    origin: str = field(default="soma_start", validator=_origin)
    relative: bool = True

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return max(value * (slope * r + 1), value * offset)."""
        r = _distance(context, self.origin, self.relative)
        return np.maximum(value * (self.slope * r + 1.0), value * self.offset)


@frozen
class LinearCapped:
    """value * a line from `prox_value` to `dist_value` at a distance, constant beyond."""

    prox_value: float
    dist_value: float
    dist_value_distance_um: float

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return value * the capped line."""
        ends = (0.0, self.dist_value_distance_um)
        line = np.interp(context.soma_start_um, ends, (self.prox_value, self.dist_value))
        return np.asarray(value * line, dtype=np.float64)


@frozen
class Exponential:
    """value * (offset + scale * exp(steepness * (r - x_offset))), clipped at `maximum`."""

    offset: float
    scale: float
    steepness: float
    x_offset: float = 0.0
    maximum: float = np.inf
    origin: str = field(default="label_root", validator=_origin)
    relative: bool = True

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return the exponential profile."""
        r = _distance(context, self.origin, self.relative)
        profile = self.offset + self.scale * np.exp(self.steepness * (r - self.x_offset))
        return np.minimum(value * profile, self.maximum)


@frozen
class ExponentialHeight:
    """As `Exponential`, over the height z above the middle of the soma (mm when not relative)."""

    offset: float
    scale: float
    steepness: float
    x_offset: float = 0.0
    relative: bool = True

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return the exponential profile over height."""
        z = context.height_um / (context.max_um if self.relative else 1000.0)
        return value * (self.offset + self.scale * np.exp(self.steepness * (z - self.x_offset)))


@frozen
class Sigmoid:
    """value * (offset + scale / (1 + exp((r - x_offset) / width)))."""

    offset: float
    scale: float
    x_offset: float
    width: float
    origin: str = field(default="label_root", validator=_origin)
    relative: bool = True

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return the sigmoid profile."""
        r = _distance(context, self.origin, self.relative)
        return value * (self.offset + self.scale / (1.0 + np.exp((r - self.x_offset) / self.width)))


@frozen
class Range:
    """The value between two distances (both included), a fraction of it elsewhere.

    Attributes:
        begin_um: Start of the zone, `label_root` distance.
        end_um: End of the zone.
        outside_scale: Factor outside.
        outside_sections: Section indices that count as outside wherever they are.
    """

    begin_um: float
    end_um: float
    outside_scale: float
    outside_sections: tuple[int, ...] = ()

    def values(self, value: float, context: RuleContext) -> FloatArray:
        """Return the value inside the zone and `outside_scale` times it elsewhere."""
        distance = context.label_root_um
        inside = (distance >= self.begin_um) & (distance <= self.end_um)
        inside &= ~np.isin(context.section, self.outside_sections)
        return np.where(inside, value, value * self.outside_scale)
