"""Building blocks that rewrite a document of the Brain Scaffold Builder into our form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from attrs import evolve

from bouton.errors import did_you_mean
from bouton.files.converter import Reader
from bouton.files.node import Node, dotted
from bouton.files.refusal import Refused
from bouton_plugins.reconstruction.rewriting import Written

Out = dict[str, Node]
Handler = Callable[[Node, Out], None]


def short(text: str) -> str:
    """Return the short name of a class path: `bsb.RandomPlacement` gives `random_placement`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.rpartition(".")[2]).lower()


class Rewriter:
    """Rewrites parts of one document.

    Args:
        reader: Collects the problems.

    Attributes:
        notices: What has no effect, or another one than the user may expect.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.notices: list[str] = []

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
        """Return the value of a key that must be there."""
        if key not in self.reader.mapping(node):
            self.reader.note(node, f"missing: {key} is required", key=key)
            raise Refused
        return node.child(key)

    def _text(self, node: Node) -> str:
        return str(self.reader.read(node, str))

    def _kind(self, node: Node, key: str, default: str, known: Mapping[str, str]) -> Node:
        """Return our name for what a selector says."""
        self.reader.mapping(node)
        if key not in node.value:
            return Node(known[default], node.line, node.file, path=(*node.path, key))
        given = node.child(key)
        name = short(self._text(given))
        if name not in known:
            hint = did_you_mean(name, known)
            self.reader.refuse(given, f"{given.value!r} is not offered here", hint)
        return evolve(given, value=known[name])

    def _named(self, node: Node, known: Mapping[str, str], kind: str) -> str:
        """Return the name of our plug-in for a strategy: an alias, or one of our own names."""
        text = self._text(node)
        if short(text) in known:
            return known[short(text)]
        ours = self.reader.names(kind)
        if text not in ours:
            hint = did_you_mean(short(text), [*known, *ours])
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
