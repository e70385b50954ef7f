"""Annotations that a third party's description may use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional

import attrs
import numpy as np
import pytest
from attrs import frozen

from bouton.files.converter import Reader
from bouton.files.node import from_plain
from bouton.files.refusal import Refused
from bouton.files.types import PluginKind, expected, plugin_kind, split_unit, unit_hint

Millivolts = NewType("Millivolts", float)


@frozen
class Small:
    size_um: float


@frozen
class Large:
    size_um: float
    height_um: float = 1.0


@frozen
class Private:
    _hidden: int = attrs.field(alias="shown")
    made: int = attrs.field(init=False, default=3)


def read(value: Any, wanted: Any, registry: Any = None) -> Any:
    reader = Reader(registry, Path())
    try:
        return reader.read(from_plain(value), wanted)
    except Refused:
        return [f"{problem.path}: {problem.message}" for problem in reader.problems]


@pytest.mark.parametrize(
    ("value", "wanted", "result"),
    [
        (1, float, 1.0),
        (1, int, 1),
        (1, float | int, 1),
        (1.0, int | float, 1.0),
        ("1", int | str, "1"),
        (None, Optional[int], None),  # noqa: UP045
        (None, type(None), None),
        ([1, 2], tuple[float, ...], (1.0, 2.0)),
        ([1, "a"], tuple[int, str], (1, "a")),
        ([], tuple[()], ()),
        ([1], list[int], [1]),
        ([1], list, [1]),
        ([1, 2], Sequence[int], (1, 2)),
        (["a", "b"], frozenset[str], frozenset("ab")),
        ({"1": 2}, dict[int, float], {1: 2.0}),
        ({"a": [1]}, dict[str, tuple[int, ...]], {"a": (1,)}),
        ({"a": [1, None]}, Any, {"a": [1, None]}),
        ({"a": 1}, dict, {"a": 1}),
        (1, Millivolts, 1.0),
        (1, Annotated[float, "volts"], 1.0),
        (2, Literal[1, 2], 2),
        ({"size_um": 1}, Small | Large, Small(1.0)),
        ({"size_um": 1, "height_um": 2}, Small | Large, Large(1.0, 2.0)),
        ({"shown": 1}, Private, Private(1)),
        ([{"size_um": 1}], tuple[Small, ...], (Small(1.0),)),
    ],
)
def test_values(value: Any, wanted: Any, result: Any) -> None:
    found = read(value, wanted)
    assert found == result
    assert type(found) is type(result)


def test_arrays() -> None:
    wanted = np.ndarray[Any, np.dtype[np.float64]]
    np.testing.assert_array_equal(read([1, 2.5], wanted), [1.0, 2.5])
    np.testing.assert_array_equal(read([[1, 2], [3, 4]], wanted), [[1.0, 2.0], [3.0, 4.0]])
    assert read([[1], [2, 3]], wanted) == [": expected rows of one length"]
    assert read([1, "2"], wanted) == ["1: expected a number, got the text '2'"]


@pytest.mark.parametrize(
    ("value", "wanted", "problem"),
    [
        (True, float, ": expected a number, got the boolean true"),
        (True, int, ": expected a whole number, got the boolean true"),
        (1, bool, ": expected true or false, got the number 1"),
        (True, Literal[1], ": expected one of 1, got the boolean true"),
        (3.0, int, ": expected a whole number, got the number 3.0"),
        ("x", list[int], ": expected a list, got the text 'x'"),
        ("x", Millivolts, ": expected a number, got the text 'x'"),
        ({"x": 1}, dict[int, int], "x: expected a whole number as key, got 'x'"),
        ({"size_um": "1"}, Small | Large, "size_um: expected a number, got the text '1'"),
        ({"size": 1}, Small | Large, "size: unknown key 'size'"),
        (1, Small | str, ": expected a mapping or text, got the number 1"),
        ({"_hidden": 1}, Private, "_hidden: unknown key '_hidden'"),
        ({"shown": 1, "made": 1}, Private, "made: unknown key 'made'"),
        ({"a": float("inf")}, Any, "a: must be a finite number, got inf"),
        (2**64, int, ": must fit into 64 bits"),
        ([-(10**5000)], Any, "0: must fit into 64 bits"),
        (10**400, float, ": must be a finite number, got inf"),
        (1, complex, ": a field of type <class 'complex'> cannot be given in a document"),
    ],
)
def test_refusals(value: Any, wanted: Any, problem: str) -> None:
    assert problem in read(value, wanted)


def test_plugin_kinds(registry: Any, parts: Any) -> None:
    fields = {name: f.annotation for name, f in attrs_fields(parts.Fit).items()}
    assert plugin_kind(fields["optimizer"]) == "optimizers"
    marked = Annotated[object, PluginKind("stimuli")]
    assert read({"use": "step", "amplitude_nA": 1}, marked, registry) == parts.Step(1.0)
    assert expected(marked) == "a stimulus"


def attrs_fields(cls: type) -> Any:
    from bouton.files.types import fields_of

    return fields_of(cls)


@pytest.mark.parametrize(
    ("name", "stem", "unit"),
    [
        ("delay_ms", "delay", "ms"),
        ("g_bar_S_cm2", "g_bar", "S_cm2"),
        ("Ra_ohm_cm", "Ra", "ohm_cm"),
        ("generations", "generations", ""),
        ("x_m_y", "x_m_y", ""),
    ],
)
def test_units(name: str, stem: str, unit: str) -> None:
    assert split_unit(name) == (stem, unit)


def test_unit_hints() -> None:
    known = ["amplitude_nA", "delay_ms", "name"]
    assert unit_hint("amplitude_pA", known) == "did you mean amplitude_nA? this field is in nA"
    assert unit_hint("names", known) == ""
