"""What cells ask of the whole process: they must agree, or somebody must decide."""

from __future__ import annotations

from collections.abc import Iterator

from bouton.errors import NetworkError
from bouton.model.network import CellModel, Network
from bouton.nrn.engine import h


def check_cell_settings(network: Network) -> None:
    """Refuse a temperature or starting potential that a cell does not want.

    Raises:
        NetworkError: Naming the cells, unless the network says that they run at its own.
    """
    if network.ignore_cell_settings:
        return
    told = network.integration
    for name, ours in (("celsius", told.celsius), ("v_init_mV", told.v_init_mV)):
        wanted: dict[float, str] = {}
        for population, model in _cell_models(network):
            value = getattr(model.structure, name)
            if value is not None:
                wanted.setdefault(float(value), f"{population}/{model.name}")
        if any(value != ours for value in wanted):
            asked = ", ".join(f"{cell} {value:g}" for value, cell in wanted.items())
            raise NetworkError(
                f"{name} is {ours:g} in the network's simulation, but cells are made for another "
                f"({asked}); set simulation.integration.{name}, or decide with "
                "ignore_cell_settings: true that they run at the network's value"
            )


def network_globals(network: Network) -> dict[str, float]:
    """Return the mechanism globals of the network; call when all mechanisms are loaded.

    A cell that carries a mechanism and does not set its global means the mechanism's own value.

    Raises:
        NetworkError: If two kinds of cells mean different values and the network does not decide.
    """
    models = list(_cell_models(network))
    named = {name for _, model in models for name in model.settings.global_values}
    values = dict(network.global_values)
    for name in sorted(named - set(values)):
        wanted: dict[float, str] = {}
        for population, model in models:
            value = _meant(model, name)
            if value is not None:
                wanted.setdefault(value, f"{population}/{model.name}")
        if len(wanted) > 1:
            asked = ", ".join(f"{cell} {value:g}" for value, cell in wanted.items())
            raise NetworkError(
                f"cells mean different values of {name} ({asked}), and there is one for the whole "
                f"process; decide with globals: {{{name}: VALUE}}"
            )
        values[name] = next(iter(wanted))
    return values


def _meant(model: CellModel, name: str) -> float | None:
    if name in model.settings.global_values:
        return float(model.settings.global_values[name])
    points = [placed.mechanism for placed in model.structure.point_processes]
    mechanisms = [*model.structure.mechanisms, *points]
    if any(name.endswith(f"_{mechanism}") for mechanism in mechanisms):
        return float(getattr(h, name))
    return None


def _cell_models(network: Network) -> Iterator[tuple[str, CellModel]]:
    for population in network.populations:
        seen: set[int] = set()
        for model in population.models:
            if isinstance(model, CellModel) and id(model) not in seen:
                seen.add(id(model))
                yield population.name, model
