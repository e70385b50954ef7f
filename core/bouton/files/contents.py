"""Which files a study depends on, and what was in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from bouton.files.converter import Reader
    from bouton.files.node import Node


@define
class FileContents:
    """SHA-256 of every input file, and those that a document expects.

    Attributes:
        expected: Absolute path -> SHA-256 that the document states.
        found: Absolute path -> SHA-256 of what is there now.
    """

    expected: Mapping[str, str] = field(factory=dict)
    found: dict[str, str] = field(factory=dict)

    def add(self, reader: Reader, node: Node, path: Path) -> None:
        """Note a file that the study names, and refuse one that is not what it was."""
        try:
            digest = sha256_of(path)
        except OSError as error:
            reader.refuse(node, f"{path} cannot be read: {error.strerror}")
        self.found[str(path)] = digest
        stated = self.expected.get(str(path), digest)
        if stated != digest:
            reader.refuse(
                node,
                f"{path} is not the file that this study was made with "
                f"(SHA-256 {digest[:12]}..., expected {stated[:12]}...)",
                "put the old file back, or read the study from its own file again",
            )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
