"""The artificial axon that replaces a reconstructed one: hillock, initial segment, myelin."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from bouton.errors import CellError
from bouton.model.morphology import LoadReport, Morphology, Section

AXON_LABELS = ("axon", "myelin")


@frozen
class _Piece:
    name: str
    label: str
    length_um: float
    points: int
    first_diameter_um: float
    last_diameter_um: float


# Hay et al. (2013) J Neurophysiol 109:2972; one segment per point keeps the initial segment fine
_PIECES = (
    _Piece("axon[0]", "axon", 20.0, 5, 3.0, 1.75),
    _Piece("axon[1]", "axon", 30.0, 7, 1.75, 1.0),
    _Piece("myelin", "myelin", 1000.0, 21, 1.0, 1.0),
)


def with_artificial_axon(morphology: Morphology) -> Morphology:
    """Return the morphology with the axon appended, straight down (-z) from the middle of the soma.

    Raises:
        CellError: If a name of the axon is taken already.
    """
    soma = morphology.sections[0].points
    middle = soma[len(soma) // 2]
    x, y, z = float(middle[0]), float(middle[1]), float(middle[2] - middle[3] / 2)
    taken = {section.name for section in morphology.sections} & {piece.name for piece in _PIECES}
    if taken:
        raise CellError(
            f"morphology {morphology.name!r} already has a section called "
            f"{', '.join(sorted(taken))}, the names of the artificial axon; rename it in the file"
        )
    sections = []
    parent, parent_x = 0, 0.5
    for number, piece in enumerate(_PIECES):
        along = np.linspace(0.0, piece.length_um, piece.points)
        diameters = np.linspace(piece.first_diameter_um, piece.last_diameter_um, piece.points)
        points = np.column_stack(
            (np.full(piece.points, x), np.full(piece.points, y), z - along, diameters)
        )
        sections.append(Section(piece.name, (piece.label,), parent, parent_x, points))
        z -= piece.length_um
        parent, parent_x = len(morphology) + number, 1.0
    return morphology.with_sections(sections)


def axon_segments() -> list[int]:
    """Return the number of segments of each section of the artificial axon: its points."""
    return [piece.points for piece in _PIECES]


def without_axon(morphology: Morphology) -> Morphology:
    """Return the morphology without its axon and myelin; the other sections keep their order.

    Raises:
        CellError: If another section hangs on the axon.
    """
    kept = [
        index
        for index, section in enumerate(morphology.sections)
        if not set(AXON_LABELS) & set(section.labels)
    ]
    number = {-1: -1} | {old: new for new, old in enumerate(kept)}
    sections = []
    for index in kept:
        section = morphology.sections[index]
        if section.parent not in number:
            raise CellError(
                f"morphology {morphology.name!r}: section {section.name!r} hangs on the axon, "
                "which therefore cannot be dropped"
            )
        sections.append(
            Section(
                section.name,
                section.labels,
                number[section.parent],
                section.parent_x,
                section.points,
            )
        )
    report = morphology.report
    note = f"axon: {len(morphology) - len(kept)} sections, replaced by an artificial one"
    return Morphology(
        morphology.name,
        tuple(sections),
        LoadReport(
            report.source, report.format, report.soma_rule, (*report.dropped, note), report.notes
        ),
    )
