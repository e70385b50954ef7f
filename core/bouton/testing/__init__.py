"""Kit for plug-in authors: conformance suites, registries without discovery, tiny examples.

Inherit the suite of a kind, name the entry, and pytest has its tests:

    class TestPeak(FeatureExtractorSuite):
        plugin = bouton_peak
        entry = "peak"

Names are imported when first used, so that the light ones need no numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bouton.testing.cells import CellTemplateSuite as CellTemplateSuite
    from bouton.testing.cells import MorphologyLoaderSuite as MorphologyLoaderSuite
    from bouton.testing.comparing import assert_same as assert_same
    from bouton.testing.comparing import assert_traces_close as assert_traces_close
    from bouton.testing.comparing import differences as differences
    from bouton.testing.distributions import environment as environment
    from bouton.testing.distributions import write_distribution as write_distribution
    from bouton.testing.executors import ExecutorSuite as ExecutorSuite
    from bouton.testing.experiments import ProtocolSuite as ProtocolSuite
    from bouton.testing.experiments import RecorderSuite as RecorderSuite
    from bouton.testing.experiments import StimulusSuite as StimulusSuite
    from bouton.testing.measures import FeatureExtractorSuite as FeatureExtractorSuite
    from bouton.testing.measures import ObjectivesSuite as ObjectivesSuite
    from bouton.testing.networks import ConnectorSuite as ConnectorSuite
    from bouton.testing.networks import DeviceSuite as DeviceSuite
    from bouton.testing.networks import NetworkImporterSuite as NetworkImporterSuite
    from bouton.testing.networks import PlacementSuite as PlacementSuite
    from bouton.testing.networks import TargetSuite as TargetSuite
    from bouton.testing.networks import tiny_scene as tiny_scene
    from bouton.testing.networks import tiny_side as tiny_side
    from bouton.testing.registries import check_plugin as check_plugin
    from bouton.testing.registries import isolated_registry as isolated_registry
    from bouton.testing.runs import CatalogueSuite as CatalogueSuite
    from bouton.testing.runs import CommandSuite as CommandSuite
    from bouton.testing.runs import ExporterSuite as ExporterSuite
    from bouton.testing.runs import JobSuite as JobSuite
    from bouton.testing.runs import StudySuite as StudySuite
    from bouton.testing.searches import OptimizerSuite as OptimizerSuite
    from bouton.testing.searches import tiny_problem as tiny_problem
    from bouton.testing.searches import tiny_verdict as tiny_verdict
    from bouton.testing.tiny import at_hand as at_hand
    from bouton.testing.tiny import run_on as run_on
    from bouton.testing.tiny import tiny_cell as tiny_cell
    from bouton.testing.tiny import tiny_morphology as tiny_morphology
    from bouton.testing.tiny import tiny_responses as tiny_responses
    from bouton.testing.tiny import tiny_run as tiny_run

SUITES: dict[str, str] = {
    "morphology_loaders": "MorphologyLoaderSuite",
    "cell_templates": "CellTemplateSuite",
    "protocols": "ProtocolSuite",
    "feature_extractors": "FeatureExtractorSuite",
    "optimizers": "OptimizerSuite",
    "recorders": "RecorderSuite",
    "objectives": "ObjectivesSuite",
    "stimuli": "StimulusSuite",
    "catalogues": "CatalogueSuite",
    "executors": "ExecutorSuite",
    "jobs": "JobSuite",
    "studies": "StudySuite",
    "commands": "CommandSuite",
    "exporters": "ExporterSuite",
    "placements": "PlacementSuite",
    "connectors": "ConnectorSuite",
    "devices": "DeviceSuite",
    "targets": "TargetSuite",
    "network_importers": "NetworkImporterSuite",
}

_MODULES = {
    "cells": ("CellTemplateSuite", "MorphologyLoaderSuite"),
    "comparing": ("assert_same", "assert_traces_close", "differences"),
    "distributions": ("environment", "write_distribution"),
    "executors": ("ExecutorSuite",),
    "experiments": ("ProtocolSuite", "RecorderSuite", "StimulusSuite"),
    "measures": ("FeatureExtractorSuite", "ObjectivesSuite"),
    "networks": (
        *("ConnectorSuite", "DeviceSuite", "NetworkImporterSuite", "PlacementSuite"),
        *("TargetSuite", "tiny_scene", "tiny_side"),
    ),
    "registries": ("check_plugin", "isolated_registry"),
    "runs": ("CatalogueSuite", "CommandSuite", "ExporterSuite", "JobSuite", "StudySuite"),
    "searches": ("OptimizerSuite", "tiny_problem", "tiny_verdict"),
    "tiny": ("at_hand", "run_on", "tiny_cell", "tiny_morphology", "tiny_responses", "tiny_run"),
}
_PUBLIC = {name: module for module, names in _MODULES.items() for name in names}

__all__ = ["SUITES", *sorted(_PUBLIC)]


def __getattr__(name: str) -> Any:  # noqa: ANN401
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'bouton.testing' has no attribute {name!r}")
    value = getattr(import_module(f"bouton.testing.{module}"), name)
    globals()[name] = value
    return value
