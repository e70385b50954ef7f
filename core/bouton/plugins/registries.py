"""Look-up of what plug-ins offer, by kind and name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

from attrs import frozen

from bouton.errors import AmbiguousEntryError, PluginError, UnknownEntryError, did_you_mean
from bouton.plugins.discovery import Discovery, discover, winner
from bouton.plugins.offers import Offer
from bouton.plugins.records import PluginRecord
from bouton.plugins.specs import KINDS, singular
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

    def __init__(self, kind: str, offers: Sequence[Offer], owner: Registries) -> None:
        self.kind = kind
        self._owner = owner
        self._offers = tuple(offers)
        self._by_name: defaultdict[str, list[Offer]] = defaultdict(list)
        for offer in offers:
            self._by_name[offer.name].append(offer)
        self._qualified = {offer.qualified: offer for offer in offers}

    def __repr__(self) -> str:
        return f"<{self.kind}: {', '.join(self.names()) or 'none'}>"

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
            f"no plug-in offers {target!r} as a {singular(self.kind)}; a study file can only name "
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
            raise self._owner.unknown(self.kind, name)
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


class Registries:
    """One registry per kind; plug-ins are looked for when the first one is asked for anything.

    Attributes:
        morphology_loaders, cell_templates, ...: One `KindRegistry` per kind.
    """

    morphology_loaders: KindRegistry
    cell_templates: KindRegistry
    protocols: KindRegistry
    feature_extractors: KindRegistry
    optimizers: KindRegistry
    recorders: KindRegistry
    objectives: KindRegistry
    stimuli: KindRegistry
    catalogues: KindRegistry
    executors: KindRegistry
    jobs: KindRegistry
    studies: KindRegistry
    commands: KindRegistry
    exporters: KindRegistry
    placements: KindRegistry
    connectors: KindRegistry
    devices: KindRegistry
    network_importers: KindRegistry

    def __init__(self, source: Callable[[], Discovery] = discover) -> None:
        self._source = source
        self._lock = RLock()
        self._is_loading = False
        self._found: Discovery | None = None

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> KindRegistry:
            if name in KINDS:
                return self._kinds[name]
            raise AttributeError(
                f"there is no kind of plug-in {name!r}; {did_you_mean(name, KINDS)}"
            )

    def __getitem__(self, kind: str) -> KindRegistry:
        """Return the registry of a kind by the kind's name.

        Raises:
            UnknownEntryError: If there is no such kind, with close matches.
        """
        if kind not in KINDS:
            hint = did_you_mean(kind, KINDS)
            raise UnknownEntryError(f"there is no kind of plug-in {kind!r}; {hint}")
        return self._kinds[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(KINDS)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *KINDS})

    def __repr__(self) -> str:
        return "<bouton.registry: one attribute per kind of plug-in>"

    @property
    def records(self) -> tuple[PluginRecord, ...]:
        """What became of every plug-in."""
        return self._discovery.records

    @property
    def notes(self) -> tuple[str, ...]:
        """What is wrong with the selection of plug-ins."""
        return self._discovery.notes

    def find(self, name: str) -> tuple[Offer, ...]:
        """Return the entries of this name, of all kinds."""
        found = (self[kind].find(name) for kind in KINDS)
        return tuple(offer for offer in found if offer is not None)

    def entry(self, name: str, kind: str | None = None) -> Offer:
        """Return the one entry of this name, of one kind or of any.

        Raises:
            UnknownEntryError: If there is none, with close matches.
            AmbiguousEntryError: If it is offered in several kinds, or by several third parties.
        """
        if kind is not None:
            return self[kind].entry(name)
        kinds = [each for each in KINDS if self[each].is_offered(name)]
        if not kinds:
            raise self._unknown_anywhere(name)
        if len(kinds) > 1:
            raise AmbiguousEntryError(f"{name!r} is found in {' and '.join(kinds)}: say which kind")
        return self[kinds[0]].entry(name)

    def name_of(self, kind: str, target: object) -> str:
        """Return the name under which a class, function or instance is offered.

        Raises:
            UnknownEntryError: If no plug-in offers it.
        """
        return self[kind].name_of(target)

    def unknown(self, kind: str, name: str) -> UnknownEntryError:
        """Return the error for a name that nobody offers, with all that may help."""
        parts = [f"unknown {singular(kind)} {name!r}"]
        elsewhere = [other for other in KINDS if other != kind and self[other].find(name)]
        if elsewhere:
            parts.append(f"that name is one of the {' and one of the '.join(elsewhere)}")
        parts.append(did_you_mean(name, self[kind].names()) or self._nothing(kind))
        parts.extend(self._broken(name))
        return UnknownEntryError("; ".join(part for part in parts if part))

    def _unknown_anywhere(self, name: str) -> UnknownEntryError:
        known = {each for kind in KINDS for each in self[kind].names()}
        parts = [f"nothing is called {name!r}", did_you_mean(name, known), *self._broken(name)]
        own = [o.name for r in self.records if r.name == name for o in r.entries]
        if own:
            parts[1] = f"that is a plug-in, which offers {', '.join(own)}"
        return UnknownEntryError("; ".join(part for part in parts if part))

    def _nothing(self, kind: str) -> str:
        if not self.records:
            return "no plug-ins are installed, not even ours: install bouton with pip"
        return f"no plug-in offers any {singular(kind)}"

    def _broken(self, name: str) -> Iterator[str]:
        """Say which plug-ins could not be asked."""
        plugin = name.partition(":")[0]
        named = [record for record in self.records if record.name == plugin and record.reason]
        for record in named:
            yield f"plug-in {record.name!r} is {record.state}: {record.reason}"
        out = [r for r in self.records if r.state != "loaded" and not r.entries and r not in named]
        if out:
            names = ", ".join(record.name for record in out)
            yield f"not asked: {names} (see `bouton plugins`)"

    @cached_property
    def _kinds(self) -> dict[str, KindRegistry]:
        offers = [offer for record in self.records for offer in record.entries]
        return {
            kind: KindRegistry(kind, [offer for offer in offers if offer.kind == kind], self)
            for kind in KINDS
        }

    @property
    def _discovery(self) -> Discovery:
        with self._lock:  # a second thread waits for the first one's result
            if self._found is None:
                self._found = self._discover()
            return self._found

    def _discover(self) -> Discovery:
        if self._is_loading:
            raise PluginError(
                "bouton.registry was asked for while plug-ins are being imported; "
                "ask inside a function that runs later"
            )
        self._is_loading = True
        try:
            return self._source()
        finally:
            self._is_loading = False
