"""A cell alive in this process: set values, run protocols. For worker functions of any plug-in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bouton.errors import CellError
from bouton.model.study import Cell
from bouton.nrn import catalogues
from bouton.nrn.cells import LiveCell
from bouton.nrn.compiling import mod_files
from bouton.nrn.running import run_protocol

if TYPE_CHECKING:
    from bouton.model.cell import CellStructure
    from bouton.model.morphology import Morphology
    from bouton.model.protocol import Protocol
    from bouton.model.traces import Response


class WorkingCell:
    """A study's cell, built when first needed and then set in place as often as possible.

    Every run starts from the starting potential of its protocol with nothing left of earlier
    runs, so the order of runs does not matter. One process has one NEURON: close a cell before
    another one is built.

        with WorkingCell(study.cell) as cell:
            cell.set({"soma.hh.gnabar": 0.1})
            response = cell.run(protocol)

    MOD files that come with the cell's own files must be in `allow_code`, as its study has it.

    Attributes:
        description: The cell.
        morphology: Its morphology, None for templates that bring their own shape.
    """

    morphology: Morphology | None

    def __init__(self, description: Cell, allow_code: Iterable[Path] = ()) -> None:
        self.description = description
        self._allow_code = tuple(allow_code)
        source = description.morphology
        self.morphology = source.loader.load(source.file) if source is not None else None
        self._live: LiveCell | None = None
        self._key: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the cell down; it is built anew if used again."""
        if self._live is not None:
            self._live.close()
            self._live, self._key = None, None

    def values(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return complete values: the template's defaults, the study's values, `parameters`."""
        template = self.description.template
        defaults = {p.name: p.default for p in template.parameters if p.default is not None}
        return {**defaults, **self.description.parameters, **parameters}

    def fits(self, values: Mapping[str, Any]) -> bool:
        """Return whether the cell as it is built can take complete values in place."""
        return self._live is not None and self._key == self.description.template.structural(values)

    def set(self, parameters: Mapping[str, Any]) -> None:
        """Give the cell the values of a parameter set; what it does not name goes back.

        Raises:
            CellError: If a value is unknown, missing or impossible.
            MechanismError: If a catalogue cannot be compiled or loaded.
        """
        self.place(self.values(parameters))

    def place(self, values: Mapping[str, Any], needed: Iterable[str] = ()) -> None:
        """Give the cell complete values, building it anew only if its structure changes.

        Args:
            values: A value for every parameter of the template.
            needed: Catalogues to load besides the cell's own, before the cell is built.
        """
        template = self.description.template
        if self.fits(values) and self._live is not None:
            self._live.apply(template.settings(self._live.structure, values))
            return
        self.close()
        structure = template.structure(self.morphology, values)
        check_code(structure.catalogues, self._allow_code)
        catalogues.load(dict.fromkeys([*structure.catalogues, *needed]))
        self._live = LiveCell(structure, template.settings(structure, values))
        self._key = template.structural(values)

    @property
    def structure(self) -> CellStructure:
        """Structure of the cell that is built.

        Raises:
            CellError: If none is built yet.
        """
        return self._built.structure

    @property
    def _built(self) -> LiveCell:
        if self._live is None:
            raise CellError("no cell is built yet; give it a parameter set first")
        return self._live

    def run(self, protocol: Protocol, name: str = "protocol") -> Response:
        """Run a protocol on the cell and return its traces.

        Raises:
            CellError: If the cell was not given values yet.
            ProtocolError: If a drive or signal does not fit the cell.
            LocationError: If a location finds no place.
            SimulationError: If the run failed or its traces make no sense.
        """
        return run_protocol(self._built, protocol, name)


def check_code(names: Iterable[str], allow_code: Iterable[Path]) -> None:
    """Refuse folders of MOD files, such as an imported cell brings, that a study does not allow.

    Registered catalogues are installed on purpose; a folder is code that came with a file.

    Args:
        names: Catalogues of a cell: names, or paths of folders.
        allow_code: What its study allows.

    Raises:
        CellError: Naming the files that `allow_code` lacks, as it takes them.
    """
    allowed = {Path(file).resolve() for file in allow_code}
    files = [file for name in names if catalogues.is_folder(name) for file in mod_files(Path(name))]
    lacking = [str(file) for file in files if file.resolve() not in allowed]
    if lacking:
        raise CellError(
            "the cell needs MOD files, which are code: look at them, then add to the study "
            f"allow_code: {json.dumps(lacking, ensure_ascii=False)}"
        )


def catalogue_digests(names: Iterable[str]) -> dict[str, str]:
    """Return a hash of the content of every catalogue named, for provenance."""
    digests = {}
    for name in dict.fromkeys(names):
        parts = sorted(f"{m.name} {m.digest}" for m in catalogues.read(name).mechanisms)
        digests[name] = sha256("\n".join(parts).encode()).hexdigest()
    return digests
