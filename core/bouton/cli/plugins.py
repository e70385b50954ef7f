"""`bouton plugins`: what is installed, whether it works, and one entry in full."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import click
from attrs import asdict, evolve
from click.shell_completion import CompletionItem

from bouton.cli.options import format_option
from bouton.cli.text import paragraph, table
from bouton.errors import did_you_mean
from bouton.plugins import registry
from bouton.plugins.checking import Finding, check_offer
from bouton.plugins.checking import check as findings
from bouton.plugins.description import Description, Option, ParameterRow
from bouton.plugins.offers import Offer
from bouton.plugins.records import PluginRecord
from bouton.plugins.selection import VARIABLE
from bouton.plugins.specs import API_VERSION, KINDS


class _Kind(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.4 on
    """A kind of plug-in; `cell-templates` will do for `cell_templates`."""

    name = "kind"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the kind, or fail with close matches."""
        kind = value.replace("-", "_")
        if kind not in KINDS:
            self.fail(f"no kind {value!r}; {did_you_mean(kind, KINDS)}", param, ctx)
        return kind

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete the name of a kind."""
        del ctx, param
        return [CompletionItem(kind) for kind in KINDS if kind.startswith(incomplete)]


_kind = click.option("--kind", type=_Kind(), help="One kind only, such as cell_templates.")
_format = format_option()


@click.group(name="plugins", invoke_without_command=True)
@_kind
@_format
@click.pass_context
def command(ctx: click.Context, kind: str | None, form: str) -> None:
    """List plug-ins and what they offer, the broken ones with the reason.

    \b
    Examples:
      bouton plugins
      bouton plugins --kind cell_templates --format json
      bouton plugins check
      bouton plugins show hay-l5pt

    BOUTON_PLUGINS=mine,yours allows only these third-party plug-ins, BOUTON_PLUGINS=-yours denies
    one, and the empty text denies all; what is denied is not even imported.
    """
    if ctx.invoked_subcommand is not None:
        return
    if form == "json":
        click.echo(json.dumps(_listing(kind), indent=2))
        return
    for line in _tables(kind):
        click.echo(line)


def _chosen(kind: str | None) -> Iterator[tuple[PluginRecord, list[Offer]]]:
    """Yield records with their entries of a kind; broken ones always, whatever the kind."""
    for record in registry.records:
        offers = [offer for offer in record.entries if kind in (None, offer.kind)]
        if offers or kind is None or record.is_broken:
            yield record, offers


def _listing(kind: str | None) -> dict[str, Any]:
    return {
        "api": API_VERSION,
        "selection": os.environ.get(VARIABLE),
        "notes": list(registry.notes),
        "plugins": [_record_row(record, offers) for record, offers in _chosen(kind)],
    }


def _record_row(record: PluginRecord, offers: Sequence[Offer]) -> dict[str, Any]:
    return {
        "name": record.name,
        "distribution": record.distribution,
        "version": record.version,
        "module": record.module,
        "state": record.state,
        "reason": record.reason,
        "hint": record.hint,
        "notes": list(record.notes),
        "import_seconds": round(record.import_seconds, 6),
        "entries": [_entry_row(offer) for offer in offers],
    }


def _entry_row(offer: Offer) -> dict[str, str]:
    return {
        "kind": offer.kind,
        "name": registry[offer.kind].name_of_offer(offer),
        "qualified": offer.qualified,
        "summary": offer.entry.summary,
        "target": offer.entry.target,
        "requires": offer.entry.requires,
        "shorthand": offer.entry.shorthand,
    }


def _tables(kind: str | None) -> Iterator[str]:
    chosen = list(_chosen(kind))
    rows = [
        (r.name, r.package, r.state, str(len(offers)), f"{1e3 * r.import_seconds:.0f} ms")
        for r, offers in chosen
    ]
    yield table(rows, ("PLUG-IN", "DISTRIBUTION", "STATE", "ENTRIES", "IMPORT"))
    yield from _remarks([record for record, _ in chosen])
    for each in KINDS if kind is None else (kind,):
        offers = registry[each].offers()
        if offers:
            yield f"\n{each}: {KINDS[each]}"
            yield table(
                [(registry[each].name_of_offer(o), o.plugin, o.entry.summary) for o in offers],
                indent=2,
            )
    if kind is not None and not registry[kind]:
        yield f"\nNo plug-in offers any {kind}."


def _remarks(records: Sequence[PluginRecord]) -> Iterator[str]:
    for record in records:
        if record.reason or record.notes:
            yield f"\n{record.name} ({record.package or 'unknown distribution'}): {record.state}"
        if record.reason:
            yield paragraph("why: ", record.reason)
        if record.hint:
            yield paragraph("mend:", record.hint)
        for note in record.notes:
            yield paragraph("note:", note)
    for note in registry.notes:
        yield f"\n{note}"


@command.command()
@_format
def check(form: str) -> None:
    """Load everything that plug-ins offer; say what is wrong and how to mend it.

    Exit code 1 if anything failed. A missing optional library is no failure.

    \b
    Example:
      bouton plugins check
    """
    found = []
    for finding in findings(registry):
        found.append(finding)
        if form == "table":
            click.echo(_finding_line(finding))
    failures = sum(finding.is_failure for finding in found)
    if form == "json":
        rows = [asdict(finding) for finding in found]
        click.echo(json.dumps({"failures": failures, "findings": rows}, indent=2))
    else:
        click.echo(f"{len(found)} checked, {failures} to mend", err=True)
    sys.exit(1 if failures else 0)


def _finding_line(finding: Finding) -> str:
    status = f"needs {finding.requires}" if finding.requires else finding.status
    head = f"{status:<12} {finding.kind} {finding.name}"
    told = "; to mend: ".join(part for part in (finding.message, finding.hint) if part)
    return " ".join(f"{head}: {told}".split("\n")) if told else head


@command.command()
@click.argument("name")
@_kind
@_format
def show(name: str, kind: str | None, form: str) -> None:
    """Show one entry in full: options, parameters, units, bounds, defaults, source.

    NAME is the name of an entry, or plugin:entry.

    \b
    Example:
      bouton plugins show hay-l5pt
    """
    offer = registry.entry(name, kind)
    description = registry[offer.kind].describe(offer.qualified)
    if (found := check_offer(offer)).is_failure:
        description = evolve(description, note=f"{found.message}; to mend: {found.hint}")
    if form == "json":
        click.echo(json.dumps(asdict(description), indent=2))
        return
    for line in _entry_text(description):
        click.echo(line)


def _entry_text(entry: Description) -> Iterator[str]:
    yield f"{entry.name}: {entry.summary}"
    facts = [
        ("kind", entry.kind),
        ("full name", entry.qualified),
        ("plug-in", f"{entry.plugin} ({entry.distribution} {entry.version})"),
        ("target", entry.target),
        ("requires", entry.requires),
        ("shorthand", f"{entry.name}:TEXT sets {entry.shorthand}" if entry.shorthand else ""),
        ("source", entry.source),
    ]
    yield table([(label, text) for label, text in facts if text], indent=2)
    if entry.doc:
        yield f"\n{entry.doc}"
    if entry.options:
        yield "\nOptions"
        headings = ("NAME", "TYPE", "DEFAULT", "MEANING")
        yield table([_option_row(option) for option in entry.options], headings, indent=2)
    if entry.parameters:
        yield f"\nParameters ({sum(p.is_free for p in entry.parameters)} free)"
        yield from _parameter_text(entry.parameters)
    if entry.note:
        yield f"\nNote: {entry.note}"


def _option_row(option: Option) -> tuple[str, ...]:
    default = "required" if option.is_required else _shown(option.default)
    return (option.name, option.type, default, option.doc)


def _parameter_text(parameters: Sequence[ParameterRow]) -> Iterator[str]:
    """Yield the table and, once each, the sources that its rows refer to by number."""
    sources = list(dict.fromkeys(row.source for row in parameters if row.source))
    numbers = {source: f"[{number}]" for number, source in enumerate(sources, 1)}
    columns = ("NAME", "UNIT", "LOWER", "UPPER", "DEFAULT", "MEANING [SOURCE]")
    yield table([_parameter_row(row, numbers) for row in parameters], columns, indent=2)
    for source, number in numbers.items():
        yield paragraph(number, source)


def _parameter_row(row: ParameterRow, numbers: dict[str, str]) -> tuple[str, ...]:
    words = ("" if row.is_free else "(setting)", row.summary, numbers.get(row.source, ""))
    bounds = (_shown(value) for value in (row.lower, row.upper, row.default))
    return (row.name, row.unit, *bounds, " ".join(word for word in words if word))


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:g}" if isinstance(value, float) else str(value)
