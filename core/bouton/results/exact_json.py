"""JSON that gives every number back exactly, and JSON that any strict parser accepts.

Standard JSON has no nan and no infinity. `encode` writes them as `{"$float": "nan"}`, `"inf"` and
`"-inf"`; keys of users that start with `$` gain one more `$`, so nothing is ambiguous. Finite
numbers are written with the fewest digits that read back as the same double.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from bouton.errors import ResultsError

_TAG = "$float"
_PLAIN = frozenset({str, bool, int})


def encode(value: Any) -> str:  # noqa: ANN401
    """Return compact ASCII JSON without line breaks; tuples and arrays become lists.

    Raises:
        ResultsError: If something in it is neither number, text, list, mapping, bool nor None.
    """
    return json.dumps(_tagged(value), allow_nan=False, separators=(",", ":"))


def decode(text: str | bytes) -> Any:  # noqa: ANN401
    """Return what `encode` was given, with lists for tuples.

    Raises:
        ValueError: If the text is not JSON.
    """
    marked = b'"$' in text if isinstance(text, bytes) else '"$' in text
    return json.loads(text, object_hook=_untagged if marked else None)


def strict(value: Any) -> Any:  # noqa: ANN401
    """Return a copy ready for `json.dumps`, with None for numbers that are not finite."""
    return _converted(value, lambda _: None, lambda key: key)


def _tagged(value: Any) -> Any:  # noqa: ANN401
    return _converted(value, lambda number: {_TAG: repr(number)}, _escaped)


def _escaped(key: str) -> str:
    return "$" + key if key.startswith("$") else key


def _untagged(item: dict[str, Any]) -> Any:  # noqa: ANN401
    if len(item) == 1 and _TAG in item:
        return float(item[_TAG])
    return {key.removeprefix("$"): value for key, value in item.items()}


def _converted(value: Any, not_finite: Any, key_of: Any) -> Any:  # noqa: ANN401
    if value is None or type(value) in _PLAIN:  # nearly everything: asked by type, not by class
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if isinstance(value, bool | str):
        return value
    if isinstance(value, float):
        number = float(value)
        return number if math.isfinite(number) else not_finite(number)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return {
            key_of(_text_key(key)): _converted(item, not_finite, key_of)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_converted(item, not_finite, key_of) for item in value]
    if hasattr(value, "tolist"):  # numpy scalars and arrays, without importing numpy
        plain = value.tolist()
        if type(plain) is not type(value):
            return _converted(plain, not_finite, key_of)
    raise ResultsError(
        f"cannot store {value!r}: results hold numbers, text, lists and mappings, "
        f"not {type(value).__name__}"
    )


def _text_key(key: object) -> str:
    if not isinstance(key, str):
        raise ResultsError(f"cannot store a mapping with the key {key!r}: keys must be text")
    return str(key)
