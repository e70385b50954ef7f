"""Parameter values of a cell: written in the study, or taken from a row of a table."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, frozen

from bouton.errors import Problem
from bouton.files.converter import Hook, Reader
from bouton.files.node import DocumentError, Node
from bouton.files.overrides import follow
from bouton.files.refusal import Refused
from bouton.files.source import FORMATS, MAX_TABLE_BYTES, read_document, read_text
from bouton.model.study import Cell, ParameterValue

_NUMBER = re.compile(r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*")


@frozen
class ParameterTable:
    """Where values come from.

    Attributes:
        file: CSV with a header, or JSON, YAML or TOML.
        row: CSV: number of the row below the header, from 0, or a label of the index column.
            May be left out if there is one row.
        index: CSV: name of the column that holds row labels.
        columns: CSV: columns to take; all of them if empty. Columns without a name, and the
            index, are never taken.
        key: Other formats: dotted path of the mapping of values; empty for the whole file.
        keys: Other formats: several such paths, later ones winning.
        values: Values that override those of the file.
    """

    file: Path
    row: int | str | None = None
    index: str = ""
    columns: tuple[str, ...] = ()
    key: str = ""
    keys: tuple[str, ...] = ()
    values: Mapping[str, ParameterValue] = Factory(dict)


def read_parameters(reader: Reader, node: Node, _: Any) -> dict[str, ParameterValue]:  # noqa: ANN401
    """Return all values by name, from the study and the file it may name."""
    if not node.is_mapping or "file" not in node.value:
        return read_values(reader, node)
    table = reader.description(node, ParameterTable)
    try:
        if table.file.suffix.lower() in FORMATS:
            values = _from_document(reader, node, table)
        else:
            values = _from_csv(node, table)
    except DocumentError as error:
        reader.problems.append(error.problem)
        raise Refused from error
    return {**values, **table.values}


def read_values(reader: Reader, node: Node, _: Any = None) -> dict[str, ParameterValue]:  # noqa: ANN401
    """Return values that are written out, name by name."""
    before = len(reader.problems)
    found: dict[str, ParameterValue] = {}
    for name, inner in reader.mapping(node, "parameter names with values").items():
        if inner.is_mapping:
            hint = "names are written in one piece, such as ephys.none.soma.g_pas"
            reader.note(inner, f"expected {_EXPECTED}, got a mapping", hint)
            continue
        with reader.going_on():
            value = reader.read(inner, ParameterValue)
            if isinstance(value, str) and _is_number(value):
                reader.refuse(inner, f"expected {_EXPECTED}, got text", "remove the quotes")
            found[name] = value
    if len(reader.problems) > before:
        raise Refused
    return found


_EXPECTED = "a number, a list of whole numbers or a name"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _from_document(reader: Reader, node: Node, table: ParameterTable) -> dict[str, ParameterValue]:
    _refuse_options(node, table, ("row", "index", "columns"), "a CSV file")
    root = read_document(table.file, limit=MAX_TABLE_BYTES)
    values: dict[str, ParameterValue] = {}
    paths = (*table.keys, *([table.key] if table.key else []))
    for found in [follow(root, path) for path in paths] or [root]:
        values.update(read_values(reader, found))
    return values


def _refuse_options(node: Node, table: ParameterTable, names: tuple[str, ...], where: str) -> None:
    for name in names:
        if name in node.value:
            at = node.child(name)
            raise DocumentError(at.problem(f"{name} is for {where}, not for {table.file.name}"))


def _from_csv(node: Node, table: ParameterTable) -> dict[str, ParameterValue]:
    _refuse_options(node, table, ("key", "keys"), "a JSON, YAML or TOML file")
    header, rows = _rows(table.file)
    index = _index_column(node, table, header)
    row, line = _chosen(node, table, rows, index)
    unknown = [name for name in table.columns if name not in header]
    if unknown:
        message = f"{table.file.name} has no column {', '.join(map(repr, unknown))}"
        raise DocumentError(node.child("columns").problem(message, _names(header)))
    wanted = set(table.columns or (name for name in header if name)) - {table.index}
    return {
        name: _cell_value(text, Node(text, line=line, file=str(table.file), path=(name,)))
        for name, text in zip(header, row, strict=True)
        if name in wanted
    }


Row = tuple[list[str], int]


def _rows(path: Path) -> tuple[list[str], list[Row]]:
    text = read_text(path, limit=MAX_TABLE_BYTES)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        rows = [(row, lines.line_num) for row in lines if row]
    except csv.Error as error:
        line = lines.line_num
        raise DocumentError(
            Problem(f"not valid CSV: {error}", file=str(path), line=line)
        ) from error
    if len(rows) < 2:
        raise DocumentError(Problem("expected a header and at least one row", file=str(path)))
    header = [name.strip() for name in rows[0][0]]
    for row, line in rows[1:]:
        if len(row) != len(header):
            message = f"expected {len(header)} columns as in the header, got {len(row)}"
            raise DocumentError(Problem(message, file=str(path), line=line))
    named = [name for name in header if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        message = f"columns given twice: {', '.join(twice)}"
        raise DocumentError(Problem(message, file=str(path), line=1))
    return header, rows[1:]


def _index_column(node: Node, table: ParameterTable, header: list[str]) -> int | None:
    if "index" not in node.value:
        return None
    if table.index not in header:
        message = f"{table.file.name} has no column {table.index!r}"
        raise DocumentError(node.child("index").problem(message, _names(header)))
    return header.index(table.index)


def _chosen(node: Node, table: ParameterTable, rows: list[Row], index: int | None) -> Row:
    if table.row is None:
        if len(rows) == 1:
            return rows[0]
        hint = "give its number from 0" if index is None else "give its label"
        message = f"missing: which row of the {len(rows)} in {table.file.name}"
        raise DocumentError(node.problem(message, hint, path=(*node.path, "row")))
    at = node.child("row")
    if index is not None:
        found = [row for row in rows if row[0][index].strip() == str(table.row)]
        if len(found) != 1:
            message = f"{len(found) or 'no'} rows of {table.file.name} are called {table.row!r}"
            labels = [row[0][index] for row in rows]
            raise DocumentError(at.problem(message, _names(labels)))
        return found[0]
    if isinstance(table.row, str) or not 0 <= table.row < len(rows):
        message = f"{table.file.name} has rows 0 to {len(rows) - 1}, there is no {table.row!r}"
        hint = "to choose rows by label, name their column with index" * isinstance(table.row, str)
        raise DocumentError(at.problem(message, hint))
    return rows[table.row]


def _names(names: list[str]) -> str:
    return "there are " + ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")


def _cell_value(text: str, node: Node) -> ParameterValue:
    text = text.strip()
    if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if text.startswith("["):
        return _integers(text, node)
    if not text or _is_number(text):
        shown = repr(text) if text else "an empty cell"
        hint = "name the columns to take with columns, or give the value in values"
        raise DocumentError(node.problem(f"expected a finite number or a name, got {shown}", hint))
    return text


def _integers(text: str, node: Node) -> tuple[int, ...]:
    try:
        numbers = json.loads(text)
    except (ValueError, RecursionError):
        numbers = None
    if not isinstance(numbers, list) or any(type(number) is not int for number in numbers):
        raise DocumentError(node.problem(f"expected a list of whole numbers, got {text[:60]!r}"))
    return tuple(numbers)


PARAMETER_HOOKS: dict[Any, Hook] = {
    (Cell, "parameters"): read_parameters,
    (ParameterTable, "values"): read_values,
}
