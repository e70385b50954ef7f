"""A cell as data: what a template says, what the simulator builds.

A template gives two things. The *structure* (tree, segments, inserted mechanisms) is built once.
The *settings* (every number that can change on a built cell) are applied in place, as often as
needed. Neither holds a live object.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np
from attrs import Factory, field, frozen

from bouton.errors import CellError, did_you_mean
from bouton.model.compartments import Compartments
from bouton.model.locations import At, Location
from bouton.model.morphology import FloatArray, IntArray, Morphology
from bouton.model.rules import SpatialRule, Uniform, rule_context


@frozen
class Parameter:
    """One parameter of a cell template.

    Attributes:
        name: The template's own name, for example `ephys.NaTa_t.soma.gNaTa_tbar`.
        unit: Unit text, empty for plain numbers.
        lower: Lower bound of a search.
        upper: Upper bound of a search.
        default: Value used when none is given; None means that one must be given.
        free: Whether a search may vary it (otherwise it is a setting of the cell).
        summary: One line for listings.
        source: Paper, equation or table.
    """

    name: str
    unit: str = ""
    lower: float = -np.inf
    upper: float = np.inf
    default: float | tuple[int, ...] | str | None = None
    free: bool = True
    summary: str = ""
    source: str = ""


@frozen(eq=False)
class PlacedMechanism:
    """A point process that belongs to the cell, such as a synapse.

    Attributes:
        name: Unique name on the cell.
        mechanism: NEURON name of the point process.
        section: Section index.
        x: Place on the section.
        values: Its parameters by NEURON name; an element of an array is written `w[1]`.
        voltage: Its own potential, for a point neuron that has one, such as `V`.
        receptors: What each weight of an event to it acts on, in order; empty if it takes none.
    """

    name: str
    mechanism: str
    section: int
    x: float
    values: Mapping[str, float] = Factory(dict)
    voltage: str = ""
    receptors: tuple[str, ...] = ()


@frozen
class IonStyle:
    """How NEURON treats an ion in one section: the code that its `ion_style` gives.

    Attributes:
        ion: Name, such as `ca`.
        section: Section index.
        code: c_style + 4 cinit + 8 e_style + 32 einit + 64 eadvance.
    """

    ion: str
    section: int
    code: int


@frozen
class Connection:
    """A connection within the cell: from a segment, or a point process, to a point process.

    Attributes:
        target: Name of the point process that receives the events.
        weights: Weights in the order of the target's receptors.
        delay_ms: Delay.
        section: Section index of the segment that is watched, -1 if the source is a point process.
        x: Place on that section.
        source: Name of the point process that sends the events; empty for a segment.
        threshold_mV: Level of upward crossing that counts as an event.
    """

    target: str
    weights: tuple[float, ...]
    delay_ms: float
    section: int = -1
    x: float = 0.5
    source: str = ""
    threshold_mV: float = 10.0


@frozen
class Reference:
    """A variable at one place of a cell.

    Attributes:
        variable: Of a segment by NEURON name with suffix, such as `v` or `m_hh`; of a point process
            by its own.
        section: Section index, -1 if it is of a point process.
        x: Place on that section.
        point: Name of the point process; empty if it is of a segment.
    """

    variable: str
    section: int = -1
    x: float = 0.5
    point: str = ""


@frozen
class Pointer:
    """A POINTER variable of a mechanism, and what it points to within the cell.

    Attributes:
        pointer: The POINTER variable.
        target: The variable that it reads, or writes.
    """

    pointer: Reference
    target: Reference


@frozen
class Played:
    """Values that a variable of the cell takes one after the other during every run.

    Attributes:
        target: The variable.
        values: Its values.
        times_ms: When it takes them, as many and rising.
        start: Its value when a run begins, until the first of them.
        is_continuous: Whether it moves from one to the next in between, on straight lines.
    """

    target: Reference
    values: tuple[float, ...]
    times_ms: tuple[float, ...]
    start: float
    is_continuous: bool = False


@frozen(eq=False)
class CellStructure:
    """What cannot change without building the cell anew.

    Attributes:
        compartments: Tree and number of segments.
        mechanisms: Density mechanism -> indices of the sections that carry it.
        catalogues: Names of the catalogues that define them (NEURON's own need none), or absolute
            paths of folders of MOD files.
        point_processes: Synapses and other point processes of the cell.
        spike_source: Where spikes are detected.
        spike_threshold_mV: Level of upward crossing that counts as a spike.
        spike_process: Point process whose own events are the spikes of the cell, as of a point
            neuron; empty if crossings at the spike source are.
        ion_styles: Where the style of an ion differs from what the mechanisms make of it.
        connections: Connections within the cell.
        pointers: What POINTER variables point to.
        played: Variables that follow given values during a run.
        celsius: The only temperature at which the cell is meant to run; None for any.
        v_init_mV: The only potential from which it is meant to start; None for any.
    """

    compartments: Compartments
    mechanisms: Mapping[str, IntArray]
    catalogues: tuple[str, ...] = ()
    point_processes: tuple[PlacedMechanism, ...] = ()
    spike_source: Location = At("soma", 0.5)
    spike_threshold_mV: float = -20.0
    spike_process: str = ""
    ion_styles: tuple[IonStyle, ...] = ()
    connections: tuple[Connection, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    played: tuple[Played, ...] = ()
    celsius: float | None = None
    v_init_mV: float | None = None

    @property
    def morphology(self) -> Morphology:
        """The tree, artificial sections included."""
        return self.compartments.morphology

    def _repr_html_(self) -> str:
        from bouton.model.views import structure_html

        return structure_html(self)


@frozen(eq=False)
class Assignment:
    """One range variable set on a list of segments.

    Attributes:
        variable: NEURON's name with suffix: `gNaTa_tbar_NaTa_t`, `g_pas`, `cm`, `ek`; an element
            of an array is written `xraxial[0]`.
        segments: Segment indices, shape (n,).
        values: One value each, shape (n,).
    """

    variable: str
    segments: IntArray
    values: FloatArray


@frozen(eq=False)
class CellSettings:
    """Every number that can be set on a built cell.

    Attributes:
        assignments: Range variables, later ones win where they overlap.
        Ra_ohm_cm: Axial resistivity of each section, shape (n_sections,).
        diameter_scale: Factor on the 3-D diameters of each section, shape (n_sections,).
        global_values: Mechanism globals by NEURON name, such as `ehcn_Ih`.
    """

    assignments: tuple[Assignment, ...]
    Ra_ohm_cm: FloatArray
    diameter_scale: FloatArray
    global_values: Mapping[str, float] = Factory(dict)


@frozen
class Distributed:
    """A parameter value together with the rule that spreads it."""

    value: float
    rule: SpatialRule = Uniform()


@frozen
class RegionPlan:
    """What the sections of one label are made of.

    Attributes:
        label: The label.
        cm_uF_cm2: Specific membrane capacitance.
        Ra_ohm_cm: Axial resistivity.
        ions: Range values of ions by NEURON name, such as `ek`.
        mechanisms: Mechanism -> its parameters, each a number or a `Distributed`; a mechanism
            with no parameters keeps its own defaults.
    """

    label: str
    cm_uF_cm2: float = 1.0
    Ra_ohm_cm: float = 100.0
    ions: Mapping[str, float] = Factory(dict)
    mechanisms: Mapping[str, Mapping[str, float | Distributed]] = field(factory=dict)

    @cached_property
    def mechanism_names(self) -> tuple[str, ...]:
        """Names of the mechanisms of this region."""
        return tuple(self.mechanisms)


def structure_from_regions(
    compartments: Compartments, regions: Iterable[RegionPlan], catalogues: tuple[str, ...] = ()
) -> CellStructure:
    """Return the structure in which each label carries the mechanisms of its region.

    Raises:
        CellError: If a region names a label that the morphology lacks.
    """
    sections: dict[str, list[int]] = {}
    for region in regions:
        indices = compartments.morphology.indices(region.label)
        if not len(indices):
            hint = did_you_mean(region.label, compartments.morphology.labels)
            raise CellError(f"no section is labelled {region.label!r}; {hint}")
        for mechanism in region.mechanisms:
            sections.setdefault(mechanism, []).extend(int(index) for index in indices)
    mechanisms = {name: np.unique(np.array(found)) for name, found in sections.items()}
    return CellStructure(compartments, mechanisms, catalogues)


def settings_from_regions(
    structure: CellStructure,
    regions: Iterable[RegionPlan],
    *,
    diameter_scale: Mapping[str, float] | None = None,
    global_values: Mapping[str, float] | None = None,
) -> CellSettings:
    """Return the values that the regions give to every segment of a structure."""
    compartments = structure.compartments
    morphology = compartments.morphology
    Ra = np.full(len(morphology), 35.4)
    scale = np.ones(len(morphology))
    assignments: list[Assignment] = []
    for region in regions:
        Ra[morphology.indices(region.label)] = region.Ra_ohm_cm
        assignments.extend(_region_assignments(compartments, region))
    for label, factor in (diameter_scale or {}).items():
        scale[morphology.indices(label)] = factor
    return CellSettings(tuple(assignments), Ra, scale, dict(global_values or {}))


def _region_assignments(compartments: Compartments, region: RegionPlan) -> Iterable[Assignment]:
    context = rule_context(compartments, region.label)
    everywhere = np.ones(len(context.segments))
    yield Assignment("cm", context.segments, region.cm_uF_cm2 * everywhere)
    for mechanism, parameters in region.mechanisms.items():
        for name, value in parameters.items():
            spread = value if isinstance(value, Distributed) else Distributed(float(value))
            values = spread.rule.values(spread.value, context)
            yield Assignment(f"{name}_{mechanism}", context.segments, values)
    for ion, level in region.ions.items():
        yield Assignment(ion, context.segments, level * everywhere)
