"""A stranger's plug-in whose mechanism and whose template go wrong on request."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from bouton import CellSettings, CellStructure, Entry, Morphology, Parameter, Section, hookimpl
from bouton.model.compartments import Compartments

_HOARD: list[bytearray] = []


def folder() -> Path:
    return Path(__file__).parent / "trap_mods"


@frozen
class Moody:
    """One compartment; `mood` 1 loops, 2 crashes, 3 eats memory, 4 raises, others do no harm."""

    @property
    def parameters(self) -> Sequence[Parameter]:
        return (Parameter("mood", lower=0.0, upper=8.0, default=0.0),)

    def structural(self, values: Mapping[str, Any]) -> Any:
        del values
        return ()

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        del morphology, values
        soma = Section.cylinder("soma", ("soma",), length_um=20.0, diameter_um=20.0)
        compartments = Compartments(Morphology("moody", (soma,)), np.array([1]))
        return CellStructure(compartments, {"hh": np.array([0])})

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        del structure
        match int(values["mood"]):
            case 1:
                while True:
                    pass
            case 2:
                ctypes.string_at(0)
            case 3:
                _HOARD.append(bytearray(900_000_000))
                time.sleep(600)
            case 4:
                raise ZeroDivisionError("a bug of a template")
        return CellSettings((), np.array([100.0]), np.array([1.0]))


@hookimpl
def bouton_register_catalogues() -> Iterable[Entry]:
    yield Entry("trap", "bouton_faulty:folder", "A mechanism that goes wrong on request.")


@hookimpl
def bouton_register_cell_templates() -> Iterable[Entry]:
    yield Entry("moody", "bouton_faulty:Moody", "A template that goes wrong on request.")
