"""Strict structuring: a tree of nodes to descriptions, through cattrs, with every error kept.

cattrs finds the hook for each type; the hooks here read nodes instead of plain values, so that
every problem knows its file, line and path. Nothing is coerced: a number is never read from text or
from a boolean, a whole number never from `3.0`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, NoReturn, TypeVar, get_args, get_origin

import attrs
from attrs import evolve
from cattrs import Converter, StructureHandlerNotFoundError

from bouton.errors import BoutonError, Problem, UnknownEntryError, did_you_mean
from bouton.files.containers import (
    is_array,
    is_mapping,
    is_sequence,
    read_array,
    read_mapping,
    read_sequence,
    read_union,
)
from bouton.files.contents import FileContents
from bouton.files.leaves import (
    read_any,
    read_bool,
    read_float,
    read_int,
    read_literal,
    read_none,
    read_path,
    read_str,
)
from bouton.files.node import Node
from bouton.files.refusal import MAX_PROBLEMS, Hopeless, Refused
from bouton.files.types import (
    NONE,
    Field,
    PathKind,
    expected,
    fields_of,
    is_union,
    plugin_kind,
    unit_hint,
)
from bouton.plugins.specs import one_of, singular

Hook = Callable[["Reader", Node, Any], Any]
T = TypeVar("T")


class Reader:
    """Reads one document.

    Attributes:
        registry: Where plug-ins are looked up.
        base: Folder that relative paths start from.
        hooks: Ways to read particular types, or particular fields by (class, name).
        inline: Kind -> class that is meant where no plug-in of that kind is named.
        problems: Everything found wrong so far.
        contents: Every input file that was named, with what it held.
    """

    def __init__(
        self,
        registry: Any,  # noqa: ANN401 - anything with the registries as attributes
        base: Path,
        *,
        hooks: Mapping[Any, Hook] | None = None,
        inline: Mapping[str, type] | None = None,
        contents: FileContents | None = None,
    ) -> None:
        self.registry = registry
        self.base = base
        self.problems: list[Problem] = []
        self.contents = contents or FileContents()
        self.hooks = dict(hooks or {})
        self.inline = dict(inline or {})
        self.converter = _converter(self)

    def read(self, node: Node, wanted: Any) -> Any:  # noqa: ANN401
        """Return the value of the wanted type.

        Raises:
            Refused: If it cannot be made; the problems say why.
        """
        try:
            return self.converter.structure(node, wanted)
        except StructureHandlerNotFoundError:
            self.refuse(node, f"a field of type {wanted} cannot be given in a document")

    def note(self, node: Node, message: str, hint: str = "", key: str = "") -> None:
        """Note a problem with a value, or with one key of it, and go on."""
        path = (*node.path, key) if key else node.path
        if len(self.problems) >= MAX_PROBLEMS:
            self.problems.append(node.problem("and more: this is hardly a study", path=()))
            raise Hopeless
        self.problems.append(node.problem(message, hint, path=path))

    def refuse(self, node: Node, message: str, hint: str = "") -> NoReturn:
        """Note a problem and give the value up.

        Raises:
            Refused: Always.
        """
        self.note(node, message, hint)
        raise Refused

    def going_on(self) -> suppress:
        """Go on after a refused value, so that later problems are found too."""
        return suppress(Refused)

    def wrong(self, node: Node, wanted: Any, hint: str = "") -> NoReturn:  # noqa: ANN401
        """Refuse a value of another type."""
        self.refuse(node, f"expected {expected(wanted)}, got {node.describe()}", hint)

    def mapping(self, node: Node, what: str = "a mapping") -> dict[str, Node]:
        """Return the children of a mapping."""
        if not node.is_mapping:
            self.refuse(node, f"expected {what}, got {node.describe()}")
        return dict(node.children())

    def description(self, node: Node, cls: type[T], fixed: Mapping[str, Any] | None = None) -> T:
        """Return an instance of an attrs class, read from a mapping.

        Args:
            node: The mapping.
            cls: The class.
            fixed: Values that are already known and may not be given differently.
        """
        fields = self.fields(node, cls)
        given = self.mapping(node)
        values = dict(fixed or {})
        before = len(self.problems)
        for key, inner in given.items():
            if key not in fields:
                self.unknown_key(inner, key, fields)
            elif key in values:
                with self.going_on():
                    self._agree(inner, fields[key], values[key])
            else:
                with self.going_on():
                    values[key] = self.field(inner, fields[key])
        for name, field in fields.items():
            if field.is_required and name not in values and name not in given:
                self.note(node, f"missing: {name} is required", _required(field), key=name)
        if len(self.problems) > before:
            raise Refused
        return self._make(node, cls, values)

    def field(self, node: Node, field: Field) -> Any:  # noqa: ANN401
        """Return the value of one field, judged by its own validator."""
        hook = self.hooks.get((field.owner, field.name))
        value = hook(self, node, field.annotation) if hook else self.read(node, field.annotation)
        attribute = field.attribute
        if attribute.validator is not None and attribute.converter is None:
            try:
                attribute.validator(None, attribute, value)
            except (ValueError, BoutonError) as error:
                self.refuse(node, _message(error))
            except (AttributeError, TypeError):
                pass  # it may look at other fields: it runs again when the whole is made
        return value

    def unknown_key(self, node: Node, key: str, known: Iterable[str]) -> None:
        """Note a key that does not exist, with close matches."""
        known = list(known)
        hint = unit_hint(key, known) or did_you_mean(key, known)
        self.note(node, f"unknown key {key!r}", hint or "there are no options here")

    def plugin(self, node: Node, kind: str) -> Any:  # noqa: ANN401
        """Return a plug-in made from `name` or `{use: name, **options}`."""
        if kind in self.inline and node.is_mapping and "use" not in node.value:
            return self._inline(node, kind)
        given = {} if isinstance(node.value, str) else self.mapping(node, one_of(kind))
        use = node if isinstance(node.value, str) else given.get("use")
        if use is None:
            hint = did_you_mean("", self.names(kind))
            self.refuse(node, f"missing: which {singular(kind)} to use", hint or "add use: NAME")
        cls, preset = self.resolve(use, kind)
        options = {
            key: inner for key, inner in (node.value.items() if given else ()) if key != "use"
        }
        return self.description(evolve(node, value=options), cls, preset)

    def _inline(self, node: Node, kind: str) -> Any:  # noqa: ANN401
        cls = self.inline[kind]
        if not any(key in self.fields(node, cls) for key in node.value):
            hint = did_you_mean("", self.names(kind))
            self.refuse(node, f"missing: which {singular(kind)} to use", f"add use: NAME; {hint}")
        return self.description(node, cls)

    def resolve(self, node: Node, kind: str) -> tuple[type, Mapping[str, Any]]:
        """Return the class that a plug-in name stands for, and the options that the name fixes."""
        name = self.read(node, str)
        try:
            cls, preset = getattr(self.registry, kind).resolve(name)
        except UnknownEntryError as error:
            message, _, hint = str(error).partition("; ")
            self.refuse(node, message, hint)
        except BoutonError as error:
            self.refuse(node, f"{singular(kind)} {name!r} cannot be used: {error}")
        return cls, preset

    def names(self, kind: str) -> list[str]:
        """Return the names of a kind."""
        return list(getattr(self.registry, kind).names())

    def trial(self, node: Node, wanted: Any) -> tuple[Any, list[Problem]]:  # noqa: ANN401
        """Return what reading as `wanted` would give, and its problems, noting none."""
        kept, self.problems = self.problems, []
        value = None
        try:
            with self.going_on():
                value = self.read(node, wanted)
            return value, self.problems
        finally:
            self.problems = kept

    def fields(self, node: Node, cls: type) -> dict[str, Field]:
        """Return the fields that a class takes from documents."""
        if not attrs.has(cls):
            self.refuse(node, f"{cls!r} is no attrs class, so a document cannot give its options")
        try:
            return fields_of(cls)
        except BoutonError as error:
            self.refuse(node, str(error))

    def _agree(self, node: Node, field: Field, fixed: Any) -> None:  # noqa: ANN401
        """Accept an option that a preset fixes only if it says the same."""
        if self.field(node, field) != fixed:
            self.note(node, f"the name already fixes {field.name} to {fixed!r}", "leave it out")

    def _make(self, node: Node, cls: type[T], values: Mapping[str, Any]) -> T:
        try:
            return cls(**values)
        except Exception as error:  # noqa: BLE001 - a plug-in's own check may raise anything
            message = _message(error)
            # Most checks start with the name of the field that is at fault.
            first = message.partition(" ")[0].strip("'\":,")
            at = node.child(first) if first in node.value else node
            self.refuse(at, message)


def _message(error: Exception) -> str:
    text = str(error.args[0]) if error.args else ""
    if isinstance(error, ValueError | TypeError | BoutonError) and text:
        return text
    return f"{type(error).__name__}: {text}"


def _required(field: Field) -> str:
    return f"expected {expected(field.annotation)}"


def _converter(reader: Reader) -> Converter:
    """Return a converter whose hooks read nodes; hooks registered later are asked first."""
    converter = Converter(forbid_extra_keys=True)
    for predicate, hook in _GENERIC:
        converter.register_structure_hook_func(predicate, _bound(reader, hook))
    for wanted, hook in (*_LEAVES.items(), *reader.hooks.items()):
        if not isinstance(wanted, tuple):
            converter.register_structure_hook_func(_is(wanted), _bound(reader, hook))
            if wanted in _LEAVES:
                converter.register_structure_hook(wanted, _bound(reader, hook))
    return converter


def _bound(reader: Reader, hook: Hook) -> Callable[[Any, Any], Any]:
    return lambda node, wanted: hook(reader, node, wanted)


def _is(wanted: Any) -> Callable[[Any], bool]:  # noqa: ANN401
    return lambda candidate: candidate is wanted


def _read_annotated(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401
    inner, *markers = get_args(wanted)
    for marker in markers:
        if isinstance(marker, PathKind) and inner is Path:
            return read_path(reader, node, inner, marker.what)
    return reader.read(node, inner)


def _read_plugin(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401
    return reader.plugin(node, plugin_kind(wanted))


def _read_attrs(reader: Reader, node: Node, wanted: Any) -> Any:  # noqa: ANN401
    return reader.description(node, wanted)


_GENERIC: list[tuple[Callable[[Any], bool], Hook]] = [
    (is_sequence, read_sequence),
    (is_mapping, read_mapping),
    (is_array, read_array),
    (lambda wanted: isinstance(wanted, type) and attrs.has(wanted), _read_attrs),
    (lambda wanted: get_origin(wanted) is Literal, read_literal),
    (is_union, read_union),
    (lambda wanted: isinstance(wanted, NewType), lambda r, n, w: r.read(n, w.__supertype__)),
    (lambda wanted: get_origin(wanted) is Annotated, _read_annotated),
    (lambda wanted: bool(plugin_kind(wanted)), _read_plugin),
    (_is(Any), read_any),
    (_is(object), read_any),
]

# cattrs asks these, by class, before any of the predicates above.
_LEAVES: dict[Any, Hook] = {
    bool: read_bool,
    int: read_int,
    float: read_float,
    str: read_str,
    NONE: read_none,
    Path: read_path,
}
