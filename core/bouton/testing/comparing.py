"""Whether two descriptions are equal, and two traces close: with the first difference in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import numpy as np

from bouton.model.traces import Response, Trace


def differences(first: Any, second: Any, path: str = "it") -> Iterator[str]:  # noqa: ANN401
    """Yield where two values differ; arrays and attrs classes are compared by content, nan = nan.

    Args:
        first: A value: numbers, text, arrays, collections, attrs instances.
        second: The value that it should equal.
        path: How messages call it.
    """
    if first is second:
        return
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        yield from _array_differences(np.asarray(first), np.asarray(second), path)
    elif _are_numbers(first, second):
        if first != second and not (np.isnan(first) and np.isnan(second)):
            yield f"{path} is {first!r} and {second!r}"
    elif type(first) is not type(second):
        yield f"{path} is a {type(first).__name__} and a {type(second).__name__}"
    elif attrs.has(type(first)):
        for field in attrs.fields(type(first)):
            one, two = getattr(first, field.name), getattr(second, field.name)
            yield from differences(one, two, f"{path}.{field.name}")
    elif isinstance(first, Mapping):
        yield from _mapping_differences(first, second, path)
    elif isinstance(first, list | tuple):
        if len(first) != len(second):
            yield f"{path} has {len(first)} and {len(second)} elements"
        for index, (one, two) in enumerate(zip(first, second, strict=False)):
            yield from differences(one, two, f"{path}[{index}]")
    elif first != second:
        yield f"{path} is {first!r:.60} and {second!r:.60}"


def _are_numbers(*values: Any) -> bool:  # noqa: ANN401
    return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def _array_differences(first: Any, second: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    if first.shape != second.shape:
        yield f"{path} has the shapes {first.shape} and {second.shape}"
        return
    is_float = first.dtype.kind == second.dtype.kind == "f"
    equal = (first == second) | (is_float and np.isnan(first) & np.isnan(second))
    if not np.all(equal):
        place = tuple(int(i) for i in np.argwhere(~np.asarray(equal))[0])
        yield f"{path}{list(place)} is {first[place]!r} and {second[place]!r}"


def _mapping_differences(
    first: Mapping[Any, Any], second: Mapping[Any, Any], path: str
) -> Iterator[str]:
    for key in [*first, *(key for key in second if key not in first)]:
        if key in first and key in second:
            yield from differences(first[key], second[key], f"{path}[{key!r}]")
        else:
            yield f"{path}[{key!r}] is only in one of them"


def assert_same(first: object, second: object) -> None:
    """Fail with the first difference unless two descriptions are equal to the last bit."""
    difference = next(differences(first, second), "")
    if difference:
        raise AssertionError(difference)


def assert_traces_close(
    actual: Trace | Response, expected: Trace | Response, *, tolerance: float
) -> None:
    """Fail unless traces agree everywhere within a tolerance.

    Times may differ: the expected trace is read by linear interpolation at the times of the actual
    one, so that a variable step can be held against a fixed one.

    Args:
        actual: A trace, or all traces of a protocol.
        expected: What it should be; the same names, units and, within one step, length.
        tolerance: Largest difference allowed, in the unit of the trace.

    Raises:
        AssertionError: With the place and the size of the largest difference.
    """
    if isinstance(actual, Response) and isinstance(expected, Response):
        names, known = [[t.name for t in r] for r in (actual, expected)]
        if names != known:
            raise AssertionError(f"traces are {names}, expected {known}")
        for one, two in zip(actual, expected, strict=True):
            _close(one, two, tolerance)
    elif isinstance(actual, Trace) and isinstance(expected, Trace):
        _close(actual, expected, tolerance)
    else:
        raise TypeError("compare a trace with a trace, or a response with a response")


def _close(actual: Trace, expected: Trace, tolerance: float) -> None:
    where = f"trace {actual.name!r}"
    if actual.unit != expected.unit:
        raise AssertionError(f"{where} is in {actual.unit!r}, expected {expected.unit!r}")
    shapes = actual.values.shape[1:], expected.values.shape[1:]
    if shapes[0] != shapes[1] or not (len(actual.t_ms) and len(expected.t_ms)):
        raise AssertionError(f"{where} has shape {actual.values.shape}, {expected.values.shape}")
    ends = float(actual.t_ms[-1]), float(expected.t_ms[-1])
    steps = [float(np.diff(t.t_ms).max(initial=0.0)) for t in (actual, expected)]
    if abs(ends[0] - ends[1]) > max(steps) + 1e-9:
        raise AssertionError(f"{where} ends at {ends[0]:g} ms, expected {ends[1]:g} ms")
    columns = expected.values.reshape(len(expected.t_ms), -1).T
    read = [np.interp(actual.t_ms, expected.t_ms, column) for column in columns]
    wanted = np.stack(read, axis=1).reshape(actual.values.shape)
    if np.array_equal(actual.t_ms, expected.t_ms):
        wanted = expected.values  # interpolation cannot tell the two sides of a jump
    gap = np.abs(actual.values - wanted)
    gap[~np.isfinite(gap)] = np.inf
    if gap.size and gap.max() > tolerance:
        place = np.unravel_index(int(gap.argmax()), gap.shape)
        raise AssertionError(
            f"{where} differs by {gap[place]:.6g} {actual.unit} at "
            f"{actual.t_ms[place[0]]:g} ms: {actual.values[place]:.9g}, expected "
            f"{wanted[place]:.9g} (tolerance {tolerance:g} {actual.unit})"
        )
