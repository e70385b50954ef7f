"""Simulations as plain data, for records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from bouton.errors import ProtocolError, did_you_mean


def changed(simulation: object, changes: Mapping[str, Any]) -> object:
    """Return a description with some fields changed; functions get theirs as arguments."""
    cls: Any = type(simulation)
    if not changes or not attrs.has(cls):
        return simulation
    known = [one.name for one in attrs.fields(cls)]
    for name in changes:
        if name not in known:
            raise ProtocolError(
                f"{type(simulation).__name__} has no field {name!r}; {did_you_mean(name, known)}"
            )
    described: Any = simulation
    return attrs.evolve(described, **changes)


def name_of(simulation: object) -> str:
    """Return the name of a function, or of the class of a description."""
    return str(getattr(simulation, "__name__", type(simulation).__name__))


def arguments(simulation: object, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a simulation was given, as plain data."""
    cls: Any = type(simulation)
    given = (
        {one.name: getattr(simulation, one.name) for one in attrs.fields(cls)}
        if attrs.has(cls)
        else changes
    )
    return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401
    if attrs.has(type(value)):
        return {"type": type(value).__name__, **attrs.asdict(value, value_serializer=_text)}
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if value is None or isinstance(value, bool | int | float | str | np.ndarray):
        return value
    return repr(value)


def _text(instance: object, attribute: object, value: object) -> object:
    del instance, attribute
    if isinstance(value, np.ndarray):
        return value.tolist()
    is_plain = value is None or isinstance(value, bool | int | float | str | list | dict | tuple)
    return value if is_plain else str(value)
