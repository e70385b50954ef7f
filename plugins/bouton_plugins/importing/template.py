"""The template that builds a portable cell."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from attrs import evolve, field, frozen

from bouton.errors import CellError
from bouton.model.cell import CellSettings, CellStructure, Parameter
from bouton.model.morphology import Morphology
from bouton_plugins.importing.cell import settings_of, structure_of
from bouton_plugins.importing.parameters import Changes, Handle, handles
from bouton_plugins.importing.portable import PortableCell, read_portable


@frozen(eq=False, slots=False)
class Imported:
    """A cell from a portable file, equal to the native one it was read from.

    Every number of the file is a parameter, by variable and label: `gnabar_hh.soma`, or
    `gnabar_hh.dend.factor` where values differ, and `tau.synapses[0]` of a point process.

    Attributes:
        file: The portable file, as `bouton import` makes it.
        mods: Folder of its MOD files, if it was moved; their content must be the same.
        celsius: `cell` refuses protocols at another temperature than the one the cell sets;
            `protocol` lets the protocol decide.
        v_init_mV: The same for the starting potential.
        accept_differences: Use the cell although it differs from the native one, or was never
            compared.
    """

    file: Path | None = None
    mods: Path | None = field(default=None, metadata={"path": "folder"})
    celsius: Literal["cell", "protocol"] = "cell"
    v_init_mV: Literal["cell", "protocol"] = "cell"
    accept_differences: bool = False

    @property
    def parameters(self) -> Sequence[Parameter]:
        """Every number of the file that can be changed; none without a file.

        They have no bounds: a search needs those that its study gives.
        """
        return () if self.file is None else self._parameters

    @cached_property
    def _parameters(self) -> tuple[Parameter, ...]:
        return tuple(handle.parameter for handle in self._handles.values())

    @cached_property
    def _handles(self) -> dict[str, Handle]:
        return handles(self.cell)

    def _changes(self, values: Mapping[str, Any]) -> Changes:
        return Changes.of(values, self._handles) if values else Changes()

    def structural(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the changed values of point processes, which are given when they are made."""
        return self._changes(values).key

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the cell of the file."""
        changes = self._changes(values)
        if morphology is not None:
            raise CellError("an imported cell brings its own shape, so it takes no morphology")
        made, folder = self._structure, self._folder()
        return evolve(
            made,
            catalogues=(str(folder),) if folder is not None else (),
            point_processes=changes.points(made.point_processes),
            celsius=made.celsius if self.celsius == "cell" else None,
            v_init_mV=made.v_init_mV if self.v_init_mV == "cell" else None,
        )

    @cached_property
    def _structure(self) -> CellStructure:
        return structure_of(self.cell)

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number, as the file has it or changed."""
        changes = self._changes(values)
        return changes.settings(self._settings, structure.compartments.section.tolist())

    @cached_property
    def _settings(self) -> CellSettings:
        return settings_of(self.cell, self._structure)

    @cached_property
    def cell(self) -> PortableCell:
        """What the file says.

        Raises:
            CellError: If there is no file, or it cannot be used.
        """
        if self.file is None:
            raise CellError("the template needs a portable cell: file: cell.json")
        cell = read_portable(Path(self.file))
        status = cell.fidelity.get("status", "never compared")
        if status != "equal" and not self.accept_differences:
            raise CellError(
                f"{self.file}: compared with the native cell, this one is {status!r}, not 'equal'; "
                "import it again, or set accept_differences: true"
            )
        return cell

    def _folder(self) -> Path | None:
        told = self.cell.provenance.mods
        if told is None or self.file is None:
            return None
        folder = self.mods or Path(self.file).absolute().parent / told.folder
        folder = Path(folder).resolve()
        for name, digest in told.files.items():
            found = _digest(folder / name)
            if found != digest:
                state = "has another content" if found else "is missing"
                raise CellError(
                    f"{folder / name} {state}; {self.file} was made with it: put it back, name "
                    "the folder (mods: ...), or import the cell again"
                )
        return folder


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
