"""A document in another form than the one that it was written in."""

from __future__ import annotations

from attrs import evolve, frozen

from bouton.files.node import Node


@frozen
class Written(Node):
    """A value in our form whose parts know where the user wrote them."""

    def child(self, key: str) -> Node:
        """Return the value under a key; if it knows its path, with that one."""
        found: Node = self.value[key] if self.is_mapping else self.value[int(key)]
        return found if found.path else evolve(found, path=(*self.path, key))
