"""Configurations of the Brain Scaffold Builder, put into our own form before they are judged.

The tree is rewritten, not the text: every value keeps the line and the path at which the user wrote
it. What has no effect here is said in a notice; what would change the network and cannot be done is
an error. No Python is ever imported for a configuration.
"""

from __future__ import annotations

from collections.abc import Iterable

from bouton.files.converter import Reader
from bouton.files.node import Node
from bouton_plugins.reconstruction.reading_bsb_rules import RuleRewriter
from bouton_plugins.reconstruction.rewriter import Handler, Out
from bouton_plugins.reconstruction.rewriting import Written
from bouton_plugins.reconstruction.simulation.translation import SimulationTranslator

_ROOT_ONLY = (
    "after_connectivity",
    "after_placement",
    "components",
    "packages",
    "rng",
)
_NETWORK_ONLY = ("x", "y", "z", "origin", "chunk_size")


def is_foreign(root: Node) -> bool:
    """Return whether a document is in the form of the Brain Scaffold Builder."""
    if not root.is_mapping:
        return False
    network, storage = root.value.get("network"), root.value.get("storage")
    return (
        any(key in root.value for key in _ROOT_ONLY)
        or isinstance(root.value.get("morphologies", Node(None)).value, list)
        or _has(network, _NETWORK_ONLY)
        or _has(storage, ("engine", "root"))
    )


def _has(node: Node | None, keys: Iterable[str]) -> bool:
    return node is not None and node.is_mapping and any(key in node.value for key in keys)


class Translator(RuleRewriter):
    """Rewrites one document.

    Args:
        reader: Collects the problems.

    Attributes:
        notices: What has no effect, or another one than the user may expect.
    """

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)
        self._simulations = SimulationTranslator(reader, self._notice)

    def translated(self, root: Node) -> tuple[Node, list[str]]:
        """Return the document in our form, without what could not be rewritten, and the notices."""
        made = self._keys(
            root,
            {
                "name": self._same("name"),
                "components": self._components,
                "packages": self._without_effect("packages are not checked"),
                "morphologies": self._morphologies,
                "files": self._without_effect("no rule here reads other files"),
                "rng": self._rng,
                "storage": self._storage,
                "network": self._network,
                "regions": self._each("regions", self._region),
                "partitions": self._each("partitions", self._partition),
                "cell_types": self._each("cell_types", self._cell_type),
                "placement": self._each("placement", self._placed),
                "after_placement": self._hooks,
                "connectivity": self._each("connectivity", self._connected),
                "after_connectivity": self._hooks,
                "simulations": self._each("simulations", self._simulations.translated),
            },
        )
        return made, self.notices

    def _components(self, node: Node, out: Out) -> None:
        del out
        if not node.value:
            return
        self._notice(
            node,
            "not imported: no Python is run for a configuration. What they define must come from "
            "an installed plug-in",
        )

    def _hooks(self, node: Node, out: Out) -> None:
        del out
        if node.value:
            self.reader.refuse(node, "hooks that change a network are not offered")

    def _rng(self, node: Node, out: Out) -> None:
        why = "random numbers are keyed by seed and cell, in one way only"
        found = self._keys(
            node,
            {
                "seed": self._same("seed"),
                **{
                    key: self._without_effect(why)
                    for key in ("strategy", "bit_generator", "generators", "settings")
                },
            },
        )
        out.update(found.value)

    def _storage(self, node: Node, out: Out) -> None:
        def engine(inner: Node, _: Out) -> None:
            if inner.value != "hdf5":
                self._notice(inner, "has no effect: a network is always one HDF5 file")

        out["storage"] = self._keys(node, {"engine": engine, "root": self._same("file")})

    def _network(self, node: Node, out: Out) -> None:
        sides: Out = {}
        found = self._keys(
            node,
            {
                **{axis: self._into(sides, axis) for axis in "xyz"},
                "origin": self._same("origin_um"),
                "chunk_size": self._same("chunk_um"),
            },
        )
        size = [sides.get(axis) or self._need(node, axis) for axis in "xyz"]
        found.value["size_um"] = Written(size, node.line, node.file, path=node.path)
        out["network"] = found

    def _partition(self, node: Node) -> Node:
        kind = self._kind(node, "type", "layer", {"layer": "layer", "rhomboid": "box"})
        common: dict[str, Handler] = {
            "type": lambda _, out: out.update(type=kind),
            "origin": self._same("origin_um"),
        }
        if kind.value == "layer":
            layer = {"thickness": self._same("thickness_um"), "axis": self._same("axis")}
            found = self._keys(node, {**common, **layer})
            self._need(node, "thickness")
            return found
        stays = self._without_effect("a box is where it is said to be")
        found = self._keys(
            node,
            {
                **common,
                "dimensions": self._same("size_um"),
                "can_scale": stays,
                "can_move": stays,
                "can_rotate": stays,
                "orientation": self._refused("boxes that are turned are not offered"),
            },
        )
        found.value["type"] = kind
        return found

    def _region(self, node: Node) -> Node:
        kinds = {"group": "group", "region_group": "group", "stack": "stack"}
        kind = self._kind(node, "type", "group", kinds)
        found = self._keys(
            node,
            {
                "type": lambda _, out: out.update(type=kind),
                "children": self._same("children"),
                "axis": self._same("axis"),
                "anchor": self._same("anchor"),
            },
        )
        self._need(node, "children")
        return found
