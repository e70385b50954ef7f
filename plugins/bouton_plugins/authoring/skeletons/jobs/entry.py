"""A job: spikes counted over a range of currents, as a section of a study."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from attrs import field, frozen, validators

from bouton.errors import Problem, StudyError
from bouton.files import study_hash
from bouton.jobs.cells import WorkingCell, catalogue_digests
from bouton.jobs.progress import Progress
from bouton.model.cell import CellStructure
from bouton.model.locations import At, SpikeSource
from bouton.model.protocol import Integration, PointDrive, Protocol, Signal
from bouton.model.study import Study
from bouton.results.directory import RunDirectory
from bouton.results.provenance import provenance
from bouton.results.records import part_record, start_record


@frozen
class Skeleton:
    """Counts the spikes of the cell of a study over a range of currents.

    Attributes:
        currents_nA: Currents into the first section.
        duration_ms: How long each run is.
        celsius: Temperature.
        v_init_mV: Starting potential.
    """

    currents_nA: tuple[float, ...] = (0.1, 0.2, 0.3)
    duration_ms: float = field(default=100.0, validator=validators.gt(0.0))
    celsius: float = 6.3
    v_init_mV: float = -65.0

    def execute(
        self,
        study: Study,
        out: Path | str,
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Do it in a new run directory, which gets a table `spikes.csv`.

        Raises:
            StudyError: If the study has no cell.
            ResultsError: If the directory is in use or cannot be written.
        """
        if study.cell is None:
            raise StudyError([Problem("there is no cell", path="cell", hint="add a cell")])
        with WorkingCell(study.cell, study.allow_code) as cell:
            cell.set({})
            told = self._provenance(study, cell.structure)
            kind = "skeleton-entry"
            with RunDirectory.create(out, kind, study.document, told, force=force) as run:
                run.append([start_record()])
                counts = list(self._counts(cell))
                if progress is not None:
                    progress.note(f"{len(counts)} currents done")
                rows = zip(self.currents_nA, counts, strict=True)
                lines = ["current_nA,spikes", *(f"{nA},{count}" for nA, count in rows)]
                run.write_text("spikes.csv", "\n".join(lines) + "\n")
                run.append([part_record(kind, {"spikes": counts})])

    def _counts(self, cell: WorkingCell) -> Iterator[int]:
        first = At(cell.structure.morphology.sections[0].name, 0.5)
        settings = Integration(celsius=self.celsius, v_init_mV=self.v_init_mV)
        for nA in self.currents_nA:
            clamp = PointDrive("IClamp", first, {"dur": self.duration_ms, "amp": nA})
            spikes = Signal("spikes", "spikes", SpikeSource())
            told = Protocol((clamp,), (spikes,), self.duration_ms, settings)
            yield int(np.size(cell.run(told)["spikes"].t_ms))

    def _provenance(self, study: Study, structure: CellStructure) -> dict[str, object]:
        digest = study_hash(study.document)
        used = catalogue_digests(structure.catalogues)
        return dict(provenance(study.document, study_sha256=digest, catalogues=used))
