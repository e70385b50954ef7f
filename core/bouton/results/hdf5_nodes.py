"""Arrays, texts and JSON in HDF5 nodes: attributes hold numbers and text only, never objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import attrs
import numpy as np

from bouton.errors import ResultsError
from bouton.results.exact_json import decode, encode
from bouton.results.safe_tables import guarded_tables

if TYPE_CHECKING:
    import tables

# HDF5 splits names at `/`, and PyTables keeps names that start with `_` for itself.
_ESCAPED = frozenset("%/")


def node_name(name: str) -> str:
    """Return a name that HDF5 and PyTables accept; `original_name` undoes it."""
    if name in ("", "."):
        return {"": "%", ".": "%2E"}[name]
    first = f"%{ord(name[0]):02X}" if name[0] == "_" else _escaped(name[0])
    return first + "".join(map(_escaped, name[1:]))


def original_name(name: str) -> str:
    """Return the name that `node_name` was given."""
    return "" if name == "%" else unquote(name, errors="surrogatepass")


def write_array(file: tables.File, group: tables.Group, name: str, array: Any) -> None:  # noqa: ANN401
    """Write an array of numbers, byte strings or records, compressed and checksummed."""
    package = guarded_tables()
    filters = package.Filters(complevel=4, complib="zlib", shuffle=True, fletcher32=True)
    array = np.ascontiguousarray(array)
    options = {"filters": filters, "expectedrows": max(len(array), 1)}
    if array.dtype.names:
        file.create_table(group, name, obj=array, **options)
    else:
        file.create_earray(group, name, obj=array, **options)


def write_strings(file: tables.File, group: tables.Group, name: str, texts: list[str]) -> None:
    """Write texts as UTF-8 byte strings of one width."""
    data = [text.encode("utf-8", "surrogatepass") for text in texts]
    width = max([1, *map(len, data)])
    write_array(file, group, name, np.array(data, dtype=f"S{width}"))


def write_json(file: tables.File, group: tables.Group, name: str, value: Any) -> None:  # noqa: ANN401
    """Write a structure as an array of the bytes of its JSON."""
    write_array(file, group, name, np.frombuffer(encode(value).encode("ascii"), dtype=np.uint8))


def child_group(group: tables.Group, name: str) -> tables.Group:
    """Return a group below another.

    Raises:
        ResultsError: If it is missing or something else, such as a link to another file.
    """
    return _child(group, name, "Group")


def listed(group: tables.Group) -> list[str]:
    """Return the names of the groups below a group, but those that hold settings."""
    return [name for name in group._v_groups if not name.startswith("_")]


def read_array(group: tables.Group, name: str) -> Any:  # noqa: ANN401
    """Read a whole array, checking its checksums.

    Raises:
        ResultsError: If it is missing or not a plain array.
    """
    return _child(group, name, "Array", "Table").read()


def read_strings(group: tables.Group, name: str) -> list[str]:
    """Read what `write_strings` wrote."""
    return [data.decode("utf-8", "surrogatepass") for data in read_array(group, name)]


def read_json(group: tables.Group, name: str) -> Any:  # noqa: ANN401
    """Read what `write_json` wrote.

    Raises:
        ResultsError: If it is missing or not JSON.
    """
    try:
        return decode(read_array(group, name).astype(np.uint8).tobytes())
    except ValueError as error:
        raise ResultsError(f"{group._v_pathname}/{name} is not JSON: {error}") from error


def read_everything(file: tables.File) -> None:
    """Read every array once, a few chunks at a time: this checks every checksum.

    Raises:
        ResultsError: If something is damaged, or neither array nor group.
    """
    package = guarded_tables()
    for node in file.walk_nodes("/"):
        if isinstance(node, package.Array | package.Table):
            step = (node.chunkshape[0] if node.chunkshape else len(node)) * 16
            for start in range(0, node.nrows, max(step, 1)):
                node.read(start, min(start + step, node.nrows))
        elif not isinstance(node, package.Group):
            raise ResultsError(f"{node._v_pathname} is a {type(node).__name__}, which is not ours")


def read_text(node: tables.Group, name: str) -> str:
    """Read a text attribute.

    Raises:
        ResultsError: If it is missing or no text.
    """
    attributes = node._v_attrs
    value = attributes[name] if name in attributes._v_attrnames else None
    if not isinstance(value, str):
        raise ResultsError(f"{node._v_pathname}: attribute {name!r} should be text, got {value!r}")
    return str(value)


def described(item: Any) -> Any:  # noqa: ANN401
    """Return any description as JSON-ready data that says its type, for people to read."""
    if attrs.has(type(item)):
        kind = f"{type(item).__module__}:{type(item).__qualname__}"
        fields = (field.name for field in attrs.fields(type(item)))
        return {"type": kind, **{name: described(getattr(item, name)) for name in fields}}
    if isinstance(item, Mapping):
        return {str(key): described(value) for key, value in item.items()}
    if isinstance(item, list | tuple):
        return [described(value) for value in item]
    if item is None or isinstance(item, bool | int | float | str) or hasattr(item, "tolist"):
        return item
    return repr(item)


def _child(group: tables.Group, name: str, *kinds: str) -> Any:  # noqa: ANN401
    package = guarded_tables()
    if name not in group._v_children:
        raise ResultsError(f"{group._v_pathname} has no {name!r}")
    node = group._v_children[name]
    if not isinstance(node, tuple(getattr(package, kind) for kind in kinds)):
        raise ResultsError(f"{node._v_pathname} is a {type(node).__name__}, expected {kinds[0]}")
    return node


def _escaped(character: str) -> str:
    if character not in _ESCAPED and character.isprintable():
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
