"""A described cell, alive in NEURON: built once, then set in place as often as needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import numpy as np

from bouton.errors import CellError, EngineError, did_you_mean
from bouton.model.cell import CellSettings, CellStructure, Connection, Reference
from bouton.model.locations import Location, Place, SpikeSource
from bouton.model.morphology import FloatArray
from bouton.nrn import engine, sections
from bouton.nrn.engine import h
from bouton.nrn.integration import leave_sparse_solver
from bouton.nrn.randomness import RandomStreams
from bouton.nrn.settings import GlobalValues, RangeVariable


class LiveCell:
    """A cell in NEURON, for use in a `with` statement.

    All sections of a process share one integration, so a second cell beside it is refused unless
    `beside_others` is given.

    Attributes:
        structure: What was built.
        sections: NEURON's sections, in the order of the morphology.
        streams: Random streams of its mechanisms.
    """

    structure: CellStructure
    sections: tuple[Any, ...]

    def __init__(
        self,
        structure: CellStructure,
        settings: CellSettings | None = None,
        *,
        beside_others: bool = False,
        is_loaded: bool = False,
    ) -> None:
        """Build the sections, insert the mechanisms, and apply the settings if given.

        Args:
            structure: What to build.
            settings: What to apply at once; defaults of the mechanisms hold otherwise.
            beside_others: Allow other sections in this process, as in a population.
            is_loaded: Whether its catalogues are loaded already; looking at their files for every
                cell of a network takes a third of building it.

        Raises:
            CellError: If a mechanism, variable or parameter is unknown.
            MechanismError: If a catalogue cannot be loaded.
            EngineError: If other sections exist, or in another thread.
        """
        engine.check_thread()
        if not beside_others:
            _refuse_others()
        if not is_loaded:
            _load(structure.catalogues)
        self.structure = structure
        self.sections = ()
        self._connections: list[Any] = []
        self._played: list[Any] = []
        self._variables: dict[str, RangeVariable] = {}
        self._globals = GlobalValues()
        self._points: dict[str, Any] = {}
        self._potentials: tuple[Any, Any] | None = None
        self._segments: list[Any] = []
        self.streams = RandomStreams()
        try:
            self._build()
            if settings is not None:
                self.apply(settings)
        except BaseException:
            self.close()
            raise

    def _build(self) -> None:
        compartments = self.structure.compartments
        self._shapes = sections.shapes_of(compartments)
        self.sections = sections.create(compartments, self._shapes)
        self._segments = [
            self.sections[section](x)
            for section, x in zip(
                compartments.section.tolist(), compartments.x.tolist(), strict=True
            )
        ]
        self._scale = np.ones(len(self.sections))
        self._Ra: FloatArray = np.array([section.Ra for section in self.sections])
        self._first_Ra = self._Ra.copy()
        for mechanism, carriers in self.structure.mechanisms.items():
            chosen = [self.sections[index] for index in carriers]
            sections.insert(mechanism, chosen, self.structure.catalogues)
            carried = compartments.of_sections(carriers).tolist()
            self.streams.add_segments(mechanism, ((i, self._segments[i]) for i in carried))
        for style in self.structure.ion_styles:
            sections.set_ion_style(style.ion, style.code, self.sections[style.section])
        for placed in self.structure.point_processes:
            if placed.name in self._points:
                raise CellError(f"two point processes of the cell are called {placed.name!r}")
            place = self.sections[placed.section](placed.x)
            self._points[placed.name] = sections.point_process(
                placed.mechanism, place, placed.values, self.structure.catalogues
            )
            self.streams.add_point(placed.name, self._points[placed.name])
        self._connections = [self._connected(one) for one in self.structure.connections]
        for one in self.structure.pointers:
            sections.point(
                self._owner(one.pointer), one.pointer.variable, self._pointed(one.target)
            )
        self._played = [sections.played(self._pointed(p.target), p) for p in self.structure.played]

    def _owner(self, reference: Reference) -> Any:  # noqa: ANN401
        if reference.point:
            return self.point_process(reference.point)
        return self.sections[reference.section](reference.x)

    def _pointed(self, reference: Reference) -> Any:  # noqa: ANN401
        plain, element = sections.element_of(reference.variable)
        found = getattr(self._owner(reference), f"_ref_{plain}", None)
        if found is None:
            where = reference.point or self.structure.morphology.sections[reference.section].name
            raise CellError(f"{where!r} has no variable {reference.variable!r} to point to")
        return found if element is None else found[element]

    def _connected(self, connection: Connection) -> Any:  # noqa: ANN401
        target = self.point_process(connection.target)
        if connection.source:
            made = h.NetCon(self.point_process(connection.source), target)
        else:
            section = self.sections[connection.section]
            made = h.NetCon(section(connection.x)._ref_v, target, sec=section)
            made.threshold = connection.threshold_mV
        if int(made.wcnt()) != len(connection.weights):
            raise CellError(
                f"{connection.target!r} takes {int(made.wcnt())} weights per event, the connection "
                f"gives {len(connection.weights)}"
            )
        made.delay = connection.delay_ms
        for index, weight in enumerate(connection.weights):
            made.weight[index] = weight
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_open(self) -> bool:
        """Whether the cell still exists in NEURON."""
        return bool(self.sections)

    def close(self) -> None:
        """Remove the cell from NEURON, whoever still holds one of its sections."""
        if not self.sections:
            return
        engine.check_thread()
        self._globals.restore()
        self._variables.clear()
        self._connections.clear()
        self._played.clear()
        self._points.clear()
        self._potentials = None
        self.streams.clear()
        self._segments.clear()
        for section in reversed(self.sections):
            h.delete_section(sec=section)
        self.sections = ()
        if "extracellular" in self.structure.mechanisms:
            leave_sparse_solver()

    def _check_open(self) -> None:
        engine.check_thread()
        if not self.sections:
            raise EngineError("the cell is closed; build it again")

    def apply(self, settings: CellSettings) -> None:
        """Set every value of `settings` in place; what they do not name gets its first value back.

        Only values that differ from those applied last are written.

        Raises:
            CellError: If a variable or section does not fit the structure; nothing is changed.
        """
        self._check_open()
        self._check_shapes(settings)
        targets = self._targets(settings)
        self._globals.check(settings.global_values)
        for variable, values in targets.items():
            self._variables[variable].write(values)
        self._globals.write(settings.global_values)
        self._write_resistivity(settings.Ra_ohm_cm)
        self._write_diameters(settings.diameter_scale)
        if any(name.startswith("xraxial[") for name in targets):
            # Written through a pointer, NEURON does not see that its matrix changed.
            self.sections[0].Ra = float(settings.Ra_ohm_cm[0])

    def _check_shapes(self, settings: CellSettings) -> None:
        expected = (len(self.sections),)
        for name in ("Ra_ohm_cm", "diameter_scale"):
            values = getattr(settings, name)
            if values.shape != expected:
                raise CellError(f"{name} needs the shape {expected}, got {values.shape}")
            if not (np.isfinite(values) & (values > 0)).all():
                bad = int(np.flatnonzero(~(np.isfinite(values) & (values > 0)))[0])
                name_of = self.structure.morphology.sections[bad].name
                raise CellError(f"{name} of section {name_of!r} must be above 0: {values[bad]!r}")

    def _targets(self, settings: CellSettings) -> dict[str, FloatArray]:
        for assignment in settings.assignments:
            if assignment.variable not in self._variables:
                self._variables[assignment.variable] = RangeVariable.on(
                    assignment.variable, self._segments, self.structure
                )
        targets = {name: known.first.copy() for name, known in self._variables.items()}
        for assignment in settings.assignments:
            known = self._variables[assignment.variable]
            known.place(targets[assignment.variable], assignment)
        return targets

    def _write_resistivity(self, Ra: FloatArray) -> None:
        for index in np.flatnonzero(Ra != self._Ra).tolist():
            self.sections[index].Ra = float(Ra[index])
        self._Ra = Ra.copy()

    def _write_diameters(self, scale: FloatArray) -> None:
        for index in np.flatnonzero(scale != self._scale).tolist():
            self._shapes[index].give(self.sections[index], float(scale[index]))
        self._scale = scale.copy()

    def places(self, location: Location) -> tuple[Place, ...]:
        """Return the places of a location on this cell, `SpikeSource` included.

        Raises:
            LocationError: If there is none.
        """
        self._check_open()
        if isinstance(location, SpikeSource):
            location = self.structure.spike_source
        return location.places(self.structure.compartments)

    def at(self, place: Place) -> Any:  # noqa: ANN401
        """Return NEURON's segment object at a place, for injection."""
        return self.sections[place.section](place.x)

    def centre(self, segment: int) -> Any:  # noqa: ANN401
        """Return NEURON's segment object with this index."""
        return self._segments[segment]

    def potentials_mV(self) -> FloatArray:
        """Return the membrane potential of every segment now, mV, shape (n_segments,)."""
        if self._potentials is None:
            count = len(self.structure.compartments)
            self._potentials = h.PtrVector(count), h.Vector(count)
            for index, segment in enumerate(self._segments):
                self._potentials[0].pset(index, segment._ref_v)
        pointers, buffer = self._potentials
        pointers.gather(buffer)
        return np.array(buffer, dtype=np.float64)

    def point_process(self, name: str) -> Any:  # noqa: ANN401
        """Return the point process that the structure calls `name`.

        Raises:
            CellError: If there is none, with close matches.
        """
        if name not in self._points:
            hint = did_you_mean(name, self._points)
            raise CellError(f"the cell has no point process {name!r}; {hint}")
        return self._points[name]

    @property
    def point_processes(self) -> Mapping[str, Any]:
        """The point processes of the cell by name."""
        return self._points


def _refuse_others() -> None:
    others = [section.name() for section in h.allsec()]
    if others:
        raise EngineError(
            f"{len(others)} sections ({', '.join(others[:3])}, ...) are alive in this process and "
            "would be integrated together with the new cell; close the other cell first, or pass "
            "beside_others=True if that is meant",
        )


def _load(catalogues: Iterable[str]) -> None:
    names = tuple(catalogues)
    if names:
        from bouton.nrn.catalogues import load

        load(names)
