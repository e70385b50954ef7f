"""Simulate a stored network."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from bouton.errors import NetworkError, Problem, StudyError, did_you_mean
from bouton.files.node import from_plain
from bouton.files.overrides import apply_overrides
from bouton.files.source import close_files
from bouton.jobs.networks import Simulated, simulate_network
from bouton.model.inline import with_value
from bouton.model.network import Network
from bouton.model.study import Study
from bouton_plugins.networks.description import number_at
from bouton_plugins.reconstruction.reading import simulations_of
from bouton_plugins.reconstruction.simulation.building import check_names, network_of
from bouton_plugins.reconstruction.simulation.description import SimulationRule
from bouton_plugins.reconstruction.store import read_tissue
from bouton_plugins.reconstruction.tissue import Tissue


@frozen(eq=False)
class StoredNetwork:
    """A stored network in one of its simulations, as jobs on networks take it.

    Attributes:
        tissue: The network.
        rule: The simulation.
    """

    tissue: Tissue
    rule: SimulationRule

    @property
    def repeats(self) -> int:
        """Number of realisations: there is one."""
        return 1

    @property
    def seed(self) -> int:
        """Seed of the simulation; that of the network if it has none."""
        return self.tissue.seed if self.rule.seed is None else self.rule.seed

    def network(
        self,
        values: Mapping[str, Any] | None = None,
        rank: int = 0,
        ranks: int = 1,
        repeat: int = 0,
    ) -> Network:
        """Return the network with the connections onto the cells of one process.

        Args:
            values: Numbers of the simulation to put in place, by path, such as
                `connection_models.NAME.synapses.0.weight`.
            rank: Number of the process.
            ranks: Number of processes.
            repeat: Number of the realisation, 0.

        Raises:
            NetworkError: If a path leads nowhere, or the network is impossible.
            StudyError: If the simulation names what the network does not have.
        """
        del repeat
        rule = self.rule
        for path, value in (values or {}).items():
            rule = with_value(rule, path, value, NetworkError)
        return network_of(self.tissue, rule, rank, ranks)

    def default(self, path: str) -> float:
        """Return the number at a path of the simulation.

        Raises:
            NetworkError: If there is no number.
        """
        return number_at(self.rule, path)

    def parts(self, path: str) -> Sequence[str]:
        """Return what a number may change: every cell."""
        del path
        return tuple(self.rule.cell_models)


def stored_study(file: Path | str, name: str | None = None, overrides: Sequence[str] = ()) -> Study:
    """Return a study of a stored network in one of its simulations.

    Args:
        file: What `bouton network compile` made.
        name: The simulation; may be left out if there is one only.
        overrides: Texts `path=value` that change the simulation.

    Raises:
        StudyError: If there is no such file or simulation, or it does not fit the network.
        ResultsError: If the file is damaged or something else.
    """
    path = Path(os.path.abspath(file))
    if not path.exists():
        raise StudyError([Problem("no such file", file=str(file), hint=close_files(path))])
    tissue = read_tissue(path)
    name, told = _chosen(tissue, name, path)
    told = _overridden(told, overrides)
    rule = simulations_of({"simulations": {name: told}})[name]
    check_names(tissue, rule)
    title = f"{path.stem} {name}"
    document = {
        "name": title,
        "simulation": told,
        "tissue": {"file": str(path), "digest": tissue.digest, "seed": tissue.seed},
        "files": {str(path): tissue.digest},
    }
    return Study(title, jobs={"network": StoredNetwork(tissue, rule)}, document=document)


def _chosen(tissue: Tissue, name: str | None, path: Path) -> tuple[str, Mapping[str, Any]]:
    known: dict[str, Mapping[str, Any]] = dict(tissue.config.get("simulations", {}))
    if name is None and len(known) == 1:
        name = next(iter(known))
    if name is None or name not in known:
        message = "say which simulation" if name is None else f"no simulation {name!r}"
        hint = did_you_mean(name or "", known) or "add one with `bouton network reconfigure`"
        raise StudyError([Problem(message, file=str(path), hint=hint)])
    return name, known[name]


def _overridden(told: Mapping[str, Any], overrides: Sequence[str]) -> Mapping[str, Any]:
    node, problems = apply_overrides(from_plain(dict(told)), overrides)
    if problems:
        raise StudyError(problems)
    changed: Mapping[str, Any] = node.plain()
    return changed


def simulate_stored(
    file: Path | str,
    name: str | None,
    out: Path | str,
    overrides: Sequence[str] = (),
    *,
    force: bool = False,
    then: Callable[[Simulated], None] | None = None,
    tell: Callable[[str], None] | None = None,
) -> Simulated | None:
    """Simulate a stored network and leave a finished run directory.

    Started by an MPI launcher, all processes take part and the first one writes.

    Args:
        file: What `bouton network compile` made.
        name: One of its simulations; may be left out if there is one only.
        out: Run directory; made if missing.
        overrides: Texts `path=value` that change the simulation.
        force: Replace the run that is there.
        then: Called by the first process when all is written, while the others wait.
        tell: Called by the first process with everything that was left out.

    Returns:
        What happened; None in all processes but the first.

    Raises:
        StudyError: If there is no such file or simulation, or `out` is taken.
        NetworkError: If a cell, a synapse or a device is impossible.
        SimulationError: If the run failed.
        ResultsError: If the file is damaged, or the directory cannot be written.
    """
    study = stored_study(file, name, overrides)
    folder = Path(out)
    if folder.exists() and not force and (not folder.is_dir() or any(folder.iterdir())):
        hint = "choose another directory, or replace the run in it with --force"
        raise StudyError([Problem(f"{folder} exists already", path="--out", hint=hint)])
    source: StoredNetwork = study.jobs["network"]

    def finished(done: Simulated) -> None:
        if tell is not None:
            for text in left_out(source.tissue, source.rule):
                tell(text)
        if then is not None:
            then(done)

    return simulate_network(study, out, force=force, then=finished)


def left_out(tissue: Tissue, rule: SimulationRule) -> Iterator[str]:
    """Yield a sentence on everything in the network that a simulation leaves out."""
    for population in tissue.populations:
        if population.name not in rule.cell_models:
            yield f"{population.name!r} cells are not simulated: cell_models does not name them"
    for one in tissue.connections:
        if one.name not in rule.connection_models and len(one):
            yield (
                f"the {len(one)} contacts of {one.name!r} are not simulated: connection_models "
                "does not name them"
            )
