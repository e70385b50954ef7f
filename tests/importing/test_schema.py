"""The shipped JSON Schema says what the reader takes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import attrs
import pytest

from bouton_plugins.importing import portable, writing

SCHEMA: dict[str, Any] = json.loads(
    files("bouton_plugins.importing").joinpath("portable-cell.schema.json").read_text()
)
CLASSES = [
    one
    for one in vars(portable).values()
    if isinstance(one, type) and attrs.has(one) and one is not portable.Along
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_has_the_same_keys_in_the_schema(cls: type[attrs.AttrsInstance]) -> None:
    part = SCHEMA if cls is portable.PortableCell else SCHEMA["$defs"][cls.__name__]
    fields = attrs.fields(cls)
    assert list(part["properties"]) == [field.name for field in fields]
    assert part["required"] == [f.name for f in fields if f.default is attrs.NOTHING]
    assert part["additionalProperties"] is False


def test_the_schema_has_nothing_else() -> None:
    assert set(SCHEMA["$defs"]) == {c.__name__ for c in CLASSES} - {"PortableCell"} | {"Along"}
    assert SCHEMA["properties"]["format"]["const"] == writing.FORMAT
    assert SCHEMA["properties"]["version"]["enum"][-1] == writing.VERSION
