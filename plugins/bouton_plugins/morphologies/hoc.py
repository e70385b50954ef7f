"""The hoc point-list loader: a dialect of hoc that is read as text and never run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from attrs import define, evolve, field, frozen, validators

from bouton.model.morphology import FloatArray, LoadReport, Morphology, Section
from bouton_plugins.morphologies.points import check_points, fail_on_line, raised, same_place
from bouton_plugins.morphologies.source import SourceText, counted, read_source

_NAME = r"[A-Za-z_]\w*(?:\[\d+\])?"
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_STATEMENT = re.compile(
    rf"create\s+(?P<create>{_NAME})"
    rf"|connect\s+(?P<child>{_NAME})\s*\(\s*(?P<child_x>{_NUMBER})\s*\)\s*,"
    rf"\s*(?P<parent>{_NAME})\s*\(\s*(?P<parent_x>{_NUMBER})\s*\)"
    rf"|access\s+(?P<access>{_NAME})"
    r"|nseg\s*=\s*\d+"
    r"|(?P<clear>pt3dclear)\s*\(\s*\d*\s*\)"
    r"|pt3dadd\s*\((?P<point>[^()]*)\)"
)
# first match wins; the words are those of the files, the labels are ours
_CLASSES = (
    ("soma", "soma"),
    ("dend", "dend"),
    ("BasalDendrite", "dend"),
    ("apic", "apic"),
    ("axon", "axon"),
)
_FORM = "create, connect, access, nseg, pt3dclear and pt3dadd, one per line"


@define
class _Open:
    """A section while its lines are read."""

    name: str
    line: int
    parent: str = ""
    parent_x: float = 0.0
    connected: int = 0
    texts: list[str] = field(factory=list)
    lines: list[int] = field(factory=list)


@frozen
class HocPoints:
    """Reads hoc files that list the sections and 3-D points of one cell.

    Understood are `create`, `connect`, `access`, `nseg`, `pt3dclear` and `pt3dadd` with literal
    names and numbers, in braces or not, one per line. Lines with a `/* */` comment, and lines with
    `Spine` among the points, are skipped; anything else is an error. A section's label follows
    from its name. Sections keep file order, names and points; branches of the soma are connected at
    soma(0.5) whatever the file says.

    Attributes:
        labels: Labels for sections whose name contains a text, `{text: label}`, looked at before
            the built-in ones: soma; dend, BasalDendrite (dend); apic; axon.
        minimum_diameter_um: Raise thinner points to this; 0 makes a zero diameter an error.
    """

    labels: Mapping[str, str] = field(factory=dict)
    minimum_diameter_um: float = field(default=0.0, validator=validators.ge(0.0))

    def load(self, path: Path) -> Morphology:
        """Return the morphology of a file.

        Raises:
            MorphologyError: Naming file, line and problem, if the file is broken or holds
                statements of another kind.
        """
        path = Path(path)
        source = read_source(path, comment="//")
        opened, skipped = _read(source)
        if not opened:
            raise source.error(0, "there is no section in this file", f"expected {_FORM}")
        notes: list[str] = []
        sections = self._sections(source, opened, notes)
        morphology = Morphology(path.stem, sections)
        report = LoadReport(
            source=str(path),
            format="hoc",
            soma_rule=f"{len(sections[0].points)} points as in the file; branches at soma(0.5)",
            dropped=tuple(skipped),
            notes=(*source.notes, *notes, *morphology.totals()),
        )
        return evolve(morphology, report=report)

    def _sections(
        self, source: SourceText, opened: list[_Open], notes: list[str]
    ) -> tuple[Section, ...]:
        index_of = {section.name: index for index, section in enumerate(opened)}
        made: list[Section] = []
        for index, section in enumerate(opened):
            label = self._label(source, section)
            if (index == 0) != (label == "soma"):
                problem = "the first section must be the soma" if index == 0 else "second soma"
                raise source.error(section.line, f"{problem}, found {section.name!r}")
            parent, x = _parent(source, section, index, index_of)
            name = "soma" if index == 0 else section.name
            points = self._points(source, section, notes)
            made.append(Section(name, (label,), parent, x, points))
        if opened[0].name != "soma":
            notes.append(f"section {opened[0].name!r} is called 'soma' here")
        return tuple(made)

    def _label(self, source: SourceText, section: _Open) -> str:
        for text, label in (*self.labels.items(), *_CLASSES):
            if text in section.name:
                return label
        raise source.error(
            section.line,
            f"the name {section.name!r} does not say what the section is",
            "it should contain soma, dend, BasalDendrite, apic or axon; or use `labels`",
        )

    def _points(self, source: SourceText, section: _Open, notes: list[str]) -> FloatArray:
        points = _numbers(source, section)
        minimum = self.minimum_diameter_um
        fail = fail_on_line(source, np.array(section.lines))
        count = check_points(points, minimum, "diameter", fail)
        notes += [f"section {section.name!r}: {note}" for note in raised(count, minimum)]
        if same_place(points):
            raise source.error(section.line, f"section {section.name!r} has no length")
        return points


def _read(source: SourceText) -> tuple[list[_Open], list[str]]:
    """Return the sections of a file, and what was skipped."""
    opened: list[_Open] = []
    names: dict[str, int] = {}
    comments = spines = 0
    for number, text in enumerate(source.lines, start=1):
        line = text.strip()
        if line.startswith("{pt3dadd(") and line.endswith(")}") and "Spine" not in line and opened:
            opened[-1].texts.append(line[9:-2])
            opened[-1].lines.append(number)
        elif not line or line.startswith("//"):
            continue
        elif "/*" in line and "*/" in line:
            comments += 1
        elif "Spine" in line and opened and opened[-1].texts:
            spines += 1
        else:
            _statement(source, number, line, opened, names)
    skipped = ((comments, "a /* */ comment"), (spines, "Spine"))
    return opened, [f"{counted(count, 'line')} with {what}" for count, what in skipped if count]


def _statement(
    source: SourceText, number: int, line: str, opened: list[_Open], names: dict[str, int]
) -> None:
    bare = line[1:-1] if line.startswith("{") and line.endswith("}") else line
    match = _STATEMENT.fullmatch(bare.strip())
    if match is None:
        shown = line if len(line) <= 60 else line[:57] + "..."
        raise source.error(
            number,
            f"this loader does not run hoc, and {shown!r} is not part of a point list",
            f"expected {_FORM}",
        )
    if match["create"]:
        _create(source, number, match["create"], opened, names)
        return
    if not opened:
        raise source.error(number, "this comes before the first create")
    current = opened[-1]
    for subject in (match["access"], match["child"]):
        if subject and subject != current.name:
            raise source.error(number, f"this is about {subject!r}, within {current.name!r}")
    if match["clear"] and current.texts:
        raise source.error(number, f"pt3dclear comes after points of {current.name!r}")
    if match["child"]:
        _connect(source, number, match, current)
    elif match["point"] is not None:
        current.texts.append(match["point"])
        current.lines.append(number)


def _create(
    source: SourceText, number: int, name: str, opened: list[_Open], names: dict[str, int]
) -> None:
    first = names.setdefault(name, number)
    if first != number:
        raise source.error(number, f"section {name!r} was created on line {first} already")
    opened.append(_Open(name, number))


def _connect(source: SourceText, number: int, match: re.Match[str], current: _Open) -> None:
    if current.connected:
        raise source.error(number, f"{current.name!r} is connected on line {current.connected} too")
    if float(match["child_x"]) != 0:
        raise source.error(number, "a section must be connected by its end 0")
    if not 0 <= float(match["parent_x"]) <= 1:
        raise source.error(number, f"place {match['parent_x']} on the parent is not within 0 to 1")
    current.parent, current.parent_x = match["parent"], float(match["parent_x"])
    current.connected = number


def _parent(
    source: SourceText, section: _Open, index: int, index_of: dict[str, int]
) -> tuple[int, float]:
    """Return parent and place; on the soma, the first section, always 0.5."""
    if index == 0:
        if section.connected:
            raise source.error(section.connected, "the soma is the root, it cannot be connected")
        return -1, 0.5
    if not section.connected:
        raise source.error(
            section.line, f"section {section.name!r} is a second root", "it needs a connect line"
        )
    parent = index_of.get(section.parent)
    if parent is None or parent >= index:
        when = "is never created" if parent is None else "is created later or is itself"
        raise source.error(section.connected, f"parent {section.parent!r} {when}")
    return parent, 0.5 if parent == 0 else section.parent_x


def _numbers(source: SourceText, section: _Open) -> FloatArray:
    """Return the points of a section, shape (n, 4)."""
    if len(section.texts) < 2:
        raise source.error(
            section.line,
            f"section {section.name!r} has {counted(len(section.texts), 'point')}, not two or more",
            "is the file cut off?",
        )
    try:
        if all(text.count(",") == 3 and "_" not in text for text in section.texts):
            return np.array([*map(float, ",".join(section.texts).split(","))]).reshape(-1, 4)
    except ValueError:
        pass
    for text, line in zip(section.texts, section.lines, strict=True):
        words = [word.strip() for word in text.split(",")]
        if len(words) != 4 or not all(re.fullmatch(_NUMBER, word) for word in words):
            raise source.error(line, f"pt3dadd needs four numbers x, y, z, diameter, got ({text})")
    raise AssertionError("unreachable: a line failed before")
