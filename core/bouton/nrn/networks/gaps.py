"""Gap junctions in NEURON: both halves, each in the process that has its side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bouton.errors import NetworkError
from bouton.model.network import GapJunctions
from bouton.nrn import sections
from bouton.nrn.engine import parallel
from bouton.nrn.networks.cells import NetworkCells


def coupled(cells: NetworkCells, every: Sequence[GapJunctions]) -> list[Any]:
    """Make the halves of all gap junctions that this process has; return what must be kept.

    Raises:
        NetworkError: If a place does not exist.
    """
    halves: list[Any] = []
    number = 0
    for gaps in every:
        halves += _halves(cells, gaps, number)
        number += 2 * len(gaps)
    return halves


def _halves(cells: NetworkCells, gaps: GapJunctions, base: int) -> list[Any]:
    first = cells.network.first_ids
    places = (
        (gaps.source + first[gaps.pre], gaps.source_section, gaps.source_x),
        (gaps.target + first[gaps.post], gaps.target_section, gaps.target_x),
    )
    halves = []
    for row in range(len(gaps)):
        for side in (0, 1):
            cell, section, x = (column[row] for column in places[side])
            if int(cell) % cells.ranks != cells.rank:
                continue
            segment = _segment(cells, gaps, int(cell), int(section), float(x))
            own, other = base + 2 * row + side, base + 2 * row + 1 - side
            parallel.source_var(segment._ref_v, own, sec=segment.sec)
            values = {gaps.conductance: float(gaps.weight[row])}
            half = sections.point_process(gaps.mechanism, segment, values, gaps.catalogues)
            parallel.target_var(half, getattr(half, f"_ref_{gaps.variable}"), other)
            halves.append(half)
    return halves


def _segment(cells: NetworkCells, gaps: GapJunctions, cell: int, section: int, x: float) -> Any:  # noqa: ANN401
    if cell not in cells.live or not 0 <= section < len(cells.live[cell].sections):
        raise NetworkError(
            f"gap junctions {gaps.name!r}: cell {cell} has no section number {section}"
        )
    return cells.live[cell].sections[section](x)
