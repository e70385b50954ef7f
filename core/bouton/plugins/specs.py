"""The hook specifications: one hook per kind of thing that can be plugged in.

A plug-in is a module named by an entry point of the group `bouton.plugins`. It implements any of
the hooks below, each returning entries (`bouton.Entry`). Hooks are called when the first registry
is asked for anything; they must be cheap and import nothing heavy, because an entry names its
target as text.

The contract that a target of each kind must meet is in `bouton.contracts`.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from bouton.plugins.entry import Entry

PROJECT = "bouton"
ENTRY_POINT_GROUP = "bouton.plugins"
API_VERSION = 1

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

KINDS: dict[str, str] = {
    "morphology_loaders": "read a morphology file into sections",
    "cell_templates": "know their parameters and describe a cell from a morphology and values",
    "protocols": "stimuli, recordings and integration settings of one experiment on a cell",
    "feature_extractors": "named numbers taken from traces",
    "optimizers": "propose parameter sets and learn from evaluations",
    "recorders": "what is recorded, where and how often",
    "objectives": "compare features with target means and standard deviations",
    "stimuli": "currents and other drives aimed at a place on a cell",
    "catalogues": "folders of MOD files",
    "executors": "run evaluations somewhere",
    "jobs": "sections of a study that say what to do with it, such as fit",
    "studies": "ready-made studies that run as they are",
    "commands": "commands of the command line",
    "exporters": "write results in other formats",
    "placements": "place the cells of a population",
    "connectors": "connect two populations",
    "devices": "stimulators and recorders aimed at parts of a network",
    "network_importers": "read networks that others wrote",
}

_SINGULAR = {"studies": "study", "stimuli": "stimulus", "objectives": "set of objectives"}


def singular(kind: str) -> str:
    """Return what one entry of a kind is called in messages: `cell template`."""
    return _SINGULAR.get(kind) or kind.replace("_", " ").removesuffix("s")


@hookspec
def bouton_register_morphology_loaders() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer morphology loaders; contract `bouton.contracts.MorphologyLoader`."""


@hookspec
def bouton_register_cell_templates() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer cell templates; contract `bouton.contracts.CellTemplate`."""


@hookspec
def bouton_register_protocols() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer protocols; contract `bouton.contracts.ProtocolSource`."""


@hookspec
def bouton_register_feature_extractors() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer feature extractors; contract `bouton.contracts.FeatureExtractor`."""


@hookspec
def bouton_register_optimizers() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer optimizers; contract `bouton.contracts.Optimizer`."""


@hookspec
def bouton_register_recorders() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer recorders; contract `bouton.contracts.Recorder`."""


@hookspec
def bouton_register_objectives() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer objectives; contract `bouton.contracts.Objectives`."""


@hookspec
def bouton_register_stimuli() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer stimuli; contract `bouton.contracts.Stimulus`."""


@hookspec
def bouton_register_catalogues() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer catalogues; contract `bouton.contracts.Catalogue`."""


@hookspec
def bouton_register_executors() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer executors; contract `bouton.contracts.Executor`."""


@hookspec
def bouton_register_jobs() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer jobs; contract `bouton.contracts.Job`."""


@hookspec
def bouton_register_studies() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer studies; contract `bouton.contracts.StudySource`."""


@hookspec
def bouton_register_commands() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer commands; contract `bouton.contracts.Command`."""


@hookspec
def bouton_register_exporters() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer exporters; contract `bouton.contracts.Exporter`."""


@hookspec
def bouton_register_placements() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer placements; contract `bouton.contracts.Placement`."""


@hookspec
def bouton_register_connectors() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer connectors; contract `bouton.contracts.Connector`."""


@hookspec
def bouton_register_devices() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer devices; contract `bouton.contracts.Device`."""


@hookspec
def bouton_register_network_importers() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer network importers; contract `bouton.contracts.NetworkImporter`."""
