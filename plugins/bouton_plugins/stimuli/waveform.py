"""A current given point by point."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from attrs import field, frozen

from bouton.errors import ProtocolError
from bouton.model.locations import At, Location
from bouton.model.protocol import Drive, WaveformDrive
from bouton_plugins.stimuli.checks import finite, not_negative

_SEPARATOR = re.compile(r"[,;\s]+")


@frozen
class Waveform:
    """A current from two lists, or from a text file with the columns ms and nA.

    The file may use commas, semicolons or blanks; lines that start with `#` and one head line are
    skipped. Before the first point the current is 0; after the last it keeps the last value.

    Attributes:
        t_ms: Times, increasing; equal neighbours make a jump.
        current_nA: Current at these times; positive depolarises.
        file: File to read instead of the lists.
        delay_ms: Added to all times.
        scale: Factor on all currents.
        interpolate: Straight lines between the points if true, steps if false.
        location: Where it is injected.
    """

    t_ms: tuple[float, ...] = field(default=(), converter=tuple)
    current_nA: tuple[float, ...] = field(default=(), converter=tuple)
    file: Path | None = None
    delay_ms: float = field(default=0.0, validator=not_negative)
    scale: float = field(default=1.0, validator=finite)
    interpolate: bool = True
    location: Location = At("soma", 0.5)

    def __attrs_post_init__(self) -> None:
        if (self.file is None) == (not self.t_ms and not self.current_nA):
            raise ValueError("give either file, or both t_ms and current_nA")
        if len(self.t_ms) != len(self.current_nA):
            raise ValueError(
                f"t_ms and current_nA must be equally long, got {len(self.t_ms)} and "
                f"{len(self.current_nA)}"
            )
        if self.file is None and (problem := _problem(self.t_ms, self.current_nA)):
            raise ValueError(problem)

    def drives(self) -> Iterable[Drive]:
        """Return one waveform.

        Raises:
            ProtocolError: If the file cannot be read, naming the line.
        """
        t_ms, current_nA = self.t_ms, self.current_nA
        if self.file is not None:
            t_ms, current_nA = _read(self.file)
        return (
            WaveformDrive(
                self.location,
                np.asarray(t_ms, dtype=np.float64) + self.delay_ms,
                np.asarray(current_nA, dtype=np.float64) * self.scale,
                interpolate=self.interpolate,
            ),
        )


def _problem(t_ms: tuple[float, ...], current_nA: tuple[float, ...]) -> str:
    if not (np.isfinite(t_ms).all() and np.isfinite(current_nA).all()):
        return "all times and currents must be finite"
    if t_ms[0] < 0:
        return f"times start at 0 or later, got {t_ms[0]!r}"
    if (np.diff(t_ms) < 0).any():
        where = int(np.argmax(np.diff(t_ms) < 0))
        return f"times must not decrease: {t_ms[where + 1]!r} follows {t_ms[where]!r}"
    return ""


def _read(file: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ProtocolError(f"cannot read the waveform {file}: {error}") from error
    rows: list[tuple[float, float]] = []
    is_head_allowed = True
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        row = _row(text)
        if row is None and not is_head_allowed:
            raise ProtocolError(
                f"{file}:{number}: expected two finite numbers (ms and nA), got {text[:60]!r}"
            )
        is_head_allowed = False
        if row is not None:
            rows.append(row)
    if not rows:
        raise ProtocolError(f"{file}: no line with two numbers (ms and nA)")
    t_ms, current_nA = zip(*rows, strict=True)
    if problem := _problem(t_ms, current_nA):
        raise ProtocolError(f"{file}: {problem}")
    return t_ms, current_nA


def _row(text: str) -> tuple[float, float] | None:
    parts = _SEPARATOR.split(text)
    if len(parts) != 2:
        return None
    try:
        t_ms, current_nA = float(parts[0]), float(parts[1])
    except ValueError:
        return None
    return (t_ms, current_nA) if math.isfinite(t_ms) and math.isfinite(current_nA) else None
