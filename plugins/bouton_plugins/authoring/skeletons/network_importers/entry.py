"""A reader of networks: a text with one population a line."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from bouton.errors import NetworkError


@frozen
class Skeleton:
    """Reads one population a line: name and number of cells.

    Attributes:
        comment: What begins a comment.
    """

    comment: str = "#"

    def sizes(self, path: Path) -> dict[str, int]:
        """Return the number of cells of every population.

        Raises:
            NetworkError: Naming file and line, if the file is broken.
        """
        try:
            lines = Path(path).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise NetworkError(f"{path}: cannot be read as text: {error}") from error
        sizes: dict[str, int] = {}
        for number, line in enumerate(lines, 1):
            words = line.partition(self.comment)[0].split()
            if not words:
                continue
            if len(words) != 2 or not words[1].isdigit() or words[0] in sizes:
                raise NetworkError(f"{path}:{number}: expected a new name and a number of cells")
            sizes[words[0]] = int(words[1])
        return sizes
