"""Every name in a network must lead somewhere, and every part needs a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bouton.errors import NetworkError, did_you_mean

if TYPE_CHECKING:
    from bouton_plugins.networks.description import NetworkRules


def check_names(rules: NetworkRules) -> None:
    """Refuse names that lead nowhere.

    Raises:
        NetworkError: With everything that is wrong.
    """
    problems = [*_populations(rules), *_synapses(rules), *_doubled(rules)]
    if problems:
        raise NetworkError("; ".join(problems))


def _populations(rules: NetworkRules) -> Iterator[str]:
    known = rules.populations
    if not known:
        yield "populations: at least one is needed"
    for kind in ("connections", "gap_junctions"):
        for name, rule in getattr(rules, kind).items():
            for side in ("pre", "post"):
                yield from _missing(
                    f"{kind}.{name}.{side}", getattr(rule, side), known, "population"
                )
            post = known.get(rule.post)
            if post is not None and post.source is not None:
                yield f"{kind}.{name}.post: {rule.post!r} is a source, nothing can connect to it"
    for name, told in rules.synapse_recordings.items():
        for wanted in told.connections:
            where = f"synapse_recordings.{name}.connections"
            yield from _missing(where, wanted, rules.connections, "connection")
    for kind in ("stimulation", "recordings"):
        for name, rule in getattr(rules, kind).items():
            where = f"{kind}.{name}.target.population"
            yield from _missing(where, rule.target.population, known, "population")
            target = known.get(rule.target.population)
            if target is not None and not target.cells:
                yield (
                    f"{where}: {rule.target.population!r} has no cells with sections; the spikes "
                    "of all populations are recorded anyway"
                )


def _synapses(rules: NetworkRules) -> Iterator[str]:
    known = {*rules.synapses, *rules.synapse_groups}
    for group, members in rules.synapse_groups.items():
        for member in members:
            where = f"synapse_groups.{group}"
            yield from _missing(where, member, rules.synapses, "synapse")
    for name, rule in rules.connections.items():
        post = rules.populations.get(rule.post)
        for number, use in enumerate(rule.synapses):
            where = f"connections.{name}.synapses.{number}.synapse"
            if use.synapse:
                yield from _missing(where, use.synapse, known, "synapse")
            elif post is not None and post.artificial is None:
                yield f"{where}: the cells of {rule.post!r} need a synapse; name one"


def _missing(where: str, name: str, known: Iterable[str], what: str) -> Iterator[str]:
    names = list(known)
    if name not in names:
        yield f"{where}: no {what} is called {name!r} ({did_you_mean(name, names) or 'none is'})"


def _doubled(rules: NetworkRules) -> Iterator[str]:
    parts = (rules.populations, rules.connections, rules.gap_junctions, rules.stimulation)
    counted = Counter(name for part in parts for name in part)
    for name, times in counted.items():
        if times > 1:
            yield f"{times} parts of the network are called {name!r}; names are unique"
        if "." in name:
            yield f"{name!r}: names of parts cannot hold a dot"
    for name in sorted(set(rules.recordings) & set(rules.synapse_recordings)):
        yield f"two recordings are called {name!r}"
    doubled = set(rules.synapses) & set(rules.synapse_groups)
    for name in sorted(doubled):
        yield f"{name!r} is both a synapse and a group"
