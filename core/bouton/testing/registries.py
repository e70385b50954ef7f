"""Registries that hold what a test gives them and nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from bouton.errors import PluginError
from bouton.plugins.checking import check
from bouton.plugins.discovery import Discovery, mark_clashes
from bouton.plugins.loading import HookManager, load_plugin
from bouton.plugins.records import PluginRecord
from bouton.plugins.registries import Registries
from bouton.plugins.scan import Candidate


def isolated_registry(plugins: Mapping[str, object], *, strict: bool = True) -> Registries:
    """Return registries of the given plug-ins only; nothing installed is looked at.

    Args:
        plugins: Name of each plug-in and the plug-in itself: its module, or any object that has
            the hooks as attributes.
        strict: Raise if a plug-in is broken, instead of keeping a record of it.

    Raises:
        PluginError: In strict mode, if a plug-in is broken or clashes with another.
    """
    manager = HookManager()
    records = mark_clashes(
        _record(manager, name, plugin, strict=strict) for name, plugin in plugins.items()
    )
    for record in records if strict else ():
        if record.is_broken:
            raise PluginError(f"plug-in {record.name!r}: {record.reason}; {record.hint}")
    return Registries(lambda: Discovery(records))


def _record(manager: HookManager, name: str, plugin: object, *, strict: bool) -> PluginRecord:
    candidate = Candidate(name, getattr(plugin, "__name__", ""), f"test-{name}", "0")
    record = load_plugin(candidate, manager, strict=strict, plugin=plugin)
    return evolve(record, import_seconds=0.0)


def check_plugin(name: str, plugin: object) -> None:
    """Load everything that a plug-in offers and compare it with the contracts.

    The same as `bouton plugins check`, for the tests of one plug-in.

    Args:
        name: Name of the plug-in.
        plugin: Its module.

    Raises:
        PluginError: If it is broken, or anything it offers cannot be loaded or lacks what its kind
            asks for. The message lists everything that is wrong.
    """
    found = check(isolated_registry({name: plugin}))
    lines = [f"{each.kind} {each.name}: {each.message}" for each in found if each.is_failure]
    if lines:
        raise PluginError("\n".join([f"plug-in {name!r} is not in order", *lines]))
