"""Morphologies and cell types of the Brain Scaffold Builder in our form."""

from __future__ import annotations

from pathlib import PurePath

from attrs import evolve

from bouton.files.node import Node
from bouton_plugins.reconstruction.rewriter import Handler, Out, Rewriter
from bouton_plugins.reconstruction.rewriting import Written

_TAGS = {"1": "soma", "2": "axon", "3": "dendrites"}
_AMOUNTS = {
    "count": "count",
    "density": "density_per_um3",
    "planar_density": "planar_density_per_um2",
    "relative_to": "relative_to",
}
_RATIOS = ("count_ratio", "density_ratio")
_PARSERS = ("bsb", "bsb_parser", "morphio", "morphio_parser")


class CellRewriter(Rewriter):
    """Rewrites sections `morphologies` and `cell_types`."""

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
        if node.is_mapping and "files" in node.value:
            self.reader.refuse(node, "several files in one entry are not offered", "list each file")
        file = self._need(node, "file")
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
        if parser is not None and isinstance(parser.value, str):
            parser = Written({"parser": parser}, parser.line, parser.file, path=parser.path)
        if parser is not None:
            self._kind(parser, "parser", "bsb", dict.fromkeys(_PARSERS, ""))
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
            "soma_connection": Node(1.0, node.line, node.file, path=node.path),
            "missing_soma": Node("accept", node.line, node.file, path=node.path),
        }

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
