"""The hook specifications: one hook per kind of thing that can be plugged in.

A plug-in is a module named by an entry point of the group `bouton.plugins`. It implements any of
the hooks below, each returning entries:

    @bouton.hookimpl
    def bouton_register_stimuli() -> list[bouton.Entry]:
        return [bouton.Entry("chirp", "bouton_example.chirp:Chirp", "sine of rising frequency")]

Hooks are called once per process, by `bouton.plugins.loading`, when the first registry is asked for
anything. They must be cheap and import nothing heavy: an entry names its target as text, and the
target is imported when somebody uses it. A hook that raises, or returns anything but entries, makes
its plug-in a failed one, with the reason in `bouton plugins`; no other plug-in is touched.

The contract that a target of each kind must meet is in `bouton.contracts`. Unless a docstring below
says otherwise, a target is a class made with `attrs.frozen` whose fields are the options that a
study may give. All hooks are there since version 0.1.
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
    "targets": "choose the cells of a network that devices aim at",
    "network_importers": "read networks that others wrote",
}

_SINGULAR = {"studies": "study", "stimuli": "stimulus", "objectives": "set of objectives"}


def singular(kind: str) -> str:
    """Return what one entry of a kind is called in messages: `cell template`."""
    return _SINGULAR.get(kind) or kind.replace("_", " ").removesuffix("s")


def one_of(kind: str) -> str:
    """Return one entry of a kind with its article: `an optimizer`."""
    name = singular(kind)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


@hookspec
def bouton_register_morphology_loaders() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer morphology loaders.

    Contract `MorphologyLoader`. Used where a study says `morphology: {loader: NAME, file: ...}`.
    Errors in a file are raised as `MorphologyError`.
    """


@hookspec
def bouton_register_cell_templates() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer cell templates.

    Contract `CellTemplate`. Used where a study says `cell: {template: NAME}`. All options should
    have defaults, so that `bouton plugins show` can list the parameters.
    """


@hookspec
def bouton_register_protocols() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer protocols.

    Contract `ProtocolSource`. Used where a study says `protocols: {LABEL: {use: NAME}}`.
    """


@hookspec
def bouton_register_feature_extractors() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer feature extractors.

    Contract `FeatureExtractor`. Called with the traces of all protocols that ran; a feature that
    cannot be taken is nan.
    """


@hookspec
def bouton_register_optimizers() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer optimizers.

    Contract `Optimizer`, which starts a `Search`. Used where a study says
    `fit: {optimizer: {use: NAME}}`. An entry with a shorthand option can be named `NAME:TEXT`.
    """


@hookspec
def bouton_register_recorders() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer recorders.

    Contract `Recorder`. Used for the recordings of protocols that a study describes itself.
    """


@hookspec
def bouton_register_objectives() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer sets of objectives.

    Contract `Objectives`. Used where a study says `objectives: {use: NAME}`.
    """


@hookspec
def bouton_register_stimuli() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer stimuli.

    Contract `Stimulus`. Used for the stimuli of protocols that a study describes itself.
    """


@hookspec
def bouton_register_catalogues() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer catalogues of mechanisms.

    Contract `Catalogue`: the target is a function without arguments that returns a folder of MOD
    files. Called when a cell or a drive names the catalogue.
    """


@hookspec
def bouton_register_executors() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer executors.

    Contract `Executor`, which opens a `Pool`. Used where a study or `--executor` names one.
    """


@hookspec
def bouton_register_jobs() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer jobs.

    The target is an attrs class whose fields are the options of the study's section of that name,
    such as `fit`.
    """


@hookspec
def bouton_register_studies() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer ready-made studies.

    Contract `StudySource`: the target is a function without arguments that returns the path of a
    study file, so that `bouton run NAME` works.
    """


@hookspec
def bouton_register_commands() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer commands of the command line.

    Contract `CommandSource`: the target is a `click.Command`. It is imported when it is run; help
    shows the summary of the entry. A name that Bouton uses itself needs the form `plugin:command`.
    """


@hookspec
def bouton_register_exporters() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer exporters of results.

    Contract `Exporter`. Used by `bouton results export DIR --format NAME --out FILE`, which shows
    what the format could not hold.
    """


@hookspec
def bouton_register_placements() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer placements of cells.

    Contract `Placement`. Used where a population of a network says `placement: {use: NAME}`.
    """


@hookspec
def bouton_register_connectors() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer rules that connect populations.

    Contract `Connector`. Used where connections or gap junctions of a network say `rule: NAME`.
    """


@hookspec
def bouton_register_devices() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer devices aimed at parts of a network.

    Contract `Device`, used under `devices` in a simulation of a reconstructed network, or
    `SpikeSource` for sources of spikes, used where a population of a network says
    `source: {use: NAME}`.
    """


@hookspec
def bouton_register_targets() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer ways to choose the cells that devices aim at.

    Contract `CellTarget`. Used where a device says `target: {use: NAME}`.
    """


@hookspec
def bouton_register_network_importers() -> Iterable[Entry]:  # type: ignore[empty-body]
    """Offer importers of networks that others wrote.

    Only looked up by name so far: any target that can be imported will do.
    """
