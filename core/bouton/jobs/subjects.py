"""What a search varies: the cell of a study, or its network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bouton.errors import NetworkError, Problem, StudyError, did_you_mean
from bouton.jobs.cells import catalogue_digests
from bouton.jobs.evaluating import Evaluator, required_cell
from bouton.model.cell import Parameter
from bouton.model.study import Study

_CELL_WORKER = "bouton.jobs.searching:worker"
_NETWORK_WORKER = "bouton.jobs.network_tuning:worker"


def is_network(study: Study) -> bool:
    """Return whether a search on this study varies its network."""
    return study.cell is None and "network" in study.jobs


def worker_of(study: Study) -> str:
    """Return what worker processes of a search on this study serve."""
    return _NETWORK_WORKER if is_network(study) else _CELL_WORKER


def parameter_table(study: Study) -> dict[str, Parameter]:
    """Return the parameters that a search may vary without being told more; none of a network.

    Raises:
        StudyError: If there is neither a cell nor a network.
    """
    if is_network(study):
        return {}
    return {p.name: p for p in required_cell(study).template.parameters}


def unknown_parameters(study: Study, names: Sequence[str], path: str) -> list[Problem]:
    """Return a problem for every name that leads nowhere."""
    if is_network(study):
        return [p for name in names if (p := _network_problem(study, name, path)) is not None]
    table = parameter_table(study)
    addressed = tuple(f"{name}." for name in study.protocols)
    return [
        Problem(f"unknown parameter {name!r}", path, hint=did_you_mean(name, table))
        for name in names
        if name not in table and not name.startswith(addressed)
    ]


def _network_problem(study: Study, name: str, path: str) -> Problem | None:
    try:
        study.jobs["network"].default(name)
    except NetworkError as error:
        return Problem(str(error), path, hint="a path in the network section, to a number")
    return None


def own_values(study: Study, names: Sequence[str]) -> Mapping[str, Any]:
    """Return the values that the study itself gives."""
    if is_network(study):
        return {name: study.jobs["network"].default(name) for name in names}
    cell = required_cell(study)
    return {**{p.name: p.default for p in cell.template.parameters}, **cell.parameters}


def examine(study: Study, parameters: Mapping[str, float]) -> dict[str, str]:
    """Check that a candidate can be evaluated; return the hash of every catalogue it needs.

    Raises:
        StudyError: If the study does not fit the job.
        BoutonError: If the cell or network is impossible.
    """
    if not is_network(study):
        with Evaluator(study) as evaluator:
            return evaluator.examine(parameters)
    from bouton.jobs.network_tuning import check_objectives
    from bouton.jobs.networks import allowed_network

    check_objectives(study)
    try:
        network = allowed_network(study, parameters)
    except NetworkError as error:
        raise StudyError([Problem(str(error), "network")]) from error
    return catalogue_digests(network.catalogues)
