"""What the annotations of a description say: fields, plug-in kinds, units, words for messages."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

import attrs
import numpy as np

import bouton.contracts
import bouton.model.locations
import bouton.model.study
from bouton.errors import PluginError
from bouton.plugins.specs import one_of

NONE = type(None)

_CONTRACT_KINDS = {
    "MorphologyLoader": "morphology_loaders",
    "CellTemplate": "cell_templates",
    "ProtocolSource": "protocols",
    "FeatureExtractor": "feature_extractors",
    "Optimizer": "optimizers",
    "Recorder": "recorders",
    "Objectives": "objectives",
    "Stimulus": "stimuli",
    "Executor": "executors",
    "Placement": "placements",
    "Connector": "connectors",
    "Device": "devices",
    "CellTarget": "targets",
    "NetworkImporter": "network_importers",
}

_UNITS = re.split(
    r"\s+",
    "S_cm2 uS_cm2 mS_cm2 uF_cm2 mA_cm2 nA_cm2 ohm_cm kohm_cm2 ns us ms s min h nA pA uA mA A uV mV "
    "V nm um mm cm m um2 um3 Hz kHz MHz pS nS uS mS S pF nF uF F MOhm Mohm ohm nM uM mM C K "
    "deg rad kB MB GB percent per_mm2 per_mm3 per_um per_um2 per_um3 per_ms nA_ms mV_ms",
)
_WITH_UNIT = re.compile(
    "(?P<stem>.+?)_(?P<unit>" + "|".join(sorted(_UNITS, key=len, reverse=True)) + ")"
)


@attrs.frozen
class PluginKind:
    """Marks an annotation: here comes a plug-in of this kind."""

    kind: str


@attrs.frozen
class PathKind:
    """Marks a path: `file` and `folder` must exist, `any` need not."""

    what: Literal["file", "folder", "any"]


@attrs.frozen
class Field:
    """One field of a description, as a document sees it.

    Attributes:
        name: Key in the document.
        annotation: Resolved annotation; metadata of the field became a marker in it.
        attribute: The attrs attribute.
        owner: Class that has the field.
    """

    name: str
    annotation: Any
    attribute: attrs.Attribute[Any]
    owner: type

    @property
    def is_required(self) -> bool:
        """Whether a document must give it."""
        return self.attribute.default is attrs.NOTHING


_known_fields: dict[type, dict[str, Field]] = {}


def fields_of(cls: type) -> dict[str, Field]:
    """Return the fields of an attrs class by their key in a document.

    Raises:
        PluginError: If an annotation names something that cannot be found.
    """
    if cls in _known_fields:
        return _known_fields[cls]
    hints = _hints(cls)
    found = {}
    for attribute in attrs.fields(cls):
        if attribute.init:
            annotation = _marked(hints.get(attribute.name, Any), attribute.metadata)
            name = attribute.alias or attribute.name
            found[name] = Field(name, annotation, attribute, cls)
    _known_fields[cls] = found
    return found


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except NameError:
        pass
    # Contracts and typing helpers are often imported for type checkers only.
    known = {
        **vars(bouton.contracts),
        **vars(bouton.model.locations),
        "Path": Path,
        "Mapping": Mapping,
        "Sequence": Sequence,
        "Any": Any,
        "ParameterValue": bouton.model.study.ParameterValue,
    }
    try:
        return typing.get_type_hints(cls, localns=known, include_extras=True)
    except NameError as error:
        raise PluginError(
            f"{cls.__module__}.{cls.__qualname__} cannot be read from documents: its annotations "
            f"use {error.name!r}, which is imported for type checkers only; import it for real"
        ) from error


def _marked(annotation: Any, metadata: Mapping[Any, Any]) -> Any:  # noqa: ANN401
    if "plugin" in metadata:
        annotation = mark(annotation, PluginKind(metadata["plugin"]))
    if "path" in metadata:
        annotation = mark(annotation, PathKind(metadata["path"]))
    return annotation


def mark(annotation: Any, marker: object) -> Any:  # noqa: ANN401
    """Return an annotation with the innermost types of its containers marked."""
    origin, args = get_origin(annotation), get_args(annotation)
    if is_union(annotation):
        return Union[tuple(arg if arg is NONE else mark(arg, marker) for arg in args)]  # noqa: UP007
    if isinstance(origin, type) and issubclass(origin, Mapping):
        inner: Any = mark(args[1], marker)
        return Mapping[args[0], inner]  # type: ignore[valid-type]
    if isinstance(origin, type) and issubclass(origin, Sequence):
        inner = mark(args[0], marker)
        return list[inner] if origin is list else tuple[inner, ...]
    return Annotated[annotation, marker]


def is_union(annotation: Any) -> bool:  # noqa: ANN401
    """Return whether an annotation is `X | Y`, `Optional` or `Union`."""
    return get_origin(annotation) in (Union, types.UnionType)


def plugin_kind(annotation: Any) -> str:  # noqa: ANN401
    """Return the kind of plug-in that an annotation asks for, or an empty text."""
    if get_origin(annotation) is Annotated:
        markers = [m for m in get_args(annotation)[1:] if isinstance(m, PluginKind)]
        return markers[0].kind if markers else plugin_kind(get_args(annotation)[0])
    if getattr(annotation, "__module__", "") == bouton.contracts.__name__:
        return _CONTRACT_KINDS.get(getattr(annotation, "__name__", ""), "")
    return ""


def split_unit(name: str) -> tuple[str, str]:
    """Return a field name without its unit, and the unit; `delay_ms` gives `delay`, `ms`."""
    match = _WITH_UNIT.fullmatch(name)
    return (match["stem"], match["unit"]) if match else (name, "")


def unit_hint(key: str, known: Sequence[str]) -> str:
    """Return a hint if a known field differs from `key` in its unit only, else an empty text."""
    stem = split_unit(key)[0]
    for name in known:
        other, unit = split_unit(name)
        if unit and other == stem:
            return f"did you mean {name}? this field is in {unit}"
    return ""


def expected(annotation: Any) -> str:  # noqa: ANN401
    """Return in words what an annotation accepts."""
    if kind := plugin_kind(annotation):
        return one_of(kind)
    simple = {
        float: "a number",
        int: "a whole number",
        str: "text",
        bool: "true or false",
        NONE: "nothing",
        Path: "a path",
        np.ndarray: "a list of numbers",
        bouton.model.locations.Location: "a place such as soma(0.5)",
    }
    origin, args = get_origin(annotation), get_args(annotation)
    if annotation in simple or origin in simple:
        return simple.get(annotation) or simple[origin]
    if origin is Annotated:
        return expected(args[0])
    if origin is Literal:
        return "one of " + ", ".join(str(arg) for arg in args)
    if is_union(annotation):
        return " or ".join(dict.fromkeys(expected(arg) for arg in args if arg is not NONE))
    if isinstance(annotation, NewType):
        return expected(annotation.__supertype__)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "a mapping"
    return "a list" if origin is not None else "a mapping"
