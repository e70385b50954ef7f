"""Look-up of what plug-ins offer of one kind, by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bouton.errors import AmbiguousEntryError, UnknownEntryError
from bouton.plugins.discovery import winner
from bouton.plugins.offers import Offer
from bouton.plugins.specs import KINDS, one_of, singular
from bouton.plugins.targets import is_target

if TYPE_CHECKING:
    from bouton.plugins.description import Description


@frozen
class Resolved:
    """What a name means: an offer, and the options that the name itself sets."""

    offer: Offer
    options: Mapping[str, str]


class KindRegistry:
    """All entries of one kind.

    A name is one of these, tried in this order:

    1. `plugin:entry`, the full name of an entry, which is never ambiguous;
    2. `entry`, if one plug-in offers it, or one of ours does;
    3. either of them with `:text` behind it, if the entry declares a shorthand option.
    """

    def __init__(
        self, kind: str, offers: Sequence[Offer], unknown: Callable[[str], UnknownEntryError]
    ) -> None:
        self.kind = kind
        self._unknown = unknown
        self._offers = tuple(offers)
        self._by_name: defaultdict[str, list[Offer]] = defaultdict(list)
        for offer in offers:
            self._by_name[offer.name].append(offer)
        self._qualified = {offer.qualified: offer for offer in offers}

    def __repr__(self) -> str:
        return f"<{self.kind}: {', '.join(self.names()) or 'none'}>"

    def _repr_html_(self) -> str:
        from bouton.model.html import card

        rows = [(self.name_of_offer(o), o.plugin, o.entry.summary) for o in self.offers()]
        title = f"{self.kind}: {KINDS.get(self.kind, '')}"
        return card(title, columns=("name", "plug-in", ""), rows=rows)

    def __len__(self) -> int:
        return len(self._offers)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.find(name) is not None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401
        """Return the loaded target.

        Raises:
            UnknownEntryError: If there is no such entry, with close matches.
            AmbiguousEntryError: If two third parties offer it.
            PluginError: If the target cannot be imported.
        """
        target, options = self.resolve(name)
        if options:
            raise UnknownEntryError(
                f"{name!r} sets the option {', '.join(options)}: use resolve({name!r}), which "
                "returns target and options"
            )
        return target

    def names(self) -> tuple[str, ...]:
        """Return the name of every entry, sorted: plain where that is enough, else in full."""
        return tuple(sorted(self.name_of_offer(offer) for offer in self._offers))

    def offers(self) -> tuple[Offer, ...]:
        """Return every entry with its plug-in, in the order of `names()`."""
        return tuple(sorted(self._offers, key=self.name_of_offer))

    def name_of_offer(self, offer: Offer) -> str:
        """Return the shortest name that means this offer."""
        return offer.name if winner(self._by_name[offer.name]) == offer else offer.qualified

    def entry(self, name: str) -> Offer:
        """Return the entry of this name with its plug-in; its target is not imported.

        Raises:
            UnknownEntryError: If there is none, with close matches.
            AmbiguousEntryError: If two third parties offer it.
        """
        return self._resolve(name).offer

    def find(self, name: str) -> Offer | None:
        """Return the entry of this name with its plug-in, or None if no single one is meant."""
        offers, text = self._matches(name)
        if len(offers) != 1 or (text and not offers[0].entry.shorthand):
            return None
        return offers[0]

    def is_offered(self, name: str) -> bool:
        """Return whether at least one plug-in offers this name."""
        offers, text = self._matches(name)
        return any(not text or offer.entry.shorthand for offer in offers)

    def resolve(self, name: str) -> tuple[Any, dict[str, str]]:
        """Return the loaded target and the options that the name sets.

        `nevergrad:DE` gives the target of `nevergrad` and `{"name": "DE"}`, because that entry
        declares the shorthand option `name`. A plain name gives no options.

        Raises:
            UnknownEntryError: If there is no such entry, or it takes no text after a colon.
            AmbiguousEntryError: If two third parties offer it.
            PluginError: If the target cannot be imported.
        """
        resolved = self._resolve(name)
        return resolved.offer.load(), dict(resolved.options)

    def describe(self, name: str) -> Description:
        """Load the target and return its options, parameters, units and source.

        Raises:
            UnknownEntryError: If there is no such entry.
            PluginError: If the target cannot be imported.
        """
        from bouton.plugins.description import describe

        offer = self.entry(name)
        return describe(offer, self.name_of_offer(offer))

    def name_of(self, target: object) -> str:
        """Return the name under which a class, function or instance of a class is offered.

        Raises:
            UnknownEntryError: If no plug-in offers it.
        """
        for candidate in (target, type(target)):
            for offer in self._offers:
                if is_target(offer.entry.target, candidate):
                    return self.name_of_offer(offer)
        raise UnknownEntryError(
            f"no plug-in offers {target!r} as {one_of(self.kind)}; a study file can only name "
            "what a plug-in registers"
        )

    def _matches(self, name: str) -> tuple[list[Offer], str]:
        """Return the offers that a name can mean, and the text behind it."""
        head, _, rest = name.partition(":")
        second, _, text = rest.partition(":")
        if name.endswith(":"):
            return [], ""
        if offer := self._qualified.get(f"{head}:{second}"):
            return [offer], text
        offers = self._by_name.get(head, [])
        chosen = winner(offers)
        return ([chosen] if chosen else offers), rest

    def _resolve(self, name: str) -> Resolved:
        offers, text = self._matches(name)
        if not offers:
            raise self._unknown(name)
        if len(offers) > 1:
            full = " or ".join(repr(offer.qualified) for offer in offers)
            raise AmbiguousEntryError(
                f"{len(offers)} plug-ins offer the {singular(self.kind)} {name!r}: say {full}"
            )
        shorthand = offers[0].entry.shorthand
        if text and not shorthand:
            raise UnknownEntryError(
                f"unknown {singular(self.kind)} {name!r}: {offers[0].name!r} takes no text after a "
                "colon, and no plug-in of that name offers it"
            )
        return Resolved(offers[0], {shorthand: text} if text else {})
