"""A morphology loader: straight branches, one a line."""

from __future__ import annotations

from pathlib import Path

from attrs import field, frozen, validators

from bouton.errors import MorphologyError, did_you_mean
from bouton.model.morphology import LoadReport, Morphology, Section

_FORM = "expected 'name parent length_um diameter_um', and '-' as the parent of the first"


@frozen
class Skeleton:
    """Reads one branch a line: name, parent, length and diameter in um.

    Every branch runs along x from the end of its parent. Its label is its name up to a bracket.

    Attributes:
        length_scale: Factor on all lengths.
    """

    length_scale: float = field(default=1.0, validator=validators.gt(0.0))

    def load(self, path: Path) -> Morphology:
        """Return the morphology of a file.

        Raises:
            MorphologyError: Naming file, line and problem, if the file is broken.
        """
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise MorphologyError(f"{path}: cannot be read as text: {error}") from error
        sections: list[Section] = []
        for number, line in enumerate(lines, 1):
            if words := line.split():
                sections.append(self._section(words, sections, f"{path}:{number}"))
        if not sections:
            raise MorphologyError(f"{path} has no branches; {_FORM}")
        report = LoadReport(str(path), "skeleton-entry", soma_rule="as written")
        return Morphology(Path(path).stem, tuple(sections), report)

    def _section(self, words: list[str], before: list[Section], where: str) -> Section:
        try:
            name, parent, length, diameter = words
            length_um, diameter_um = float(length) * self.length_scale, float(diameter)
        except ValueError as error:
            raise MorphologyError(f"{where}: {_FORM}; got {' '.join(words)!r}") from error
        if not (0 < length_um < 1e6 and 0 < diameter_um < 1e6):
            raise MorphologyError(f"{where}: length and diameter must be above 0 um")
        names = [section.name for section in before]
        if (parent == "-") == bool(before) or (before and parent not in names):
            hint = did_you_mean(parent, names)
            raise MorphologyError(f"{where}: parent {parent!r} is not a branch above; {hint}")
        index = names.index(parent) if before else -1
        start_um = float(before[index].points[-1, 0]) if before else 0.0
        points = [[start_um, 0, 0, diameter_um], [start_um + length_um, 0, 0, diameter_um]]
        return Section(name, (name.partition("[")[0],), index, 1.0 if before else 0.0, points)
