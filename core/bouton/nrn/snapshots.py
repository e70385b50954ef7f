"""The state of a simulation, stored and brought back; never onto a changed structure.

NEURON's SaveState holds time, potentials, STATE variables and events under way. Restored onto other
point processes than it was made from, NEURON 9.0 ends the process (a segmentation fault or a failed
assertion, neither of which can be caught). So a fingerprint of everything alive is compared first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import field, frozen

from bouton.errors import SimulationError
from bouton.nrn.engine import h

_MOST_DIFFERENCES = 3


@frozen(eq=False)
class Fingerprint:
    """What is alive in NEURON, by name; numbers that can be set in place are not in it.

    Attributes:
        parts: Name of a thing -> what it is made of.
    """

    parts: Mapping[str, str] = field(repr=False)

    @classmethod
    def taken(cls) -> Fingerprint:
        """Return the fingerprint of everything that is alive now."""
        parts = dict(part for named in _named_sections() for part in _section(*named))
        parts["network"] = f"{int(h.List('NetCon').count())} connections"
        return cls(parts)

    def differences(self, now: Fingerprint) -> list[str]:
        """Return sentences on what has changed since this fingerprint was taken."""
        found = []
        for name, was in self.parts.items():
            if name not in now.parts:
                found.append(f"{name} is gone")
            elif now.parts[name] != was:
                found.append(f"{name} had {was}, now has {now.parts[name]}")
        found += [f"{name} is new" for name in now.parts if name not in self.parts]
        return found


def _section(section: Any, name: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    parent = section.parentseg()
    where = "no parent" if parent is None else f"parent {parent}"
    yield f"section {name}", f"{section.nseg} segments and {where}"
    for segment in section:
        points = Counter(point.hname().partition("[")[0] for point in segment.point_processes())
        counted = [f"{count} {kind}" for kind, count in sorted(points.items())]
        densities = sorted(mechanism.name() for mechanism in segment)
        yield f"segment {name}({segment.x:g})", ", ".join(densities + counted) or "nothing"


def _named_sections() -> Iterator[tuple[Any, str]]:
    """Yield every section with a name of its own; cells of a population share section names."""
    seen: Counter[str] = Counter()
    for section in h.allsec():
        name = section.name()
        seen[name] += 1
        yield section, name if seen[name] == 1 else f"{name} of cell {seen[name]}"


@frozen(eq=False)
class SavedState:
    """The state of everything that is alive, at one moment.

    Attributes:
        fingerprint: What was alive.
    """

    fingerprint: Fingerprint
    _save: Any = field(repr=False)

    @classmethod
    def taken(cls) -> SavedState:
        """Store the state as it is now."""
        save = h.SaveState()
        save.save()
        return cls(Fingerprint.taken(), save)

    def restore(self) -> None:
        """Bring potentials, STATE variables and the simulator's time back.

        Events under way come back too: they keep their distance to the stored time.

        Raises:
            SimulationError: If the structure differs; nothing is changed then.
        """
        differences = self.fingerprint.differences(Fingerprint.taken())
        if differences:
            more = len(differences) - _MOST_DIFFERENCES
            told = "; ".join(differences[:_MOST_DIFFERENCES])
            raise SimulationError(
                "structure changed",
                f"the stored state does not fit what is simulated now: {told}"
                + (f"; and {more} more differences" if more > 0 else "")
                + "; store the state again after a change of the structure",
            )
        self._save.restore()
