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
from bouton_plugins.importing.portable import PortableCell, read_portable


@frozen(eq=False, slots=False)
class Imported:
    """A cell from a portable file, equal to the native one it was read from.

    It has no parameters: every number stands in the file.

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
        """None."""
        return ()

    def structural(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return a constant: the file alone says what is built."""
        self._check(values)
        return ()

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return the cell of the file."""
        self._check(values)
        if morphology is not None:
            raise CellError("an imported cell brings its own shape, so it takes no morphology")
        made = structure_of(self.cell, self._folder())
        return evolve(
            made,
            celsius=made.celsius if self.celsius == "cell" else None,
            v_init_mV=made.v_init_mV if self.v_init_mV == "cell" else None,
        )

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number of the file."""
        self._check(values)
        return settings_of(self.cell, structure)

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

    def _check(self, values: Mapping[str, Any]) -> None:
        if values:
            raise CellError(f"an imported cell has no parameter {next(iter(values))!r}")

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
