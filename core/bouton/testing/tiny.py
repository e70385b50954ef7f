"""Small things to try plug-ins on: morphologies, a cell, traces, a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from bouton.errors import CellError
from bouton.model.cell import (
    CellSettings,
    CellStructure,
    Parameter,
    RegionPlan,
    settings_from_regions,
    structure_from_regions,
)
from bouton.model.compartments import Compartments
from bouton.model.locations import At, Place
from bouton.model.morphology import LoadReport, Morphology, Section
from bouton.model.protocol import PointDrive, Protocol, Signal
from bouton.model.study import Cell, MorphologySource
from bouton.model.traces import Response, Trace, TracePlace

if TYPE_CHECKING:
    from bouton.model.scores import Evaluation


def tiny_morphology(name: str = "tiny") -> Morphology:
    """Return a soma with two dendrites, an apical trunk with two tufts, and an axon.

    Seven sections, all labels that Bouton knows but myelin; the apical tree reaches 350 um.
    """
    soma = [[0.0, -10, 0, 15], [0, 0, 0, 20], [0, 10, 0, 15]]
    sections = [Section("soma", ("soma",), -1, 0.0, np.array(soma))]
    for number, (label, parent, start, end, wide) in enumerate(_BRANCHES):
        place = 0.0 if label == "axon" else 1.0 if parent else 0.5
        middle = np.add(start, end) / 2
        points = np.array([[*start, wide], [*middle.tolist(), wide], [*end, wide / 2]])
        index = sum(b[0] == label for b in _BRANCHES[:number])
        sections.append(Section(f"{label}[{index}]", (label,), parent, place, points))
    return Morphology(name, tuple(sections), LoadReport(name, "tiny", soma_rule="three points"))


_BRANCHES: tuple[
    tuple[str, int, tuple[float, float, float], tuple[float, float, float], float], ...
] = (
    ("dend", 0, (0.0, 0.0, 0.0), (-80.0, -60.0, 10.0), 2.0),
    ("dend", 0, (0.0, 0.0, 0.0), (90.0, -50.0, -10.0), 2.0),
    ("apic", 0, (0.0, 0.0, 0.0), (5.0, 250.0, 0.0), 3.0),
    ("apic", 3, (5.0, 250.0, 0.0), (-40.0, 340.0, 10.0), 1.5),
    ("apic", 3, (5.0, 250.0, 0.0), (60.0, 330.0, -10.0), 1.5),
    ("axon", 0, (0.0, -10.0, 0.0), (10.0, -120.0, 0.0), 1.0),
)


@frozen
class TinyTemplate:
    """A cell of seven sections: `hh` in the soma, `pas` elsewhere, nothing to compile.

    Attributes:
        segments: Segments per section.
    """

    segments: int = 3

    @property
    def parameters(self) -> Sequence[Parameter]:
        """One density and one leak."""
        return (
            Parameter("soma.gnabar", "S/cm2", 0.05, 0.3, 0.12, summary="sodium of the soma"),
            Parameter("dend.g", "S/cm2", 1e-5, 1e-3, 1e-4, summary="leak of all other sections"),
        )

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the cell on a morphology, or on the tiny one."""
        tree = morphology or tiny_morphology()
        compartments = Compartments(tree, np.full(len(tree), self.segments))
        return structure_from_regions(compartments, self._regions(tree, values))

    def structural(self, values: Mapping[str, Any]) -> int:
        """Return a constant: every parameter can be set in place."""
        del values
        return self.segments

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return the values."""
        return settings_from_regions(structure, self._regions(structure.morphology, values))

    def _regions(self, tree: Morphology, values: Mapping[str, Any]) -> list[RegionPlan]:
        numbers = [values.get(parameter.name) for parameter in self.parameters]
        if not all(isinstance(number, float) and np.isfinite(number) for number in numbers):
            raise CellError(f"give a number for {' and '.join(p.name for p in self.parameters)}")
        sodium, leak = (float(values[p.name]) for p in self.parameters)
        kinetics = {"hh": {"gnabar": sodium}}
        passive = {"pas": {"g": leak, "e": -65.0}}
        labels = [label for label in tree.labels if label != "soma"]
        return [
            RegionPlan("soma", mechanisms=kinetics),
            *(RegionPlan(label, mechanisms=passive) for label in labels),
        ]


@frozen
class _AtHand:
    """A loader of a tree that is at hand already."""

    morphology: Morphology

    def load(self, path: Path) -> Morphology:
        """Return it, whatever the path."""
        del path
        return self.morphology


def at_hand(morphology: Morphology) -> MorphologySource:
    """Return a morphology as the source that a `Cell` wants, without a file."""
    return MorphologySource(_AtHand(morphology), Path(morphology.name))


def tiny_cell(morphology: Morphology | None = None, **parameters: float) -> Cell:
    """Return a cell that needs nothing compiled: `hh` in the soma, `pas` elsewhere.

    Args:
        morphology: Its shape; the tiny one if None.
        **parameters: Values that differ from the defaults.
    """
    return Cell(TinyTemplate(), at_hand(morphology) if morphology else None, parameters)


def run_on(cell: Cell, protocol: Protocol, **parameters: Any) -> Response:  # noqa: ANN401
    """Run a protocol on a cell in this process and return the traces.

    Args:
        cell: The cell, such as `tiny_cell()`.
        protocol: The protocol.
        **parameters: Values that differ from the cell's.

    Raises:
        BoutonError: If anything does not fit; see `bouton.jobs.cells.WorkingCell`.
    """
    from bouton.jobs.cells import WorkingCell

    with WorkingCell(cell) as working:
        working.set(parameters)
        return working.run(protocol, "try")


def tiny_responses(*names: str) -> dict[str, Response]:
    """Return traces of a regular spiker under a current step, made without a simulator.

    Each response lasts 300 ms, has a step of 0.5 nA from 50 to 250 ms and one trace `soma`, in mV,
    at -70 mV with seven spikes to 30 mV, 25 ms apart.

    Args:
        *names: Names of the protocols; `step` if none are given.
    """
    return {name: _response(name) for name in names or ("step",)}


def _response(name: str) -> Response:
    t_ms = np.arange(0.0, 300.0, 0.1)
    values = np.full(len(t_ms), -70.0)
    values += 12.0 * ((t_ms >= 50.0) & (t_ms < 250.0))
    for spike_ms in np.arange(60.0, 235.0, 25.0):
        after = np.maximum(t_ms - spike_ms, 0.0)
        values += 100.0 * np.exp(-(((t_ms - spike_ms) / 0.6) ** 2))
        values -= 25.0 * (after / 4.0) * np.exp(1.0 - after / 4.0)
    place = TracePlace("soma", 0.5, 10.0, Place(0, 0.5))
    drive = PointDrive("IClamp", At("soma"), {"delay": 50.0, "dur": 200.0, "amp": 0.5})
    told = Protocol(
        (drive,), (Signal("soma", "v", At("soma")),), 300.0, onset_ms=50.0, stimulus_ms=200.0
    )
    return Response(name, (Trace("soma", "v", "mV", t_ms, values, (place,)),), told)


TINY_STUDY = """\
name: tiny
cell:
  template:
    use: by-region
    sections: [{name: soma, length_um: 20, diameter_um: 20}]
    regions:
      soma:
        ions: {ena: 50, ek: -77}
        mechanisms: {hh: {gnabar: 0.12, gkbar: 0.036, gl: 0.0003, el: -54.3}}
protocols:
  step:
    stimuli: [{use: step, amplitude_nA: 0.2, delay_ms: 2, duration_ms: 10}]
    recordings: [{use: voltage}]
    duration_ms: 20
objectives:
  use: targets
  targets:
    spikes: {protocol: step, feature: Spikecount, mean: 1, std: 0.5}
    height: {protocol: step, feature: maximum_voltage, mean: 30, std: 5}
"""


def tiny_run(folder: Path) -> Evaluation:
    """Leave a finished run directory: one spiking compartment, one protocol, two objectives.

    Args:
        folder: Run directory to make.
    """
    import yaml

    from bouton.files import load_document
    from bouton.jobs.running import run_study

    return run_study(load_document(yaml.safe_load(TINY_STUDY)), folder)
