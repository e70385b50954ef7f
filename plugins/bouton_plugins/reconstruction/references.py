"""`$ref` and `$import` of a configuration, put in place: parts of this or another document."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from bouton.errors import did_you_mean
from bouton.files.node import DocumentError, Node
from bouton.files.source import read_document

_REF, _IMPORT = "$ref", "$import"
_MOST = 100_000


def resolved(root: Node, path: Path) -> Node:
    """Return a document with every reference replaced by what it refers to.

    `$ref: file#/a/b` takes all keys of a mapping, `$import: {ref: ..., values: [...]}` some of
    them; keys beside it stay and win. Mappings in both are merged.

    Raises:
        DocumentError: If a reference leads nowhere, to no mapping, or in a circle.
    """
    return _Resolver(path, root).resolve(root, path, ())


class _Resolver:
    def __init__(self, path: Path, root: Node) -> None:
        self.documents = {path.resolve(): root}
        self.left = _MOST

    def resolve(self, node: Node, path: Path, open_: tuple[tuple[Path, str], ...]) -> Node:
        self.left -= 1
        if self.left < 0:
            raise DocumentError(node.problem(f"references make more than {_MOST} values"))
        if isinstance(node.value, list):
            return evolve(node, value=[self.resolve(item, path, open_) for item in node.value])
        if not node.is_mapping:
            return node
        own = {
            key: self.resolve(inner, path, open_)
            for key, inner in node.value.items()
            if key not in (_REF, _IMPORT)
        }
        for key, take in ((_REF, self._all), (_IMPORT, self._some)):
            if key in node.value:
                given = take(node.value[key], path, open_)
                own = _merged(given, own)
        return evolve(node, value=own)

    def _all(self, node: Node, path: Path, open_: tuple[tuple[Path, str], ...]) -> dict[str, Node]:
        found = self._target(node, path, open_)
        return dict(found.value)

    def _some(self, node: Node, path: Path, open_: tuple[tuple[Path, str], ...]) -> dict[str, Node]:
        parts = node.value if node.is_mapping else {}
        if set(parts) != {"ref", "values"} or not isinstance(parts["values"].value, list):
            raise DocumentError(node.problem(f"{_IMPORT} needs ref and a list of values"))
        found = self._target(parts["ref"], path, open_).value
        taken = {}
        for name in parts["values"].value:
            if not isinstance(name.value, str) or name.value not in found:
                hint = did_you_mean(str(name.value), found)
                raise DocumentError(name.problem(f"there is no {name.value!r} to import", hint))
            taken[name.value] = found[name.value]
        return taken

    def _target(self, node: Node, path: Path, open_: tuple[tuple[Path, str], ...]) -> Node:
        """Return the mapping that a reference leads to, its own references put in place."""
        text = node.value
        if not isinstance(text, str) or "#" not in text:
            raise DocumentError(node.problem("a reference looks like #/cell_types or file.yaml#/"))
        file, _, inner = text.partition("#")
        where = (path.parent / file).resolve() if file else path.resolve()
        key = (where, inner.strip("/"))
        if key in open_:
            raise DocumentError(node.problem(f"the reference {text!r} leads to itself"))
        found = self._document(where)
        for step in [part for part in inner.split("/") if part]:
            if not found.is_mapping or step not in found.value:
                hint = did_you_mean(step, found.value if found.is_mapping else ())
                raise DocumentError(node.problem(f"{text!r} leads nowhere: no {step!r}", hint))
            found = found.value[step]
        if not found.is_mapping:
            raise DocumentError(node.problem(f"{text!r} leads to {found.describe()}, no mapping"))
        return self.resolve(found, where, (*open_, key))

    def _document(self, path: Path) -> Node:
        if path not in self.documents:
            self.documents[path] = read_document(path)
        return self.documents[path]


def _merged(given: dict[str, Node], own: dict[str, Node]) -> dict[str, Node]:
    """Return the keys of both; `own` wins, mappings are merged."""
    found = dict(given)
    for key, node in own.items():
        other = found.get(key)
        if other is not None and other.is_mapping and node.is_mapping:
            node = evolve(node, value=_merged(other.value, node.value))
        found[key] = node
    return found
