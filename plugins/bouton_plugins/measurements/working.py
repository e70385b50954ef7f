"""What a worker does: measure one cell of a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import process_time
from typing import Any

from attrs import evolve

from bouton.files import load_document
from bouton.jobs.cells import WorkingCell
from bouton.model.study import Study
from bouton_plugins.measurements.bench import Bench
from bouton_plugins.measurements.job import Measure
from bouton_plugins.measurements.population import Member, members_of


def worker(argument: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the function that worker processes serve: index of a cell in, features out."""
    study = load_document(argument["document"])
    job = measure_job(study)
    members = {member.index: member for member in members_of(study)}

    def work(payload: Mapping[str, Any]) -> dict[str, Any]:
        return measure_member(job, members[payload["index"]], study.allow_code)

    return work


def measure_job(study: Study) -> Measure:
    """Return the study's section `measure`, or its defaults."""
    job = study.jobs.get("measure")
    return job if isinstance(job, Measure) else Measure()


def measure_member(job: Measure, member: Member, allow_code: Sequence[Path] = ()) -> dict[str, Any]:
    """Measure one cell in this process and return plain data.

    Args:
        job: What to measure, and how.
        member: The cell.
        allow_code: Files with code that its study allows.

    Raises:
        CellError: If the cell cannot be built.
    """
    began = process_time()
    with WorkingCell(member.cell, allow_code) as cell:
        cell.set({})
        built = process_time()
        level = job.spike_level_mV
        bench = Bench(
            cell.run,
            electrode=evolve(job.electrode, method=job.electrode.method or job.procedure_method),
            start_mV=job.procedure.start_mV,
            spike_level_mV=cell.structure.spike_threshold_mV if level is None else level,
        )
        job.procedure.measure(bench)
    return {
        "features": {name: [feature.value, feature.unit] for name, feature in bench.found.items()},
        "reason": "; ".join(bench.reasons),
        "timings": {"build": built - began, "run": process_time() - built},
        "notes": {"runs": bench.runs, "simulated_ms": bench.simulated_ms},
    }
