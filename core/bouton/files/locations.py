"""Places on a cell as studies write them, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import attrs
from attrs import evolve

from bouton.errors import did_you_mean
from bouton.files.converter import Hook, Reader
from bouton.files.node import Node
from bouton.model.locations import (
    At,
    EverySegment,
    Location,
    OnLabel,
    PathDistance,
    RandomSample,
    SpikeSource,
    TrunkDistance,
)

T = TypeVar("T")

# The key that tells the rule, the class, and the field that the key stands for. The first that
# is present counts, because `label` also narrows the others.
FORMS: dict[str, tuple[type, str]] = {
    "trunk_distance_um": (TrunkDistance, "distance_um"),
    "path_distance_um": (PathDistance, "distance_um"),
    "sample": (RandomSample, "n"),
    "every_segment": (EverySegment, "label"),
    "spike_source": (SpikeSource, ""),
    "section": (At, "section"),
    "label": (OnLabel, "label"),
}


def read_location(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401
    """Return the rule that a text such as `soma(0.5)`, or a mapping, stands for."""
    location = _read(reader, node)
    if wanted is not Location and not isinstance(location, wanted):
        reader.refuse(node, f"expected a place of the form {_form(wanted)}")
    return location


def write_location(location: object) -> dict[str, Any]:
    """Return the mapping that reads as the location.

    Raises:
        KeyError: If it is no location that a document can hold.
    """
    forms = {cls: (key, name) for key, (cls, name) in FORMS.items()}
    key, name = forms[type(location)]
    if isinstance(location, SpikeSource):
        return {key: True}
    values = attrs.asdict(cast("attrs.AttrsInstance", location))
    document = {key: values.pop(name), **values}
    if isinstance(location, EverySegment) and not location.label:
        document[key] = True
    return {key: value for key, value in document.items() if value is not None}


def _read(reader: Reader, node: Node) -> object:
    if isinstance(node.value, str):
        try:
            return At.parse(node.value)
        except ValueError as error:
            reader.refuse(node, str(error))
    given = reader.mapping(node, "a place such as soma(0.5)")
    key = next((key for key in FORMS if key in given), "")
    if not key:
        for other, inner in given.items():
            reader.note(inner, f"unknown key {other!r}", did_you_mean(other, FORMS))
        reader.refuse(node, f"a place needs one of the keys {', '.join(FORMS)}")
    cls, name = FORMS[key]
    if key == "every_segment":
        return _every_segment(reader, node, given)
    if key == "spike_source":
        return _spike_source(reader, node, given)
    if key == "sample" and type(node.value[key].value) is int and node.value[key].value < 1:
        reader.refuse(given[key], f"expected at least 1, got {node.value[key].value}")
    return _renamed(reader, node, cls, key, name)


def _renamed(reader: Reader, node: Node, cls: type[T], key: str, name: str) -> T:
    """Read a class one of whose fields goes by another name in documents."""
    if key == name:
        return reader.description(node, cls)
    given = node.value
    rest = {k: v for k, v in given.items() if k != key}
    fields = reader.fields(node, cls)
    value = reader.field(node.child(key), fields[name])
    if name in rest:
        reader.unknown_key(node.child(name), name, [f for f in fields if f != name] + [key])
        rest.pop(name)
    return reader.description(evolve(node, value=rest), cls, {name: value})


def _every_segment(reader: Reader, node: Node, given: Mapping[str, Node]) -> EverySegment:
    for key in given:
        if key != "every_segment":
            reader.unknown_key(given[key], key, ["every_segment"])
    wanted = node.value["every_segment"].value
    if wanted is not True and not (isinstance(wanted, str) and wanted):
        reader.refuse(given["every_segment"], "expected true, or a label as text")
    return EverySegment() if wanted is True else EverySegment(wanted)


def _spike_source(reader: Reader, node: Node, given: Mapping[str, Node]) -> SpikeSource:
    for key in given:
        if key != "spike_source":
            reader.unknown_key(given[key], key, ["spike_source"])
    if node.value["spike_source"].value is not True:
        reader.refuse(given["spike_source"], "expected true")
    return SpikeSource()


def _form(wanted: type) -> str:
    key = next(key for key, (cls, _) in FORMS.items() if cls is wanted)
    return f"{{{key}: ...}}"


LOCATION_HOOKS: dict[Any, Hook] = dict.fromkeys(
    (Location, *(cls for cls, _ in FORMS.values())), read_location
)
