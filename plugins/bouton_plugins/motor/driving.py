"""What a worker does: one cell of a pool through one trial."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

from bouton.errors import StudyError
from bouton.files import load_document
from bouton.jobs.cells import WorkingCell
from bouton_plugins.measurements.population import members_of
from bouton_plugins.motor.drive import Drive, pool_of


def worker(argument: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return the function that worker processes serve: trial and cell in, spike times out."""
    study = load_document(argument["document"])
    job = study.jobs.get("drive")
    if not isinstance(job, Drive):
        raise StudyError([])
    start_mV = pool_of(study).initial_voltage__mV
    members = {member.index: member for member in members_of(study)}

    def work(payload: Mapping[str, Any]) -> dict[str, Any]:
        member = members[payload["index"]]
        began = process_time()
        with WorkingCell(member.cell, study.allow_code) as cell:
            cell.set({})
            protocol = job.protocol(job.trials[payload["trial"]], member, start_mV)
            # The potential is recorded so that a trace that diverges fails, spikes and all.
            response = cell.run(protocol, payload["trial"])
        times = response["spikes"].t_ms
        return {"spikes_ms": times.tolist(), "cpu_s": process_time() - began}

    return work
