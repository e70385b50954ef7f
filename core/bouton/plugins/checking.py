"""Whether every plug-in and every target is in order, and if not, how to mend it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from inspect import getattr_static, isfunction, signature
from pathlib import Path
from time import perf_counter
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal

import attrs
from attrs import frozen

from bouton import contracts
from bouton.errors import MissingDependencyError, PluginError
from bouton.plugins.offers import Offer
from bouton.plugins.reasons import reason_of
from bouton.plugins.records import PluginRecord
from bouton.plugins.remedies import remedy
from bouton.plugins.requirements import missing
from bouton.plugins.specs import one_of

if TYPE_CHECKING:
    from bouton.plugins.registries import Registries

Status = Literal["ok", "needs", "note", "disabled", "failed", "conflict", "incompatible"]

_CONTRACTS: dict[str, type] = {
    "morphology_loaders": contracts.MorphologyLoader,
    "cell_templates": contracts.CellTemplate,
    "protocols": contracts.ProtocolSource,
    "feature_extractors": contracts.FeatureExtractor,
    "optimizers": contracts.Optimizer,
    "recorders": contracts.Recorder,
    "objectives": contracts.Objectives,
    "stimuli": contracts.Stimulus,
    "executors": contracts.Executor,
    "exporters": contracts.Exporter,
    "placements": contracts.Placement,
    "connectors": contracts.Connector,
    "targets": contracts.CellTarget,
}


@frozen
class Finding:
    """What a check found out about one plug-in or one entry.

    Attributes:
        status: `ok`; `needs` (a library that is not installed); `note` (harmless, worth mending);
            `disabled`; or `failed`, `conflict`, `incompatible`, which are failures.
        kind: Kind of the entry, `plugins` for a plug-in as a whole.
        name: Full name of the entry, or name of the plug-in.
        message: What is wrong; empty when ok.
        hint: How to mend it.
        seconds: What loading took.
        requires: What to install, if a library is missing.
    """

    status: Status
    kind: str
    name: str
    message: str = ""
    hint: str = ""
    seconds: float = 0.0
    requires: str = ""

    @property
    def is_failure(self) -> bool:
        """Whether somebody must mend it."""
        return self.status in ("failed", "conflict", "incompatible")


def check(registries: Registries) -> Iterator[Finding]:
    """Load every target and yield what was found, one finding each, in order of plug-ins."""
    for note in registries.notes:
        yield Finding("note", "plugins", "BOUTON_PLUGINS", note)
    for record in registries.records:
        yield from check_record(record)


def check_record(record: PluginRecord) -> Iterator[Finding]:
    """Load every target of one plug-in and yield what was found."""
    if record.state != "loaded":
        yield Finding(record.state, "plugins", record.name, record.reason, record.hint)
    for note in record.notes:
        yield Finding("note", "plugins", record.name, note, f"tell the authors of {record.package}")
    for offer in record.entries:
        yield check_offer(offer)


def check_offer(offer: Offer) -> Finding:
    """Load one target and compare it with the contract of its kind."""
    started = perf_counter()
    with redirect_stdout(io.StringIO()):  # what a module prints must not end up in our tables
        status, message, hint = _judge(offer)
    requires = offer.entry.requires if status == "needs" else ""
    seconds = perf_counter() - started
    return Finding(status, offer.kind, offer.qualified, message, hint, seconds, requires)


def _judge(offer: Offer) -> tuple[Status, str, str]:
    leave_out = f"update {offer.distribution}, or leave it out: BOUTON_PLUGINS=-{offer.plugin}"
    install = f'pip install "{offer.entry.requires}"' if offer.entry.requires else ""
    absent = missing(offer.entry.requires)
    try:
        target = offer.load()
        problem = contract_problem(offer.kind, target, offer.entry.shorthand)
    except MissingDependencyError as error:
        return "needs", str(error.__cause__ or error), install
    except PluginError as error:
        return "failed", str(error), f"{_target_remedy(offer, error)}; or {leave_out}"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 (a stranger's function)
        return "failed", reason_of(error), f"{remedy(error)}; or {leave_out}"
    if problem:
        return "failed", problem, f"{_contract_remedy(offer.kind)}; or {leave_out}"
    # Many targets import a library only when they are used, so that loading them proves nothing.
    return ("needs", f"not installed: {', '.join(absent)}", install) if absent else ("ok", "", "")


def _target_remedy(offer: Offer, error: PluginError) -> str:
    """Return how to mend a target that cannot be imported."""
    cause = error.__cause__
    if isinstance(cause, AttributeError):
        return f"correct the target {offer.entry.target!r}, or define it there"
    module = offer.entry.target.partition(":")[0]
    return remedy(cause, module) if cause else f"correct the target {offer.entry.target!r}"


def _contract_remedy(kind: str) -> str:
    """Return how to mend a target that is not what its kind asks for."""
    suite = f"bouton new-plugin writes {one_of(kind)} that works, with its tests"
    if kind in _CONTRACTS:
        return f"see bouton.contracts.{_CONTRACTS[kind].__name__}; {suite}"
    return suite


def contract_problem(kind: str, target: Any, shorthand: str = "") -> str:  # noqa: ANN401
    """Return what a target lacks that its kind asks for, or the empty text."""
    special: dict[str, Callable[[Any], str]] = {
        "catalogues": _catalogue_problem,
        "studies": _study_problem,
        "commands": _command_problem,
        "devices": _device_problem,
        "jobs": _not_attrs,
    }
    if kind in special:
        return special[kind](target)
    if kind not in _CONTRACTS:
        return ""
    if problem := _not_attrs(target):
        return problem
    names = {field.alias or field.name for field in attrs.fields(target)}
    contract = _CONTRACTS[kind]
    members = [name for name in vars(contract) if not name.startswith("_")]
    missing = [name for name in members if not hasattr(target, name) and name not in names]
    if missing:
        return f"{target.__name__} lacks {', '.join(missing)}, which {one_of(kind)} needs"
    if shorthand and shorthand not in names:
        return f"its shorthand option {shorthand!r} is not a field of {target.__name__}"
    return next(filter(None, (_call_problem(target, name, contract) for name in members)), "")


def _call_problem(target: type, name: str, contract: type) -> str:
    """Return why a method cannot be called as its contract says, or the empty text."""
    wanted = vars(contract)[name]
    if not isfunction(wanted):  # a property: any attribute will do
        return ""
    given = getattr_static(target, name, None)
    if not isinstance(given, FunctionType):
        return "" if callable(getattr(target, name, None)) else f"{name} is not a method"
    try:
        signature(given).bind(*signature(wanted).parameters)
    except TypeError as error:
        return f"{target.__name__}.{name}{signature(given)}: called as contracts say, {error}"
    return ""


def _not_attrs(target: Any) -> str:  # noqa: ANN401
    if isinstance(target, type) and attrs.has(target):
        return ""
    return f"{target!r:.80} is not a class made with attrs.frozen, whose fields are options"


def _device_problem(target: Any) -> str:  # noqa: ANN401
    if problem := _not_attrs(target):
        return problem
    if hasattr(target, "trains") or hasattr(target, "parts"):
        return ""
    return f"{target.__name__} has neither parts, as a Device, nor trains, as a SpikeSource"


def _catalogue_problem(target: Any) -> str:  # noqa: ANN401
    if not callable(target):
        return f"{target!r:.80} is not a function that returns a folder"
    folder = Path(target())
    if not folder.is_dir():
        return f"its folder does not exist: {folder}"
    return "" if any(folder.glob("*.mod")) else f"its folder has no .mod file: {folder}"


def _study_problem(target: Any) -> str:  # noqa: ANN401
    if not callable(target):
        return f"{target!r:.80} is not a function that returns the path of a study file"
    file = Path(target())
    return "" if file.is_file() else f"its study file does not exist: {file}"


def _command_problem(target: Any) -> str:  # noqa: ANN401
    import click

    return "" if isinstance(target, click.Command) else f"{target!r:.80} is not a click.Command"
