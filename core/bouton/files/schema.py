"""A JSON Schema of study files, for editors: every installed plug-in's options included.

It says the same as the loader as far as JSON Schema can: keys, types, choices, names of plug-ins.
What depends on values (bounds across fields, files that must exist) only the loader knows. Draft 7,
because that is what editors of YAML read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, get_args, get_origin

import attrs
import numpy as np

from bouton.errors import BoutonError
from bouton.files.containers import is_array, is_mapping, is_sequence
from bouton.files.locations import FORMS
from bouton.files.parameters import ParameterTable
from bouton.files.study import FILES, NOT_WRITTEN
from bouton.files.types import NONE, Field, fields_of, is_union, plugin_kind, split_unit
from bouton.model.inline import InlineProtocol
from bouton.model.locations import EverySegment, Location, SpikeSource
from bouton.model.study import Cell, MorphologySource, ParameterValue, Study
from bouton.plugins.docstrings import attribute_texts, sections
from bouton.plugins.specs import singular

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"
_INLINE: Mapping[str, type] = {"protocols": InlineProtocol}
_PLAIN: Mapping[Any, Schema] = {
    float: {"type": "number"},
    int: {"type": "integer"},
    str: {"type": "string"},
    bool: {"type": "boolean"},
    NONE: {"type": "null"},
    Path: {"type": "string", "minLength": 1},
    Any: {},
    object: {},
}


def study_schema(registry: Any = None) -> Schema:  # noqa: ANN401 - as in `load_study`
    """Return the JSON Schema of study files.

    Args:
        registry: Where plug-ins are looked up; Bouton's own if None.
    """
    if registry is None:
        from bouton.plugins import registry
    return _Writer(registry).study()


class _Writer:
    """Writes one schema; every class and kind of plug-in is defined once and referred to."""

    def __init__(self, registry: Any) -> None:  # noqa: ANN401
        self._registry = registry
        self._definitions: dict[str, Schema] = {}

    def study(self) -> Schema:
        fields = {key: f for key, f in fields_of(Study).items() if key not in NOT_WRITTEN}
        properties = self._properties(Study, fields)
        properties[FILES] = _texts("Content of input files: path to SHA-256.")
        for name, cls, summary in self._targets("jobs"):
            empty = [{"type": "null"}] if _needs_nothing(cls) else []
            properties[name] = {"anyOf": [self._reference(cls), *empty], "description": summary}
        return {
            "$schema": DRAFT,
            "title": "Bouton study",
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "definitions": dict(sorted(self._definitions.items())),
        }

    def _targets(self, kind: str) -> list[tuple[str, Any, str]]:
        """Return name, class and summary of the entries of a kind; None for one that is broken."""
        registry = getattr(self._registry, kind)
        found = []
        for offer in registry.offers():
            try:
                target: Any = offer.load()
            except BoutonError:
                target = None
            found.append((registry.name_of_offer(offer), target, offer.entry.summary))
        return found

    def _define(self, name: str, make: Callable[[], Schema]) -> Schema:
        if name not in self._definitions:
            self._definitions[name] = {}  # a class may contain itself
            self._definitions[name] = make()
        return {"$ref": f"#/definitions/{name}"}

    def _reference(self, cls: Any, use: str = "") -> Schema:  # noqa: ANN401
        """Return a reference to the schema of a class, or of a plug-in that `use` names."""
        if not (isinstance(cls, type) and attrs.has(cls)):
            return {"type": "object"}
        name = f"{cls.__module__}.{cls.__qualname__}" + (f":{use}" if use else "")
        return self._define(name, lambda: self._class(cls, use))

    def _class(self, cls: type, use: str) -> Schema:
        try:
            fields = fields_of(cls)
        except BoutonError:
            return {"type": "object"}
        extra = {"use": {"const": use}} if use else {}
        return _object(
            {**extra, **self._properties(cls, fields)},
            [*extra, *(name for name, f in fields.items() if f.is_required)],
            sections(cls)[""].partition("\n\n")[0],
        )

    def _properties(self, cls: type, fields: Mapping[str, Field]) -> dict[str, Schema]:
        texts = attribute_texts(cls)
        return {
            name: _described(self._field(field), texts.get(field.attribute.name, ""), name)
            for name, field in fields.items()
        }

    def _field(self, field: Field) -> Schema:
        if (field.owner, field.name) == (Cell, "parameters"):
            return {"anyOf": [self._reference(ParameterTable), self._values()]}
        if (field.owner, field.name) == (ParameterTable, "values"):
            return self._values()
        return self._type(field.annotation)

    def _values(self) -> Schema:
        return {
            "type": "object",
            "additionalProperties": self._type(ParameterValue),
            "not": {"required": ["file"]},
        }

    def _type(self, wanted: Any) -> Schema:  # noqa: ANN401
        special = self._special(wanted)
        if special is not None:
            return special
        if kind := plugin_kind(wanted):
            return self._define(f"kind.{kind}", lambda: self._kind(kind))
        if isinstance(wanted, NewType):
            return self._type(wanted.__supertype__)
        if get_origin(wanted) is Annotated:
            return self._type(get_args(wanted)[0])
        if get_origin(wanted) is Literal:
            return {"enum": list(get_args(wanted))}
        if is_union(wanted):
            return {"anyOf": [self._type(member) for member in get_args(wanted)]}
        return self._container(wanted)

    def _special(self, wanted: Any) -> Schema | None:  # noqa: ANN401
        if wanted is MorphologySource:
            return self._define("morphology", self._morphology)
        if wanted is Location or wanted in {cls for cls, _ in FORMS.values()}:
            return self._define("place", self._place)
        try:
            plain = _PLAIN.get(wanted)
        except TypeError:  # an annotation that cannot be hashed is none of these
            plain = None
        return None if plain is None else dict(plain)

    def _container(self, wanted: Any) -> Schema:  # noqa: ANN401
        if is_array(wanted) or wanted is np.ndarray:
            return {"type": "array"}
        if is_mapping(wanted):
            key, value = get_args(wanted) or (str, Any)
            keys = {"propertyNames": {"pattern": "^-?[0-9]{1,18}$"}} if key is int else {}
            return {"type": "object", "additionalProperties": self._type(value), **keys}
        if is_sequence(wanted):
            return self._sequence(wanted)
        return self._reference(wanted)

    def _sequence(self, wanted: Any) -> Schema:  # noqa: ANN401
        origin, args = get_origin(wanted) or wanted, get_args(wanted) or (Any, ...)
        if origin is tuple and args[-1] is not ...:
            args = () if args == ((),) else args
            items = {"items": [self._type(arg) for arg in args]} if args else {}
            return {"type": "array", **items, "minItems": len(args), "maxItems": len(args)}
        return {"type": "array", "items": self._type(args[0])}

    def _kind(self, kind: str) -> Schema:
        names: list[str] = []
        forms: list[Schema] = []
        for name, cls, _ in self._targets(kind):
            if _needs_nothing(cls):
                names.append(name)
            forms.append(self._reference(cls, name) if cls else _anything(name))
        registry = getattr(self._registry, kind)
        shorthands = [o.name for o in registry.offers() if o.entry.shorthand]
        forms = [_by_name(names), *map(_shorthand, shorthands), *forms]
        forms += [_qualified(offer) for offer in registry.offers()]
        if kind in _INLINE:
            forms.append(self._reference(_INLINE[kind]))
        return {"description": f"Which {singular(kind)}, by name or with options.", "anyOf": forms}

    def _place(self) -> Schema:
        text = {"type": "string", "pattern": r".+\([0-9.eE+-]+\)$"}
        forms: list[Schema] = [{**text, "description": "A place such as soma(0.5)."}]
        for key, (cls, name) in FORMS.items():
            if cls is EverySegment:
                every = {"anyOf": [{"const": True}, {"type": "string", "minLength": 1}]}
                forms.append(_object({key: every}, [key], "Every segment, or those of a label."))
                continue
            if cls is SpikeSource:
                text_of = "Where the cell detects its own spikes."
                forms.append(_object({key: {"const": True}}, [key], text_of))
                continue
            form = self._class(cls, "")
            renamed = {key if k == name else k: v for k, v in form["properties"].items()}
            needed = [key, *(k for k in form["required"] if k not in (name, key))]
            forms.append(_object(renamed, needed, form.get("description", "")))
        return {"description": "A place on the cell.", "anyOf": forms}

    def _morphology(self) -> Schema:
        path = {"type": "string", "minLength": 1, "description": "Path of the file."}
        forms: list[Schema] = [path]
        for name, cls, _ in self._targets("morphology_loaders"):
            form = self._class(cls, "") if cls else {"properties": {}, "required": []}
            for key in ("loader", "use"):
                known = {key: {"const": name}, "file": path, **form["properties"]}
                forms.append(_object(known, [key, "file", *form["required"]], f"Loader {name}."))
            by_extension = {"file": path, **form["properties"]}
            forms.append(_object(by_extension, ["file", *form["required"]], f"As {name}."))
        forms.append(
            {
                "type": "object",
                "required": ["file"],
                "properties": {"loader": {"type": "string", "pattern": ":"}},
                "anyOf": [{"required": ["loader"]}],
            }
        )
        return {"description": "A morphology: a file, or a loader with options.", "anyOf": forms}


def _object(properties: Mapping[str, Schema], required: list[str], text: str) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }
    return {**schema, "description": text} if text else schema


def _described(schema: Schema, text: str, name: str) -> Schema:
    """Return a schema with a description that ends in the unit that the key says."""
    unit = split_unit(name)[1].replace("_", "/")
    words = " ".join(part for part in (text, f"[{unit}]" if unit else "") if part)
    if not words:
        return schema
    # draft 7 ignores what stands beside a reference
    return {**({"allOf": [schema]} if "$ref" in schema else schema), "description": words}


def _texts(text: str) -> Schema:
    return {"type": "object", "additionalProperties": {"type": "string"}, "description": text}


def _needs_nothing(cls: Any) -> bool:  # noqa: ANN401
    """Return whether a plug-in can be given by its name alone."""
    if not (isinstance(cls, type) and attrs.has(cls)):
        return True
    try:
        return not any(field.is_required for field in fields_of(cls).values())
    except BoutonError:
        return True


def _by_name(names: list[str]) -> Schema:
    return {"type": "string", "enum": names}


def _shorthand(name: str) -> Schema:
    texts = {"type": "string", "pattern": f"^{name}:.+"}
    with_options = {"type": "object", "properties": {"use": texts}, "required": ["use"]}
    return {"anyOf": [texts, with_options]}


def _anything(name: str) -> Schema:
    return {"type": "object", "properties": {"use": {"const": name}}, "required": ["use"]}


def _qualified(offer: Any) -> Schema:  # noqa: ANN401 - an offer of any registry
    """Return the form with the full name, `plugin:entry`, whose options are not checked."""
    texts = {"type": "string", "pattern": f"^{offer.qualified}(:.+)?$"}
    with_options = {"type": "object", "properties": {"use": texts}, "required": ["use"]}
    return {"anyOf": [texts, with_options]}
