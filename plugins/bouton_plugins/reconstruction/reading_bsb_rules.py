"""Placement and connectivity of the Brain Scaffold Builder in our form."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from bouton.files.node import Node
from bouton_plugins.reconstruction.reading_bsb_cells import CellRewriter
from bouton_plugins.reconstruction.rewriter import Handler, Out, short
from bouton_plugins.reconstruction.rewriting import Written

_PLACED_BY = {
    "random": "random-cells",
    "random_placement": "random-cells",
    "fixed_positions": "positions",
    "csv_import_placement": "positions-file",
}
_RENAMED = {
    "positions": {"positions": "positions_um"},
    "positions-file": {
        "source": "file",
        **{name: axis for axis in "xyz" for name in (axis, f"{axis}_header")},
    },
}
# its default; a share that followed the chunk size would make the network depend on it
_CHUNK_UM = 100.0


class RuleRewriter(CellRewriter):
    """Rewrites sections `placement` and `connectivity`."""

    def _placed(self, node: Node) -> Node:
        options: Out = {}
        own = ("strategy", "cell_types", "partitions", "overrides", "depends_on", "distribute")
        strategy = self._need(node, "strategy")
        name = self._named(strategy, _PLACED_BY, "placements")
        keys = _RENAMED.get(name, {})
        found = self._keys(
            node,
            {
                "strategy": lambda _, __: None,
                "cell_types": self._same("cell_types"),
                "partitions": self._same("partitions"),
                "overrides": self._each("amounts", self._override),
                "depends_on": self._without_effect(
                    "what a placement needs is worked out from its amounts"
                ),
                "distribute": self._distribute,
                "type_header": self._refused("a table holds cells of one type"),
                "cache": self._without_effect("a table is read once"),
                "progress_bar": self._without_effect("a table is read at once"),
                "rng": self._without_effect("the seed of the network is used"),
                **{
                    key: self._into(options, keys.get(key, key))
                    for key in self._option_keys(node, own, name, "placements", keys)
                },
            },
        )
        options["use"] = evolve(strategy, value=name)
        if name == "random-cells":  # there, every chunk gets its share of the cells
            options["spread_um"] = evolve(strategy, value=_CHUNK_UM)
        found.value["strategy"] = Written(options, strategy.line, strategy.file, path=node.path)
        return found

    def _override(self, node: Node) -> Node:
        own = ("radius", "morphologies", "geometry")
        fixed = self._refused("is that of the cell type, in every placement")
        handlers = {**self._amount_keys(), **dict.fromkeys(own, fixed)}
        found = self._with_amount(self._keys(node, handlers))
        amount: Node | None = found.value.get("amount")
        if amount is None:
            self.reader.refuse(node, "gives no number of cells", "give count or density")
        return amount

    def _distribute(self, node: Node, out: Out) -> None:
        def rotations(inner: Node, made: Out) -> None:
            known = {"none": "none", "explicitly_none": "none", "random": "random"}
            made["rotation"] = chosen = self._strategy(inner, known)
            if chosen.value == "random":
                text = "every rotation is equally likely here; three uniform angles are not that"
                self._notice(inner, text)

        def shapes(inner: Node, made: Out) -> None:
            known = {"random": "random", "roundrobin": "in-turn", "round_robin": "in-turn"}
            made["morphologies"] = self._strategy(inner, known)

        found = self._keys(node, {"rotations": rotations, "morphologies": shapes})
        out.update(found.value)

    def _strategy(self, node: Node, known: Mapping[str, str]) -> Node:
        if isinstance(node.value, str):
            node = Written({"strategy": node}, node.line, node.file, path=node.path)
        kind = self._kind(node, "strategy", next(iter(known)), known)
        self._keys(node, {"strategy": lambda _, __: None})
        return kind

    def _connected(self, node: Node) -> Node:
        strategy = self._need(node, "strategy")
        rule, keys = self._rule(node, strategy, short(self._text(strategy)))
        found = self._keys(
            node,
            {
                "strategy": lambda _, __: None,
                "presynaptic": lambda inner, out: out.update(pre=self._side(inner)),
                "postsynaptic": lambda inner, out: out.update(post=self._side(inner)),
                "depends_on": self._without_effect("rules of connectivity need nothing of others"),
                "output_naming": self._refused("connection sets are called like their rule"),
                "rng": self._without_effect("the seed of the network is used"),
                **keys,
            },
        )
        for key in ("presynaptic", "postsynaptic"):
            self._need(node, key)
        found.value["rule"] = Written(rule, strategy.line, strategy.file, path=node.path)
        return found

    def _rule(self, node: Node, strategy: Node, name: str) -> tuple[Out, dict[str, Handler]]:
        """Return our rule, which the handlers of the strategy's own keys fill."""
        rule: Out = {}

        def use(ours: str, allow_self: bool = True) -> None:
            rule["use"] = evolve(strategy, value=ours)
            if allow_self:
                rule["allow_self"] = evolve(strategy, value=True)

        cost = self._without_effect("it changes the cost there, not the network")
        if name == "voxel_intersection":
            use("voxel-intersection")
            self._notice(
                strategy,
                "contacts join points of voxels that meet, which may lie tens of um apart, and "
                "cells may connect to themselves; touch-distance does neither",
            )
            return rule, {
                "affinity": self._into(rule, "affinity"),
                "contacts": lambda inner, _: rule.update(contacts_per_pair=self._contacts(inner)),
                "voxels_pre": self._into(rule, "voxels_pre"),
                "voxels_post": self._into(rule, "voxels_post"),
                "cache": cost,
                "favor_cache": cost,
            }
        if name == "segment_intersection":
            use("touch-distance")
            self._notice(strategy, "done by touch-distance: contacts at the nearest points")
            rule["distance_um"] = evolve(strategy, value=0.0)  # its default
            return rule, {
                "affinity": self._into(rule, "affinity"),
                "contact_distance": self._into(rule, "distance_um"),
                "favor_cache": cost,
                "seed": self._without_effect("the seed of the network is used"),
            }
        if name == "all_to_all":
            use("probability" if "affinity" in node.value else "all-to-all")
            return rule, {"affinity": self._into(rule, "probability")}
        if name in ("fixed_indegree", "fixed_outdegree"):
            use("fixed-in-degree" if name == "fixed_indegree" else "fixed-out-degree")
            key = name.removeprefix("fixed_")
            self._need(node, key)
            return rule, {key: self._into(rule, "number")}
        ours = self._named(strategy, {}, "connectors")
        use(ours, allow_self=False)
        own = ("strategy", "presynaptic", "postsynaptic", "depends_on", "output_naming", "rng")
        return rule, {
            key: self._into(rule, key)
            for key in self._option_keys(node, own, ours, "connectors", {})
        }

    def _contacts(self, node: Node) -> Node:
        if not node.is_mapping:
            return node
        given = {key: inner.value for key, inner in self.reader.mapping(node).items()}
        if given.get("distribution") != "constant" or set(given) != {"distribution", "constant"}:
            self.reader.refuse(
                node,
                "distributions of scipy are not offered",
                "give a number, or a formula such as normal(3, 1)",
            )
        return node.child("constant")

    def _side(self, node: Node) -> Node:
        found = self._keys(
            node,
            {
                "cell_types": self._same("cell_types"),
                "morphology_labels": self._same("labels"),
                "labels": self._refused("labels of cells are not offered", "name cell types"),
                "morpho_loader": self._refused("loaders in Python are not offered"),
            },
        )
        self._need(node, "cell_types")
        return found
