"""Suites for what cells are made of: morphology loaders and cell templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bouton.errors import CellError, MorphologyError
from bouton.model.cell import CellSettings, CellStructure, Parameter
from bouton.model.locations import At
from bouton.model.morphology import Morphology
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal
from bouton.model.study import Cell
from bouton.model.traces import Trace
from bouton.testing.comparing import differences
from bouton.testing.suite import OptionsSuite, fail, refusal, require, require_equal, unique
from bouton.testing.tiny import at_hand

_JUNK = b"\x00\xff\xfe\x01" * 64


class MorphologyLoaderSuite(OptionsSuite):
    """A loader reads the same tree every time, and says where a broken file is broken.

    Attributes:
        example: Content of a good file, text or bytes.
        suffix: Ending of its name, with the dot.
        broken: Broken contents -> line on which the problem is; 0 where a line means nothing.
        cuts: Number of places where the example is cut off.
    """

    kind = "morphology_loaders"
    example: ClassVar[str | bytes] = ""
    suffix: ClassVar[str] = ".txt"
    broken: ClassVar[Mapping[str | bytes, int]] = {}
    cuts: ClassVar[int] = 25

    def written(self, folder: Path, content: str | bytes, name: str = "cell") -> Path:
        """Return a file with this content."""
        file = folder / f"{name}{self.suffix}"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def test_reads_the_example(self, tmp_path: Path) -> None:
        """The example gives a morphology with a report, and is left as it was."""
        file = self.written(tmp_path, self.example)
        before = file.read_bytes()
        tree = self.make().load(file)
        require(isinstance(tree, Morphology), f"load returns {type(tree).__name__}, no Morphology")
        require(file.name in tree.report.source, f"the report names {tree.report.source!r} as file")
        require(tree.report.format, "the report does not say which format it read")
        require(file.read_bytes() == before, "loading a file changed it")
        require(sorted(tmp_path.iterdir()) == [file], "loading a file left others beside it")

    def test_reads_the_same_every_time(self, tmp_path: Path) -> None:
        """Two loads, by two instances, give equal trees."""
        file = self.written(tmp_path, self.example)
        require_equal(self.make().load(file), self.make().load(file), "two loads differ")

    def test_names_file_and_line_of_a_problem(self, tmp_path: Path) -> None:
        """Every broken example is a `MorphologyError` that names the file and the line."""
        require(self.broken, "give examples of broken files: broken = {content: line}")
        for content, line in self.broken.items():
            file = self.written(tmp_path, content, "broken")
            words = (file.name, f":{line}") if line else (file.name,)
            with refusal(MorphologyError, f"the broken file {content!r:.60}", *words):
                self.make().load(file)

    def test_survives_nonsense(self, tmp_path: Path) -> None:
        """Missing, empty and binary files and folders are `MorphologyError`s that name them."""
        nothing = tmp_path / f"absent{self.suffix}"
        for file, what in (
            (nothing, "a file that does not exist"),
            (tmp_path, "a folder"),
            (self.written(tmp_path, b"", "empty"), "an empty file"),
            (self.written(tmp_path, _JUNK, "junk"), "a file of junk"),
        ):
            with refusal(MorphologyError, what, file.name):
                self.make().load(file)

    def test_survives_truncation(self, tmp_path: Path) -> None:
        """Cut off anywhere, the example is a smaller tree or a `MorphologyError`."""
        data = self.example.encode() if isinstance(self.example, str) else self.example
        for end in np.linspace(1, len(data) - 1, self.cuts, dtype=int):
            file = self.written(tmp_path, data[:end], "cut")
            try:
                self.make().load(file)
            except MorphologyError:
                continue
            except Exception as error:
                message = f"the example cut after {end} bytes raises {type(error).__name__}"
                raise AssertionError(f"{message}: {error}") from error


class CellTemplateSuite(OptionsSuite):
    """A template means what it says: honest keys, finite settings, the same cell in place and anew.

    Attributes:
        morphology: What the cell is built on; None for templates that bring their own shape.
        values: Values for parameters that have no default, or other values than the defaults.
        integration: Temperature and starting potential that suit the cell.
        current_nA: Current into the first section during the trial; 0 for point neurons, whose
            own potential is recorded as well.
        duration_ms: How long the cell is run for a comparison.
    """

    kind = "cell_templates"
    morphology: ClassVar[Morphology | None] = None
    values: ClassVar[Mapping[str, Any]] = {}
    integration: ClassVar[Integration] = Integration()
    current_nA: ClassVar[float] = 0.1
    duration_ms: ClassVar[float] = 10.0

    @property
    def complete(self) -> dict[str, Any]:
        """A value for every parameter."""
        defaults = {p.name: p.default for p in self.make().parameters if p.default is not None}
        return {**defaults, **self.values}

    def test_parameters_are_a_table(self) -> None:
        """Names are unique, bounds are in order, defaults lie within them."""
        parameters = self.make().parameters
        require(all(isinstance(p, Parameter) for p in parameters), "parameters are no Parameters")
        unique((p.name for p in parameters), "parameters")
        for p in parameters:
            require(p.lower < p.upper, f"{p.name}: its bounds are {p.lower} to {p.upper}")
            if isinstance(p.default, int | float):
                inside = p.lower <= p.default <= p.upper
                require(inside, f"{p.name}: its default {p.default} is out of its bounds")
        bare = [p.name for p in parameters if p.name not in self.complete]
        require(not bare, f"no default for {bare}: give the example `values`")

    def test_equal_values_give_an_equal_structure(self) -> None:
        """Structure, key and settings depend on nothing but the inputs."""
        one, two = self.make(), self.make()
        values = self.complete
        first, second = (t.structure(self.morphology, values) for t in (one, two))
        require(isinstance(first, CellStructure), "structure returns no CellStructure")
        require_equal(first, second, "two structures of equal values differ")
        require_equal(
            one.settings(first, values), two.settings(second, values), "equal values, two settings"
        )
        keys = [t.structural(dict(values)) for t in (one, two)]
        require(keys[0] == keys[1], "structural gives two keys for equal values")
        try:
            hash(keys[0])
        except TypeError as error:
            raise AssertionError(f"structural gives no hashable key: {keys[0]!r:.60}") from error

    def test_settings_fit_the_structure(self) -> None:
        """Every number is finite and belongs to a segment that exists."""
        template, values = self.make(), self.complete
        structure = template.structure(self.morphology, values)
        settings = template.settings(structure, values)
        require(isinstance(settings, CellSettings), "settings returns no CellSettings")
        sections, segments = len(structure.morphology), len(structure.compartments)
        for name in ("Ra_ohm_cm", "diameter_scale"):
            array = np.asarray(getattr(settings, name))
            require(array.shape == (sections,), f"{name} has shape {array.shape}, not {sections}")
            require((np.isfinite(array) & (array > 0)).all(), f"{name} must be above 0")
        for assignment in settings.assignments:
            what = f"the assignment of {assignment.variable}"
            numbers, where = np.asarray(assignment.values), np.asarray(assignment.segments)
            require(numbers.shape == where.shape, f"{what} needs one value per segment")
            require(np.isfinite(numbers).all(), f"{what} holds numbers that are not finite")
            inside = (where >= 0) & (where < segments)
            require(inside.all(), f"{what} names segments that do not exist")
        bad = [name for name, value in settings.global_values.items() if not np.isfinite(value)]
        require(not bad, f"global values are not finite: {bad}")

    def test_impossible_values_are_refused(self) -> None:
        """A value that is missing, or no number, is a `CellError`, whoever meets it first."""
        given = self.complete
        for parameter in self.make().parameters:
            if not isinstance(given.get(parameter.name), int | float):
                continue
            without = {n: v for n, v in given.items() if n != parameter.name}
            for values, what in (
                ({**given, parameter.name: float("nan")}, "nan"),
                ({**given, parameter.name: "surely no number"}, "a word"),
                *([(without, "no value")] if parameter.default is None else []),
            ):
                with refusal(CellError, f"{what} for {parameter.name}"):
                    self._numbers(values)

    def _numbers(self, values: Mapping[str, Any]) -> None:
        template = self.make()
        template.structural(values)
        settings = template.settings(template.structure(self.morphology, values), values)
        numbers = [np.asarray(a.values, dtype=np.float64) for a in settings.assignments]
        if not all(np.isfinite(each).all() for each in numbers):
            fail("settings that are not finite reach the simulator")

    def test_the_structural_key_is_honest(self) -> None:
        """Values with equal keys share one cell, so their structures must be equal."""
        template, given = self.make(), self.complete
        structure = template.structure(self.morphology, given)
        for values, name in self.changes():
            if template.structural(values) == template.structural(given):
                changed = template.structure(self.morphology, values)
                difference = next(differences(structure, changed), "")
                message = f"structural does not tell that {name} changes the structure"
                require(not difference, f"{message}: {difference}")

    def changes(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield complete values with one parameter changed, within its bounds, and its name."""
        given = self.complete
        for p in self.make().parameters:
            old = given.get(p.name)
            if isinstance(old, bool) or not isinstance(old, int | float):
                continue
            new = old * 1.1 if old else 1e-3
            if not p.lower <= new <= p.upper:
                new = old * 0.9
            if p.lower <= new <= p.upper and new != old:
                yield {**given, p.name: type(old)(new)}, p.name

    def test_a_cell_set_in_place_is_a_cell_built_anew(self) -> None:
        """In NEURON: finite traces, and no memory of the values that a cell had before."""
        from bouton.jobs.cells import WorkingCell

        given = self.complete
        others = [values for values, _ in self.changes()]
        other = {name: v[name] for v in others for name in v if v[name] != given[name]}
        with WorkingCell(self._cell) as cell:
            first = self._run(cell, given)
            try:
                second = self._run(cell, {**given, **other})
            except CellError as error:
                fail(f"the cell refuses values within its bounds: {error}")
            again = self._run(cell, given)
        with WorkingCell(self._cell) as fresh:
            anew = self._run(fresh, {**given, **other})
        require_equal(again, first, "a cell set to other values and back is another cell")
        require_equal(second, anew, "a cell set in place differs from one built anew")

    @property
    def _cell(self) -> Cell:
        return Cell(self.make(), at_hand(self.morphology) if self.morphology else None)

    def _run(self, cell: Any, values: Mapping[str, Any]) -> tuple[Trace, ...]:  # noqa: ANN401
        cell.set(values)
        structure = cell.structure
        place = At(structure.morphology.sections[0].name, 0.5)
        drive = PointDrive("IClamp", place, {"delay": 2.0, "dur": 5.0, "amp": self.current_nA})
        signals = [Signal("root", "v", place)]
        for point in structure.point_processes:
            if point.voltage:
                at = At(structure.morphology.sections[point.section].name, point.x)
                signals.append(Signal(point.name, f"{point.name}.{point.voltage}", at))
        told = Protocol((drive,), tuple(signals), self.duration_ms, self.integration)
        traces: tuple[Trace, ...] = cell.run(told, "try").traces
        return traces
