"""Validators that say what was expected."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


def _check(expected: str, fits: Callable[[float], bool]) -> Callable[[object, Any, float], None]:
    def check(instance: object, attribute: Any, value: float) -> None:  # noqa: ANN401
        del instance
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and math.isfinite(value) and fits(value)):
            raise ValueError(f"{attribute.name} must be {expected}, got {value!r}")

    return check


finite = _check("a finite number", math.isfinite)
positive = _check("above 0", lambda value: value > 0)
not_negative = _check("0 or above", lambda value: value >= 0)
count = _check("a whole number of at least 1", lambda value: value >= 1 and value == int(value))
seed = _check("a whole number of at least 0", lambda value: value >= 0 and value == int(value))
