"""Look-up of what plug-ins offer, by kind and name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from threading import RLock
from typing import TYPE_CHECKING

from bouton.errors import AmbiguousEntryError, PluginError, UnknownEntryError, did_you_mean
from bouton.plugins.discovery import Discovery, discover
from bouton.plugins.kind_registry import KindRegistry
from bouton.plugins.offers import Offer
from bouton.plugins.records import PluginRecord
from bouton.plugins.specs import KINDS, singular


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
    targets: KindRegistry
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

    def _repr_html_(self) -> str:
        from bouton.model.html import card

        broken = [f"{r.name} ({r.state}): {r.reason}" for r in self.records if r.is_broken]
        rows = [(kind, len(self[kind]), ", ".join(self[kind].names())) for kind in KINDS]
        return card("bouton.registry", *broken, columns=("kind", "", "entries"), rows=rows)

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

    def _unknown(self, kind: str, name: str) -> UnknownEntryError:
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
            kind: KindRegistry(
                kind, [o for o in offers if o.kind == kind], partial(self._unknown, kind)
            )
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
