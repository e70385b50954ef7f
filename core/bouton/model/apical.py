"""The parts of an apical dendrite: trunk, main bifurcation, obliques and tuft."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import frozen

from bouton.errors import MorphologyError
from bouton.model.morphology import FloatArray, IntArray, Morphology


@frozen(eq=False)
class ApicalParts:
    """Section indices of the parts of an apical dendrite, each in section order.

    Path distances are `Morphology.start_um` and `Morphology.end_um`.

    Attributes:
        main_bifurcation: The section at whose end the tuft begins.
        trunk: From the soma to the main bifurcation, which it includes.
        oblique: What leaves the trunk before the main bifurcation.
        tuft: What lies beyond the main bifurcation.
    """

    main_bifurcation: int
    trunk: IntArray
    oblique: IntArray
    tuft: IntArray


def apical_parts(
    morphology: Morphology, *, label: str = "apic", reach_um: float = 1000.0
) -> ApicalParts:
    """Return the parts of the apical dendrite of a thick-tufted pyramidal neuron.

    The main bifurcation is the end of the first section with two or more children that each are,
    or lead to, a section ending beyond `reach_um` of path distance from x = 0 of the soma.

    Args:
        morphology: The cell.
        label: Label of the apical dendrite.
        reach_um: How far a branch must reach to count as tuft, um.

    Raises:
        MorphologyError: If there is no such section.
    """
    sections = morphology.indices(label).tolist()
    if not sections:
        known = ", ".join(morphology.labels)
        raise MorphologyError(
            f"morphology {morphology.name!r}: no section is labelled {label!r}; it has {known}"
        )
    far = reaching(morphology, sections, morphology.end_um, reach_um)
    forks = [s for s in sections if sum(child in far for child in morphology.children[s]) >= 2]
    if not forks:
        reached = float(morphology.end_um[sections].max())
        raise MorphologyError(
            f"morphology {morphology.name!r}: the {label!r} tree has no main bifurcation, a place "
            f"with two branches that reach beyond {reach_um:g} um (it reaches {reached:.0f} um)"
        )
    return _parts(morphology, sections, forks[0])


def reaching(
    morphology: Morphology, sections: Iterable[int], end_um: FloatArray, reach_um: float
) -> set[int]:
    """Return those of some sections that end beyond a distance or lead to one of them that does.

    Args:
        morphology: The cell.
        sections: Section indices; a path that leaves them leads nowhere.
        end_um: Path distance of the end of every section, um, shape (n_sections,).
        reach_um: The distance, um.
    """
    inside, far = set(sections), set[int]()
    for section in inside:
        above = section if end_um[section] > reach_um else -1
        while above in inside and above not in far:
            far.add(above)
            above = int(morphology.parents[above])
    return far


def _parts(morphology: Morphology, sections: list[int], fork: int) -> ApicalParts:
    inside = set(sections)
    trunk = {fork}
    above = int(morphology.parents[fork])
    while above in inside:
        trunk.add(above)
        above = int(morphology.parents[above])
    tuft: set[int] = set()
    for section in sections:
        parent = int(morphology.parents[section])
        if parent == fork or parent in tuft:
            tuft.add(section)
    oblique = inside - trunk - tuft
    return ApicalParts(fork, *(_indices(part) for part in (trunk, oblique, tuft)))


def _indices(sections: set[int]) -> IntArray:
    return np.array(sorted(sections), dtype=np.int64)
