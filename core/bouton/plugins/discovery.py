"""All plug-ins of this installation, as records: the working ones and the others."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from bouton.errors import PluginError
from bouton.plugins.loading import HookManager, blank_record, load_plugin
from bouton.plugins.offers import Offer
from bouton.plugins.records import PluginRecord
from bouton.plugins.scan import Candidate, scan
from bouton.plugins.selection import Selection
from bouton.plugins.specs import singular

STRICT_VARIABLE = "BOUTON_STRICT_PLUGINS"


@frozen
class Discovery:
    """What was found.

    Attributes:
        records: One per plug-in: ours first, then by distribution and name.
        notes: What is wrong with the selection, such as a name that no plug-in has.
    """

    records: tuple[PluginRecord, ...] = ()
    notes: tuple[str, ...] = ()


def discover(
    candidates: Sequence[Candidate] | None = None,
    selection: Selection | None = None,
    *,
    strict: bool | None = None,
) -> Discovery:
    """Find, select, import and question all plug-ins.

    Args:
        candidates: Announced plug-ins; by default those of this installation.
        selection: Which of them may be imported; by default what `BOUTON_PLUGINS` says.
        strict: Raise at the first plug-in that is not in order; by default what
            `BOUTON_STRICT_PLUGINS` says.

    Raises:
        PluginError: In strict mode only.
    """
    found = scan() if candidates is None else tuple(candidates)
    chosen = Selection.from_environment() if selection is None else selection
    if strict is None:
        strict = os.environ.get(STRICT_VARIABLE, "") not in ("", "0")
    taken = _taken_names([c for c in found if not chosen.refusal(c)])
    manager = HookManager()
    records = [_record(candidate, chosen, taken, manager, strict) for candidate in found]
    marked = mark_clashes(records)
    for record in marked if strict else ():
        if record.is_broken:
            raise PluginError(f"plug-in {record.name!r}: {record.reason}")
    return Discovery(marked, chosen.unmatched(found))


def _record(
    candidate: Candidate,
    selection: Selection,
    taken: dict[Candidate, PluginRecord],
    manager: HookManager,
    strict: bool,
) -> PluginRecord:
    if reason := selection.refusal(candidate):
        return evolve(blank_record(candidate), state="disabled", reason=reason)
    if candidate in taken:
        return taken[candidate]
    return load_plugin(candidate, manager, strict=strict)


def _taken_names(candidates: Sequence[Candidate]) -> dict[Candidate, PluginRecord]:
    """Return records of the plug-ins whose own name another one has too.

    Ours win. Between strangers nobody does: which one a study meant must not depend on the order
    in which they were installed.
    """
    counts = Counter(candidate.name for candidate in candidates)
    ours = {candidate.name for candidate in candidates if candidate.is_builtin}
    clashing = [c for c in candidates if counts[c.name] > 1 and not c.is_builtin]
    return {c: _name_conflict(c, candidates, c.name in ours) for c in clashing}


def _name_conflict(
    candidate: Candidate, candidates: Sequence[Candidate], is_ours: bool
) -> PluginRecord:
    others = [c for c in candidates if c.name == candidate.name and c != candidate]
    owners = " and ".join(dict.fromkeys(other.distribution for other in others))
    reason = f"the plug-in name {candidate.name!r} is also used by {owners}"
    mend = f"uninstall {candidate.distribution}, or ask its authors to rename its entry point"
    if not is_ours:
        mend = f"uninstall one of them, or deny one: BOUTON_PLUGINS=-{candidate.distribution}"
    return evolve(blank_record(candidate), state="conflict", reason=reason, hint=mend)


def mark_clashes(records: Iterable[PluginRecord]) -> tuple[PluginRecord, ...]:
    """Return the records, those with entries whose plain name is not theirs marked `conflict`."""
    records = tuple(records)
    by_name: defaultdict[tuple[str, str], list[Offer]] = defaultdict(list)
    for record in records:
        for offer in record.entries:
            by_name[offer.kind, offer.name].append(offer)
    return tuple(_marked(record, by_name) for record in records)


def _marked(record: PluginRecord, by_name: dict[tuple[str, str], list[Offer]]) -> PluginRecord:
    clashes = [
        (offer, [other for other in by_name[offer.kind, offer.name] if other != offer])
        for offer in record.entries
        if winner(by_name[offer.kind, offer.name]) != offer
    ]
    if not clashes:
        return record
    reasons = [
        f"{singular(offer.kind)} {offer.name!r} is also offered by "
        + " and ".join(f"plug-in {other.plugin!r} ({other.distribution})" for other in others)
        for offer, others in clashes
    ]
    names = ", ".join(repr(offer.qualified) for offer, _ in clashes)
    hint = f"use the full name {names}"
    return evolve(record, state="conflict", reason="; ".join(reasons), hint=hint)


def winner(offers: Sequence[Offer]) -> Offer | None:
    """Return the offer that a plain name means, if there is just one, or just one of ours."""
    ours = [offer for offer in offers if offer.is_builtin]
    contenders = ours or list(offers)
    return contenders[0] if len(contenders) == 1 else None
