"""Many numbers made few, and few bytes."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bouton.model.morphology import FloatArray, IntArray

_UNKNOWN = 65535


def packed(values: npt.ArrayLike, dtype: str = "f4") -> dict[str, str]:
    """Return an array as the browser reads it: little-endian bytes in base64.

    Args:
        values: Any shape; it is flattened. Infinite numbers become nan.
        dtype: `f4`, `u2`, `u1` or `i4`, as in Plotly's typed arrays.
    """
    array = np.asarray(values)
    if dtype == "f4":
        with np.errstate(over="ignore"):
            array = array.astype("<f4")
        array = np.where(np.isfinite(array), array, np.float32(np.nan))
    data = np.ascontiguousarray(array, dtype=f"<{dtype}").tobytes()
    return {"dtype": dtype, "bdata": base64.b64encode(data).decode("ascii")}


def quantised(values: FloatArray) -> dict[str, Any]:
    """Return an array in 16 bits between its lowest and highest value; unknown ones apart."""
    known = np.isfinite(values)
    low, high = (float(f(values[known])) for f in (np.min, np.max)) if known.any() else (0.0, 1.0)
    span = high - low or 1.0
    steps = np.where(known, np.rint((np.where(known, values, low) - low) / span * 65534), _UNKNOWN)
    return {"low": low, "high": low + span, **packed(steps, "u2")}


def thinned(x: FloatArray, y: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """Return at most about `most` points of a curve; every peak and trough stays.

    Of each of equal groups of neighbours the lowest and the highest are kept.

    Args:
        x: Rising, shape (n,).
        y: Shape (n,); nan stays nan.
        most: At least 4.
    """
    if len(x) <= most:
        return x, y
    groups = max(most // 2, 2)
    size = math.ceil(len(x) / groups)
    padded = np.concatenate([y, np.full(-len(y) % size, np.nan)]).reshape(-1, size)
    base = np.arange(len(padded)) * size
    missing = np.isnan(padded)
    low = base + np.where(missing, np.inf, padded).argmin(axis=1)
    high = base + np.where(missing, -np.inf, padded).argmax(axis=1)
    gaps = (base + missing.argmax(axis=1))[missing.any(axis=1)]
    keep = np.unique(np.concatenate([[0, len(x) - 1], low, high, gaps]))
    keep = keep[keep < len(x)]
    return x[keep], y[keep]


def sampled(count: int, most: int) -> IntArray:
    """Return at most `most` of the numbers 0 to `count`, evenly, with the first and the last."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, most)).astype(np.int64))
