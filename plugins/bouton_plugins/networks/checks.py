"""Validators of options."""

from __future__ import annotations

import math
from typing import Any

from bouton.model.expressions import parsed
from bouton.model.wiring import CELL_NAMES, PAIR_NAMES


def counted(instance: object, attribute: Any, value: int) -> None:  # noqa: ANN401
    """Refuse numbers below 0."""
    del instance
    if value < 0:
        raise ValueError(f"{attribute.name} must be 0 or above, got {value!r}")


def not_below_zero(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
    """Refuse what is below 0 or not finite."""
    del instance
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(f"{attribute.name} must be 0 or above, got {value!r}")


def above_zero(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
    """Refuse what is not above 0."""
    del instance
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{attribute.name} must be above 0, got {value!r}")


def pair_value(instance: object, attribute: Any, value: float | str) -> None:  # noqa: ANN401
    """Refuse a formula of pairs that cannot be used."""
    del instance, attribute
    parsed(value, PAIR_NAMES)


def pair_delay(instance: object, attribute: Any, value: float | str) -> None:  # noqa: ANN401
    """Refuse a delay that is not above 0, or a formula that cannot be used."""
    pair_value(instance, attribute, value)
    if not isinstance(value, str):
        above_zero(instance, attribute, value)


def pair_chance(instance: object, attribute: Any, value: float | str) -> None:  # noqa: ANN401
    """Refuse a probability outside 0 to 1, or a formula that cannot be used."""
    del instance
    parsed(value, PAIR_NAMES, random=False)
    if not isinstance(value, str) and not 0.0 <= value <= 1.0:
        raise ValueError(f"{attribute.name} must be within 0 to 1, got {value!r}")


def cell_number(instance: object, attribute: Any, value: float | str) -> None:  # noqa: ANN401
    """Refuse a number per cell that is below 0, or a formula that cannot be used."""
    del instance
    parsed(value, CELL_NAMES)
    if not isinstance(value, str) and value < 0:
        raise ValueError(f"{attribute.name} must be 0 or above, got {value!r}")


def chance(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
    """Refuse a probability outside 0 to 1."""
    del instance
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"{attribute.name} must be within 0 to 1, got {value!r}")
