"""From an announced plug-in to a record: import it, check its hooks, collect its entries.

Whatever a plug-in does wrong ends here, as a record with a reason. Only `KeyboardInterrupt` passes.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from contextlib import redirect_stdout
from importlib.metadata import EntryPoint
from time import perf_counter
from types import ModuleType
from typing import Any

import pluggy
from attrs import evolve

from bouton.errors import PluginError, did_you_mean
from bouton.plugins import specs
from bouton.plugins.entry import Entry
from bouton.plugins.offers import Offer
from bouton.plugins.reasons import reason_of
from bouton.plugins.records import PluginRecord, State
from bouton.plugins.remedies import remedy
from bouton.plugins.scan import Candidate

SLOW_IMPORT_S = 0.5
_PREFIX = "bouton_register_"
_ENTRY_POINT = 'write name = "module" under entry-points of pyproject.toml, and install again'


class Refusal(Exception):  # noqa: N818 (it never leaves this package: it becomes a record)
    """Why a plug-in cannot be used."""

    def __init__(self, state: State, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.state = state
        self.reason = reason
        self.hint = hint


class HookManager(pluggy.PluginManager):
    """Knows our hook specifications; looks only at what a plug-in module itself holds."""

    def __init__(self) -> None:
        super().__init__(specs.PROJECT)
        self.add_hookspecs(specs)

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:  # noqa: ANN401
        """Skip names that a module would only import on demand (PEP 562): asking is not free."""
        if isinstance(plugin, ModuleType) and name not in vars(plugin):
            return None
        return super().parse_hookimpl_opts(plugin, name)


def load_plugin(
    candidate: Candidate, manager: HookManager, *, strict: bool = False, plugin: object = None
) -> PluginRecord:
    """Return the record of one plug-in; a broken one leaves nothing behind in the manager.

    Args:
        candidate: The plug-in.
        manager: Where its hooks are registered.
        strict: Raise instead of returning a record of a broken plug-in.
        plugin: The plug-in itself, when it is at hand and need not be imported.

    Raises:
        PluginError: In strict mode, with the cause.
    """
    record = blank_record(candidate)
    started = perf_counter()
    try:
        with redirect_stdout(io.StringIO()) as printed:
            if plugin is None:
                plugin = _import(candidate)
            record = evolve(record, import_seconds=perf_counter() - started)
            entries = _collect(candidate, plugin, manager)
    except KeyboardInterrupt as error:
        error.add_note(f"plug-in {record.name!r} was being imported; {_leave_out(record)}")
        raise
    except BaseException as error:  # a stranger's code may raise anything
        if record.import_seconds == 0.0:
            record = evolve(record, import_seconds=perf_counter() - started)
        refused = _refused(record, error)
        if strict:
            raise PluginError(f"plug-in {record.name!r}: {refused.reason}") from error
        return refused
    notes = (*_notes(record, printed.getvalue()), *(() if entries else (_no_entries(),)))
    return evolve(record, entries=entries, notes=notes)


def blank_record(candidate: Candidate) -> PluginRecord:
    """Return the record of a plug-in that nothing is known of yet."""
    return PluginRecord(
        name=candidate.name,
        distribution=candidate.distribution,
        version=candidate.version,
        module=candidate.value,
        is_builtin=candidate.is_builtin,
    )


def _refused(record: PluginRecord, error: BaseException) -> PluginRecord:
    if isinstance(error, Refusal):
        hint = f"{error.hint or f'update {record.distribution}'}; or {_leave_out(record)}"
        return evolve(record, state=error.state, reason=error.reason, hint=hint)
    renew = f"reinstall or update {record.distribution}"
    ways = (remedy(error, record.module), renew, _leave_out(record))
    hint = "; or ".join(way for way in ways if way)
    return evolve(record, state="failed", reason=reason_of(error), hint=hint)


def _leave_out(record: PluginRecord) -> str:
    return f"leave it out with BOUTON_PLUGINS=-{record.name}"


def _notes(record: PluginRecord, printed: str) -> Iterator[str]:
    if record.import_seconds > SLOW_IMPORT_S:
        yield (
            f"took {record.import_seconds:.1f} s to import: heavy imports belong in the modules "
            "that its targets name"
        )
    if printed.strip():
        yield f"prints when imported: {printed.strip().splitlines()[0]!r}"


def _no_entries() -> str:
    return f"offers nothing: it has no {_PREFIX}<kind> function that returns entries"


def _import(candidate: Candidate) -> object:
    if candidate.problem:
        raise Refusal("failed", candidate.problem, _ENTRY_POINT)
    return EntryPoint(candidate.name, candidate.value, specs.ENTRY_POINT_GROUP).load()


def _collect(candidate: Candidate, plugin: object, manager: HookManager) -> tuple[Offer, ...]:
    """Return all entries of a plug-in, or none: a plug-in that fails half-way is left out whole."""
    _check_api(plugin)
    try:
        manager.register(plugin, candidate.name)
        _check_hooks(plugin, manager)
        offers = [offer for kind in specs.KINDS for offer in _offers(candidate, kind, manager)]
    except BaseException:
        if manager.get_plugin(candidate.name) is plugin:
            manager.unregister(name=candidate.name)
        raise
    return tuple(offers)


def _check_api(plugin: object) -> None:
    version = getattr(plugin, "bouton_plugin_api", specs.API_VERSION)
    if not isinstance(version, int) or isinstance(version, bool):
        hint = f"write bouton_plugin_api = {specs.API_VERSION}"
        raise Refusal("failed", f"bouton_plugin_api must be a whole number, got {version!r}", hint)
    if version > specs.API_VERSION:
        reason = f"needs plug-in API {version}; this Bouton offers {specs.API_VERSION}"
        hint = "update bouton, or install an older version of the plug-in"
        raise Refusal("incompatible", reason, hint)
    if version < specs.API_VERSION:
        reason = f"was written for plug-in API {version}; this Bouton offers {specs.API_VERSION}"
        raise Refusal("incompatible", reason, "install a newer version of the plug-in")


def _check_hooks(plugin: object, manager: HookManager) -> None:
    """Refuse hooks that no specification has, and functions that only look like hooks."""
    callers = manager.get_hookcallers(plugin) or []
    for caller in callers:
        if not caller.has_spec():
            raise _unknown_hook(caller.name, manager)
    marked = [impl.function for c in callers for impl in c.get_hookimpls() if impl.plugin is plugin]
    for name, value in list(getattr(plugin, "__dict__", {}).items()):
        is_spec = hasattr(value, f"{specs.PROJECT}_spec")  # a specification that was imported
        if name.startswith(_PREFIX) and not is_spec and getattr(plugin, name) not in marked:
            if name.removeprefix(_PREFIX) not in specs.KINDS:
                raise _unknown_hook(name, manager)
            hint = "put @bouton.hookimpl above it"
            raise Refusal("failed", f"{name} is not marked as a hook", hint)
    manager.check_pending()


def _unknown_hook(name: str, manager: HookManager) -> Refusal:
    known = [hook for hook in vars(manager.hook) if hook.removeprefix(_PREFIX) in specs.KINDS]
    hint = f"call the function {_PREFIX}<kind>: {did_you_mean(name, known)}"
    return Refusal("failed", f"there is no hook {name!r}", hint)


def _offers(candidate: Candidate, kind: str, manager: HookManager) -> Iterator[Offer]:
    """Call one hook of one plug-in; others that implement it are not involved."""
    caller = getattr(manager.hook, _PREFIX + kind)
    names: set[str] = set()
    for implementation in caller.get_hookimpls():
        if implementation.plugin_name != candidate.name:
            continue
        for entry in _entries(caller.name, implementation.function()):
            if entry.name in names:
                twice = f"{caller.name} returns {entry.name!r} twice"
                raise Refusal("failed", twice, "give every entry of a kind a name of its own")
            names.add(entry.name)
            yield Offer(
                kind=kind,
                entry=entry,
                plugin=candidate.name,
                distribution=candidate.distribution,
                version=candidate.version,
                is_builtin=candidate.is_builtin,
            )


def _entries(hook: str, returned: object) -> Iterator[Entry]:
    if isinstance(returned, Entry) or not isinstance(returned, Iterable):
        shown = type(returned).__name__
        hint = "return [Entry(name, 'module:attribute', 'summary'), ...]"
        raise Refusal("failed", f"{hook} must return a list of entries, got {shown}", hint)
    for entry in returned:
        if not isinstance(entry, Entry):
            hint = "return [Entry(name, 'module:attribute', 'summary'), ...]"
            wrong = f"{hook} returns {entry!r:.80}, which is not a bouton.Entry"
            raise Refusal("failed", wrong, hint)
        yield entry
