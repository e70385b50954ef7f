"""Loaders for Neurolucida ASC and morphology HDF5, read by the MorphIO library."""

from __future__ import annotations

import io
import re
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from attrs import define, evolve, field, frozen, validators

from bouton.errors import MissingDependencyError, MorphologyError
from bouton.model.morphology import FloatArray, LoadReport, Morphology, Section
from bouton_plugins.morphologies import soma as soma_rules
from bouton_plugins.morphologies.points import check_points, raised
from bouton_plugins.morphologies.source import SourceText, check_file, file_error, read_source
from bouton_plugins.morphologies.tags import Labels, labels_of, tag_table

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PLACE = re.compile(r"\S*:(\d+):(?:error|warning)\s*")
_POINT = re.compile(r"\(\s*([^\s()]+)\s+([^\s()]+)\s+([^\s()]+)\s+([^\s()]+)")
_STRING = re.compile(r'"[^"]*"')
_HDF5 = b"\x89HDF\r\n\x1a\n"
_READER = Path(__file__).with_name("morphio_reader.py")
_TIMEOUT_S = 120.0


@frozen
class _Options:
    """Options that both formats share.

    Attributes:
        tags: Labels of MorphIO's section types, `{code: label}` or `{code: [label, ...]}`, added
            to 1 soma, 2 axon, 3 dend, 4 apic. A code without labels gets `tag_<code>`.
        missing_soma: `error`, or `accept` a file with one tree and no soma.
        minimum_diameter_um: Raise thinner points to this; 0 makes a zero diameter an error.
    """

    tags: Mapping[Any, Any] = field(factory=dict, converter=tag_table)
    missing_soma: Literal["error", "accept"] = field(
        default="error", validator=validators.in_(("error", "accept"))
    )
    minimum_diameter_um: float = field(default=0.0, validator=validators.ge(0.0))


@frozen
class Asc(_Options):
    """Reads Neurolucida ASC by MorphIO. Branches of the soma are connected at soma(0.5)."""

    def load(self, path: Path) -> Morphology:
        """Return the morphology of a file.

        Raises:
            MissingDependencyError: If MorphIO is not installed.
            MorphologyError: Naming file and line where MorphIO gives one, if the file is broken.
        """
        _need_morphio()
        source = read_source(Path(path), comment=";")
        _check_text(source)
        raw = _read(source, ["asc"], "\n".join(source.lines).encode())
        return _converted(source, "asc", self, raw)


@frozen
class H5(_Options):
    """Reads morphology HDF5 by MorphIO. Branches of the soma are connected at soma(0.5)."""

    def load(self, path: Path) -> Morphology:
        """Return the morphology of a file.

        Raises:
            MissingDependencyError: If MorphIO is not installed.
            MorphologyError: Naming the file, if it is broken.
        """
        _need_morphio()
        path = Path(path)
        check_file(path)
        with path.open("rb") as file:
            if file.read(len(_HDF5)) != _HDF5:
                raise file_error(path, 0, "this is not an HDF5 file", "is it the right file?")
        if path.suffix != ".h5":
            raise file_error(path, 0, "MorphIO reads HDF5 only from names ending in .h5")
        source = SourceText(path, [])
        return _converted(source, "h5", self, _read(source, ["h5", str(path.absolute())], b""))


def _need_morphio() -> None:
    if find_spec("morphio") is None:
        raise MissingDependencyError(
            "reading ASC and H5 morphologies needs MorphIO; install bouton[morphio]"
        )


def _read(source: SourceText, request: list[str], text: bytes) -> Mapping[str, Any]:
    """Return MorphIO's arrays, read in a process of its own: broken HDF5 crashes it."""
    command = [sys.executable, "-P", str(_READER), *request]
    try:
        done = subprocess.run(  # noqa: S603 - our own program on a checked path
            command, input=text, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise source.error(0, f"MorphIO did not finish within {_TIMEOUT_S:g} s") from error
    if done.returncode != 0:
        raise source.error(0, f"MorphIO failed on it ({_cause(done)})", "the file is damaged")
    try:
        with np.load(io.BytesIO(done.stdout), allow_pickle=False) as archive:
            raw = {name: archive[name] for name in archive.files}
    except (ValueError, zipfile.BadZipFile) as error:
        raise source.error(0, "MorphIO's answer was cut off", "try again") from error
    if "error" in raw:
        raise source.error(0, f"MorphIO cannot read it: {_message(str(raw['error']))}")
    return raw


def _cause(done: subprocess.CompletedProcess[bytes]) -> str:
    if done.returncode < 0:
        return f"it crashed with {signal.Signals(-done.returncode).name}"
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"exit status {done.returncode}"


def _converted(
    source: SourceText, name: str, options: _Options, raw: Mapping[str, Any]
) -> Morphology:
    conversion = _Conversion(source, options)
    soma_rule = conversion.soma(raw["soma"], str(raw["soma_type"]), raw["parents"])
    starts = np.concatenate(([0], np.cumsum(raw["counts"])))
    for index, (tag, parent) in enumerate(zip(raw["types"], raw["parents"], strict=True)):
        points = raw["points"][starts[index] : starts[index + 1]]
        conversion.branch(points.astype(np.float64), int(tag), int(parent))
    if not conversion.sections:
        raise source.error(0, "MorphIO found no section in it", "is it the right file?")
    morphology = Morphology(source.path.stem, tuple(conversion.sections))
    warnings = dict.fromkeys(_message(text) for text in raw["warnings"].tolist())
    report = LoadReport(
        source=str(source.path),
        format=name,
        soma_rule=soma_rule,
        dropped=tuple(conversion.dropped),
        notes=(
            *source.notes,
            *raised(conversion.raised, options.minimum_diameter_um),
            *(f"MorphIO: {text}" for text in warnings),
            *morphology.totals(),
        ),
    )
    return evolve(morphology, report=report)


@define
class _Conversion:
    """MorphIO's sections on their way to ours."""

    source: SourceText
    options: _Options
    sections: list[Section] = field(factory=list)
    dropped: list[str] = field(factory=list)
    raised: int = 0
    _joint: float = 0.0
    _counts: Counter[str] = field(factory=Counter)
    # section and place on it where children of each branch of MorphIO hang
    _ends: list[tuple[int, float]] = field(factory=list)

    def soma(self, points: FloatArray, kind: str, parents: FloatArray) -> str:
        """Add the soma if there is one, and return the rule in words."""
        if not len(points):
            if self.options.missing_soma == "error":
                remedy = "if that is right, set missing_soma: accept"
                raise self.source.error(0, "there is no soma", remedy)
            if (parents < 0).sum() > 1:
                raise self.source.error(0, "there are several trees and no soma to join them")
            return "no soma in the file: the first branch is the root"
        points, rule = self._soma_points(points, kind)
        labels = dict.fromkeys(("soma", *labels_of(self.options.tags, 1)))
        self.sections.append(Section("soma", tuple(labels), -1, 0.5, points))
        self._joint = 0.5
        return rule

    def _soma_points(self, points: FloatArray, kind: str) -> soma_rules.Soma:
        if kind == "SOMA_SIMPLE_CONTOUR":
            points = points.copy()
            points[:, 3] = 1.0  # an outline has no thickness, whatever the file says
            return soma_rules.of_outline(self._distinct(self._checked(points, "the soma")))
        points = self._distinct(self._checked(points, "the soma"))
        if len(points) == 1:
            return soma_rules.of_sphere(points[0])
        return soma_rules.of_path(points)

    def branch(self, points: FloatArray, tag: int, parent: int) -> None:
        """Add a branch; its parent is the index of an earlier one, -1 for a root."""
        above, x = self._ends[parent] if parent >= 0 else (0, self._joint)
        above = max(above, 0) if self.sections else -1
        labels = labels_of(self.options.tags, tag)
        points = self._distinct(self._checked(points, labels[0]))
        if len(points) < 2:
            self.dropped.append(f"a branch without length at {_at(points[0])}")
            self._ends.append((above, x))
            return
        self._ends.append((len(self.sections), 1.0))
        self.sections.append(Section(self._name(labels), labels, above, x, points))

    def _name(self, labels: Labels) -> str:
        number = self._counts[labels[0]]
        self._counts[labels[0]] += 1
        return f"{labels[0]}[{number}]"

    def _checked(self, points: FloatArray, what: str) -> FloatArray:
        def fail(row: int, problem: str, remedy: str) -> MorphologyError:
            line = _line_of(self.source, points[row])
            return self.source.error(line, f"{what} at {_at(points[row])}: {problem}", remedy)

        if not len(points):
            raise self.source.error(0, f"{what} has no points")
        self.raised += check_points(points, self.options.minimum_diameter_um, "diameter", fail)
        return points

    def _distinct(self, points: FloatArray) -> FloatArray:
        place = points[:, :3].astype(np.float32)
        keep = np.concatenate(([True], np.any(place[1:] != place[:-1], axis=1)))
        self.dropped += [
            f"a point at the place of the one before it, {_at(point)}" for point in points[~keep]
        ]
        return np.asarray(points[keep], dtype=np.float64)


def _message(text: str) -> str:
    """Return a message of MorphIO as plain text; its line numbers may be one or two too high."""
    plain = _COLOUR.sub("", text).strip()
    place = _PLACE.match(plain)
    rest = " ".join(_PLACE.sub("", plain).removeprefix("Warning: ").split())
    return f"near line {place[1]}: {rest}" if place and place[1] != "0" else rest


def _check_text(source: SourceText) -> None:
    """Refuse ASC text from which MorphIO would leave something out without a word.

    Raises:
        MorphologyError: Naming the line of a number that is none or not finite, or the last line
            if parentheses stay open, as in a file that was cut off.
    """
    depth, last = 0, 0
    for number, line in enumerate(source.lines, start=1):
        bare = _STRING.sub('""', line).partition(";")[0]
        last = number if bare.strip() else last
        depth += bare.count("(") - bare.count(")")
        if depth < 0:
            raise source.error(number, "a parenthesis is closed that was not opened")
        for match in _POINT.finditer(bare):
            _check_point(source, number, match.groups())
    if depth:
        raise source.error(last, f"{depth} parentheses stay open", "is the file cut off?")


def _check_point(source: SourceText, line: int, words: tuple[str | Any, ...]) -> None:
    values = [_floats((word,)) for word in words]
    numbers = [value for value in values if value is not None]
    if len(numbers) == 3:  # with fewer it is some other list
        odd = next(word for word, value in zip(words, values, strict=True) if value is None)
        raise source.error(line, f"{odd!r} is not a number")
    if len(numbers) == 4 and not np.isfinite(numbers).all():
        raise source.error(line, "a number is not finite (nan, inf)")


def _line_of(source: SourceText, point: FloatArray) -> int:
    """Return the line that gives a point, 0 if none is found."""
    for number, line in enumerate(source.lines, start=1):
        for match in _POINT.finditer(line):
            values = _floats(match.groups())
            if values is not None and np.array_equal(np.float32(values), np.float32(point)):
                return number
    return 0


def _floats(words: tuple[str | Any, ...]) -> FloatArray | None:
    try:
        return np.array([float(word) for word in words])
    except ValueError:
        return None


def _at(point: FloatArray) -> str:
    return f"({', '.join(f'{value:g}' for value in point[:3])})"
