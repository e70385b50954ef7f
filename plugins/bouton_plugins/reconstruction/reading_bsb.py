"""Configurations of the Brain Scaffold Builder, put into our own form before they are judged.

The tree is rewritten, not the text: every value keeps the line and the path at which the user wrote
it. What has no effect here is said in a notice; what would change the network and cannot be done is
an error. No Python is ever imported for a configuration.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Any

from attrs import evolve

from bouton.errors import did_you_mean
from bouton.files.converter import Reader
from bouton.files.node import Node, dotted
from bouton.files.refusal import Refused
from bouton_plugins.reconstruction.rewriting import Written
from bouton_plugins.reconstruction.simulation.translation import SimulationTranslator

Out = dict[str, Node]
Handler = Callable[[Node, Out], None]

_ROOT_ONLY = (
    "after_connectivity",
    "after_placement",
    "components",
    "packages",
    "rng",
)
_NETWORK_ONLY = ("x", "y", "z", "origin", "chunk_size")

_PLACED_BY = {"random_placement": "random-cells", "fixed_positions": "positions"}
_TAGS = {"1": "soma", "2": "axon", "3": "dendrites"}
_AMOUNTS = {
    "count": "count",
    "density": "density_per_um3",
    "planar_density": "planar_density_per_um2",
    "relative_to": "relative_to",
}
_RATIOS = ("count_ratio", "density_ratio")


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


def _short(text: str) -> str:
    """Return the short name of a class path: `bsb.RandomPlacement` gives `random_placement`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.rpartition(".")[2]).lower()


class Translator:
    """Rewrites one document.

    Args:
        reader: Collects the problems.

    Attributes:
        notices: What has no effect, or another one than the user may expect.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.notices: list[str] = []
        self._simulations = SimulationTranslator(reader, self._notice)

    def translated(self, root: Node) -> tuple[Node, list[str]]:
        """Return the document in our form, and the notices."""
        before = len(self.reader.problems)
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
        if len(self.reader.problems) > before:
            raise Refused
        return made, self.notices

    # Building blocks

    def _keys(self, node: Node, handlers: Mapping[str, Handler]) -> Written:
        """Return a mapping in our form; unknown keys are noted with close matches."""
        out: Out = {}
        for key, inner in self.reader.mapping(node).items():
            if key not in handlers:
                self.reader.unknown_key(inner, key, handlers)
                continue
            with self.reader.going_on():
                handlers[key](inner, out)
        return Written(out, node.line, node.file, path=node.path)

    def _same(self, name: str) -> Handler:
        return lambda node, out: out.update({name: node})

    def _each(self, name: str, translate: Callable[[Node], Node]) -> Handler:
        def handler(node: Node, out: Out) -> None:
            found = {}
            for key, inner in self.reader.mapping(node).items():
                with self.reader.going_on():
                    found[key] = translate(inner)
            out[name] = Written(found, node.line, node.file, path=node.path)

        return handler

    def _into(self, options: Out, name: str) -> Handler:
        return lambda node, _: options.update({name: node})

    def _without_effect(self, why: str) -> Handler:
        return lambda node, _: self._notice(node, f"has no effect: {why}")

    def _refused(self, why: str, hint: str = "") -> Handler:
        return lambda node, _: self.reader.refuse(node, why, hint)

    def _notice(self, node: Node, text: str) -> None:
        place = f"{node.file}:{node.line} " if node.line else ""
        self.notices.append(f"{place}{dotted(node.path)}: {text}")

    def _need(self, node: Node, key: str) -> Node:
        if key not in node.value:
            self.reader.note(node, f"missing: {key} is required", key=key)
            raise Refused
        return node.child(key)

    def _text(self, node: Node) -> str:
        return str(self.reader.read(node, str))

    # Sections

    def _components(self, node: Node, out: Out) -> None:
        del out
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
            self._need(node, "thickness")
            layer = {"thickness": self._same("thickness_um"), "axis": self._same("axis")}
            return self._keys(node, {**common, **layer})
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

    def _kind(self, node: Node, key: str, default: str, known: Mapping[str, str]) -> Node:
        """Return our name for what a selector says."""
        self.reader.mapping(node)
        if key not in node.value:
            return Node(known[default], node.line, node.file, path=(*node.path, key))
        given = node.child(key)
        name = _short(self._text(given))
        if name not in known:
            hint = did_you_mean(name, known)
            self.reader.refuse(given, f"{given.value!r} is not offered here", hint)
        return evolve(given, value=known[name])

    # Morphologies

    def _morphologies(self, node: Node, out: Out) -> None:
        if not isinstance(node.value, list):
            self.reader.refuse(node, f"expected a list, got {node.describe()}")
        found: Out = {}
        for _, entry in node.children():
            with self.reader.going_on():
                name, made = self._morphology(entry)
                if name in found:
                    self.reader.refuse(entry, f"a second morphology called {name!r}")
                found[name] = made
        out["morphologies"] = Written(found, node.line, node.file, path=node.path)

    def _morphology(self, node: Node) -> tuple[str, Node]:
        if isinstance(node.value, str):
            node = Written({"file": node}, node.line, node.file, path=node.path)
        file = self._need(evolve(node, value=self.reader.mapping(node)), "file")
        text = self._text(file)
        if "://" in text:
            self.reader.refuse(file, "morphologies are not downloaded", "give the path of a file")
        names: list[str] = []
        parts: Out = {}
        pipeline = self._refused("pipelines that change morphologies are not offered")
        self._keys(
            node,
            {
                "file": self._same("file"),
                "name": lambda inner, _: names.append(self._text(inner)),
                "parser": lambda inner, _: parts.update(parser=inner),
                "pipeline": lambda inner, out: pipeline(inner, out) if inner.value else None,
            },
        )
        path = PurePath(text)
        made = self._loader(node, path.suffix.lower(), parts.get("parser"))
        made["file"] = file
        return names[0] if names else path.stem, Written(made, node.line, node.file, path=node.path)

    def _loader(self, node: Node, suffix: str, parser: Node | None) -> Out:
        """Return the options of our loader that read a file as their parser does."""
        tags: Out = {key: Node(value, node.line, node.file) for key, value in _TAGS.items()}
        if parser is not None and parser.is_mapping:
            boundary = "branches always begin where their parent ends"
            read_as = self._keys(
                parser,
                {
                    "parser": lambda _, __: None,
                    "tags": self._same("tags"),
                    "skip_boundary_labels": self._without_effect(boundary),
                    "flags": self._without_effect("MorphIO reads files as they are"),
                },
            )
            given = read_as.value.get("tags")
            tags.update(self.reader.mapping(given) if given is not None else {})
        if suffix != ".swc":
            return {}
        return {
            "loader": Node("swc", node.line, node.file, path=node.path),
            "tags": Written(tags, node.line, node.file, path=node.path),
            "start_at_soma": Node(True, node.line, node.file, path=node.path),
            "missing_soma": Node("accept", node.line, node.file, path=node.path),
        }

    # Cells

    def _cell_type(self, node: Node) -> Node:
        parts: Out = {}

        def entity(inner: Node, _: Out) -> None:
            if inner.value is not False:
                self.reader.refuse(inner, "populations without positions are not offered")

        self._keys(
            node,
            {
                "entity": entity,
                "plotting": self._without_effect("figures choose their own colours"),
                "spatial": lambda inner, _: parts.update(spatial=inner),
            },
        )
        spatial = parts.get("spatial") or self._need(node, "spatial")
        found = self._keys(
            spatial,
            {
                "radius": self._same("radius_um"),
                "morphologies": self._selectors,
                **self._amount_keys(),
                "geometry": self._without_effect("no rule here reads it"),
            },
        )
        return self._with_amount(found)

    def _amount_keys(self) -> dict[str, Handler]:
        chunks = "depends on the size of chunks; nothing here does"
        names = (*_AMOUNTS.values(), *_RATIOS)
        keys = (*_AMOUNTS, *_RATIOS)
        return {
            **{key: self._same(f"amount {name}") for key, name in zip(keys, names, strict=True)},
            "local_count_ratio": self._refused(chunks, "use count_ratio"),
            "density_key": self._refused("partitions of voxels are not offered"),
        }

    def _with_amount(self, found: Written) -> Written:
        """Return a cell type with its amount in one place; of several, the last kind counts."""
        amount = {k.split()[1]: n for k, n in found.value.items() if k.startswith("amount ")}
        rest = {k: n for k, n in found.value.items() if not k.startswith("amount ")}
        order = [*list(_AMOUNTS.values())[:3], "relative_to"]
        given = [name for name in order if name in amount]
        for name in given[:-1]:
            self._notice(amount.pop(name), "has no effect: what comes later in the order count, "
                         "density, planar_density, relative_to counts")  # fmt: skip
        if amount:
            first = next(iter(amount.values()))
            rest["amount"] = Written(amount, first.line, first.file, path=found.path)
        return evolve(found, value=rest)

    def _selectors(self, node: Node, out: Out) -> None:
        if not isinstance(node.value, list):
            self.reader.refuse(node, f"expected a list, got {node.describe()}")
        names: list[Node] = []

        def listed(inner: Node, _: Out) -> None:
            if not isinstance(inner.value, list):
                self.reader.refuse(inner, f"expected a list, got {inner.describe()}")
            names.extend(name for _, name in inner.children())

        for _, entry in node.children():
            if isinstance(entry.value, str):
                names.append(entry)
                continue
            with self.reader.going_on():
                self._kind(entry, "select", "by_name", {"by_name": ""})
                self._keys(entry, {"select": lambda _, __: None, "names": listed})
        out["morphologies"] = Written(names, node.line, node.file, path=node.path)

    # Rules

    def _placed(self, node: Node) -> Node:
        options: Out = {}
        own = ("strategy", "cell_types", "partitions", "overrides", "depends_on", "distribute")
        strategy = self._need(evolve(node, value=self._mapped(node)), "strategy")
        name = self._named(strategy, _PLACED_BY, "placements")
        keys = {"positions": "positions_um"} if name == "positions" else {}
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
                "rng": self._without_effect("the seed of the network is used"),
                **{
                    key: self._into(options, keys.get(key, key))
                    for key in self._option_keys(node, own, name, "placements", keys)
                },
            },
        )
        options["use"] = evolve(strategy, value=name)
        found.value["strategy"] = Written(options, strategy.line, strategy.file, path=node.path)
        return found

    def _mapped(self, node: Node) -> Any:  # noqa: ANN401
        self.reader.mapping(node)
        return node.value

    def _override(self, node: Node) -> Node:
        found = self._with_amount(self._keys(node, self._amount_keys()))
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
        strategy = self._need(evolve(node, value=self._mapped(node)), "strategy")
        short = _short(self._text(strategy))
        rule, keys = self._rule(node, strategy, short)
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

    def _rule(self, node: Node, strategy: Node, short: str) -> tuple[Out, dict[str, Handler]]:
        """Return our rule, which the handlers of the strategy's own keys fill."""
        rule: Out = {}

        def use(name: str, allow_self: bool = True) -> None:
            rule["use"] = evolve(strategy, value=name)
            if allow_self:
                rule["allow_self"] = evolve(strategy, value=True)

        cost = self._without_effect("it changes the cost there, not the network")
        if short == "voxel_intersection":
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
        if short == "segment_intersection":
            use("touch-distance")
            self._notice(strategy, "done by touch-distance: contacts at the nearest points")
            return rule, {
                "affinity": self._into(rule, "affinity"),
                "contact_distance": self._into(rule, "distance_um"),
                "favor_cache": cost,
                "seed": self._without_effect("the seed of the network is used"),
            }
        if short == "all_to_all":
            use("probability" if "affinity" in node.value else "all-to-all")
            return rule, {"affinity": self._into(rule, "probability")}
        if short in ("fixed_indegree", "fixed_outdegree"):
            use("fixed-in-degree" if short == "fixed_indegree" else "fixed-out-degree")
            return rule, {short.removeprefix("fixed_"): self._into(rule, "number")}
        name = self._named(strategy, {}, "connectors")
        use(name, allow_self=False)
        own = ("strategy", "presynaptic", "postsynaptic", "depends_on", "output_naming", "rng")
        return rule, {
            key: self._into(rule, key)
            for key in self._option_keys(node, own, name, "connectors", {})
        }

    def _named(self, node: Node, known: Mapping[str, str], kind: str) -> str:
        """Return the name of our plug-in for a strategy: an alias, or one of our own names."""
        text = self._text(node)
        if _short(text) in known:
            return known[_short(text)]
        ours = self.reader.names(kind)
        if text not in ours:
            hint = did_you_mean(_short(text), [*known, *ours])
            self.reader.refuse(node, f"the strategy {text!r} is not offered here", hint)
        return text

    def _option_keys(
        self,
        node: Node,
        own: Iterable[str],
        name: str,
        kind: str,
        renamed: Mapping[str, str],
    ) -> list[str]:
        """Return the keys of a rule that are options of our plug-in."""
        cls, _ = self.reader.resolve(evolve(node, value=name), kind)
        fields = set(self.reader.fields(node, cls)) - set(renamed.values())
        return [*(fields - set(own)), *renamed]

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
