"""Deliberately wrong parts of cells and protocols: their suites say what is wrong."""
# ruff: noqa: ARG002 (contracts say which arguments there are)

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from attrs import frozen

from bouton.errors import CellError, MorphologyError
from bouton.model.cell import (
    CellSettings,
    Parameter,
    RegionPlan,
    settings_from_regions,
    structure_from_regions,
)
from bouton.model.compartments import Compartments
from bouton.model.locations import At
from bouton.model.morphology import LoadReport, Morphology, Section
from bouton.model.protocol import PointDrive, Protocol, Signal

# ---- morphology loaders -------------------------------------------------------------------------


@frozen
class Reader:
    """A good one: `label length` a line.

    Attributes:
        scale: Factor on lengths.
    """

    scale: float = 1.0

    def load(self, path: Path) -> Morphology:
        try:
            lines = Path(path).read_text().splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise MorphologyError(f"{path}: {error}") from error
        if not lines:
            raise MorphologyError(f"{path} is empty")
        sections = [self.section(n, line, f"{path}:{n + 1}") for n, line in enumerate(lines)]
        return Morphology("it", tuple(sections), LoadReport(str(path), "wrong"))

    def section(self, number: int, line: str, where: str) -> Section:
        try:
            label, length = line.split()
            um = self.scale * float(length)
        except ValueError as error:
            raise MorphologyError(f"{where}: expected label and length") from error
        if not 0 < um < 1e6:
            raise MorphologyError(f"{where}: length {um}")
        name, parent = f"{label}[{number}]", number - 1
        return Section(
            name, (label,), parent, 1.0 if number else 0.0, [[0, 0, 0, 1], [um, 0, 0, 1]]
        )


class Crashes(Reader):
    def section(self, number: int, line: str, where: str) -> Section:
        label, length = line.split()
        return super().section(number, f"{label} {float(length)}", where)


class ForgetsTheLine(Reader):
    def section(self, number: int, line: str, where: str) -> Section:
        return super().section(number, line, where.rpartition(":")[0])


class Dreams(Reader):
    def section(self, number: int, line: str, where: str) -> Section:
        label, _, length = line.partition(" ")
        longer = float(length) + random.random() if length.isdigit() else length
        return super().section(number, f"{label} {longer}", where)


class Litters(Reader):
    def load(self, path: Path) -> Morphology:
        made = super().load(path)
        path.with_suffix(".cache").write_text("left")
        return made


# ---- cell templates -----------------------------------------------------------------------------


@frozen
class Ball:
    """A good one: one compartment.

    Attributes:
        diameter_um: Diameter.
    """

    diameter_um: float = 20.0

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (
            Parameter("g", "S/cm2", 1e-5, 1e-3, 1e-4),
            Parameter("length", "um", 10.0, 100.0, 20.0),
        )

    def structure(self, morphology: Morphology | None, values: Any) -> Any:
        length = self.checked(values)["length"]
        soma = Section.cylinder("soma", ("soma",), length_um=length, diameter_um=self.diameter_um)
        tree = Compartments(Morphology("ball", (soma,)), np.array([1]))
        return structure_from_regions(tree, self.plans(values))

    def structural(self, values: Any) -> Any:
        return values["length"]

    def settings(self, structure: Any, values: Any) -> CellSettings:
        return settings_from_regions(structure, self.plans(values))

    def plans(self, values: Any) -> list[RegionPlan]:
        return [RegionPlan("soma", mechanisms={"pas": {"g": self.checked(values)["g"]}})]

    def checked(self, values: Any) -> Any:
        for name in ("g", "length"):
            value = values.get(name)
            if not isinstance(value, float) or not np.isfinite(value):
                raise CellError(f"{name} must be a number, got {value!r}")
        return values


class LiesAboutItsKey(Ball):
    def structural(self, values: Any) -> Any:
        return ()


class TakesNan(Ball):
    def checked(self, values: Any) -> Any:
        return values


class Drifts(Ball):
    def settings(self, structure: Any, values: Any) -> CellSettings:
        made = super().settings(structure, values)
        CALLS.append(1)
        return attrs.evolve(made, Ra_ohm_cm=made.Ra_ohm_cm + len(CALLS))


class ListKey(Ball):
    def structural(self, values: Any) -> Any:
        return [values["length"]]


class OutOfBounds(Ball):
    @property
    def parameters(self) -> tuple[Parameter, ...]:
        first, second = super().parameters
        return (attrs.evolve(first, default=1.0), second)


CALLS: list[int] = []

# ---- stimuli, recorders, protocols --------------------------------------------------------------


@frozen
class Nothing:
    """Drives that do nothing."""

    def drives(self) -> list[Any]:
        return [PointDrive("IClamp", At("soma"), {"amp": 0.0, "dur": 5.0, "delay": 1.0})]


@frozen
class Dice:
    """Drives that nobody can repeat."""

    def drives(self) -> list[Any]:
        values = {"amp": random.random(), "dur": 5.0, "delay": 1.0}
        return [PointDrive("IClamp", At("soma"), values)]


@frozen
class Undocumented:
    """One option, no word about it."""

    amplitude_nA: float = 0.5

    def drives(self) -> list[Any]:
        return [PointDrive("IClamp", At("soma"), {"amp": self.amplitude_nA, "dur": 5.0})]


@attrs.define
class Changeable:
    """Not frozen.

    Attributes:
        amplitude_nA: Amplitude.
    """

    amplitude_nA: float = 0.5

    def drives(self) -> list[Any]:
        return [PointDrive("IClamp", At("soma"), {"amp": self.amplitude_nA, "dur": 5.0})]


@frozen
class TwiceTheName:
    """Two signals of one name."""

    def signals(self) -> list[Signal]:
        return [Signal("v", "v", At("soma")), Signal("v", "v", At("dend[0]"))]


@frozen
class TakesAnything:
    """Values that nobody checks."""

    def protocol(self, values: Any) -> Protocol:
        return Protocol((), (Signal("soma", "v", At("soma")),), 5.0)


GOOD_LINES = {"example": "soma 20\ndend 100\n", "broken": {"soma 20\ndend x\n": 2}}
# kind, target, attributes of the suite, the test that must fail, words of its message
WRONG: list[tuple[str, Any, dict[str, Any], str, str]] = [
    ("morphology_loaders", Crashes, GOOD_LINES, "names_file_and_line", "ValueError"),
    ("morphology_loaders", Crashes, GOOD_LINES, "survives_truncation", "raises ValueError"),
    ("morphology_loaders", ForgetsTheLine, GOOD_LINES, "names_file_and_line", ":2"),
    ("morphology_loaders", Dreams, GOOD_LINES, "the_same_every_time", "two loads differ"),
    ("morphology_loaders", Litters, GOOD_LINES, "reads_the_example", "left others beside it"),
    ("cell_templates", LiesAboutItsKey, {}, "key_is_honest", "length changes the structure"),
    ("cell_templates", LiesAboutItsKey, {}, "set_in_place", "differs from one built anew"),
    ("cell_templates", TakesNan, {}, "impossible_values", "nan for g"),
    ("cell_templates", Drifts, {}, "set_in_place", "is another cell"),
    ("cell_templates", Drifts, {}, "equal_structure", "Ra_ohm_cm"),
    ("cell_templates", ListKey, {}, "equal_structure", "no hashable key"),
    ("cell_templates", OutOfBounds, {}, "are_a_table", "out of its bounds"),
    ("stimuli", Nothing, {}, "moves_a_cell", "does nothing"),
    ("stimuli", Dice, {}, "same_drives", "two answers"),
    ("stimuli", Undocumented, {}, "options_are_documented", "amplitude_nA"),
    ("stimuli", Changeable, {}, "cannot_be_changed", "attrs.frozen"),
    ("recorders", TwiceTheName, {}, "gives_signals", "two signals are called 'v'"),
    ("protocols", TakesAnything, {}, "takes_its_values", "an unknown value"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: f"{case[0]}-{case[3]}")
def test_a_mistake_is_found(case: Any, message: Callable[..., str]) -> None:
    *mistake, words = case
    assert words in message(*mistake)


@pytest.mark.parametrize(
    ("kind", "target", "attributes"),
    [
        ("morphology_loaders", Reader, GOOD_LINES),
        ("cell_templates", Ball, {}),
    ],
)
def test_without_the_mistake_nothing_is_found(
    kind: str, target: Any, attributes: dict[str, Any], mistakes: Callable[..., dict[str, str]]
) -> None:
    assert mistakes(kind, target, attributes) == {}
