"""Bouton: a plug-in framework for biophysically detailed neurons and networks on NEURON.

Importing `bouton` is cheap: every public name is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bouton.errors import BoutonError as BoutonError
    from bouton.jobs.launching import explore as explore
    from bouton.jobs.launching import fit as fit
    from bouton.jobs.launching import resume as resume
    from bouton.jobs.running import run_study as run_study
    from bouton.jobs.studies import find_study as find_study
    from bouton.model.cell import CellSettings as CellSettings
    from bouton.model.cell import CellStructure as CellStructure
    from bouton.model.cell import Parameter as Parameter
    from bouton.model.locations import At as At
    from bouton.model.locations import OnLabel as OnLabel
    from bouton.model.morphology import Morphology as Morphology
    from bouton.model.morphology import Section as Section
    from bouton.model.protocol import Integration as Integration
    from bouton.model.protocol import PointDrive as PointDrive
    from bouton.model.protocol import Protocol as Protocol
    from bouton.model.protocol import Signal as Signal
    from bouton.model.protocol import WaveformDrive as WaveformDrive
    from bouton.model.scores import Evaluation as Evaluation
    from bouton.model.scores import Feature as Feature
    from bouton.model.scores import Scores as Scores
    from bouton.model.scores import Target as Target
    from bouton.model.search import Proposal as Proposal
    from bouton.model.search import SearchProblem as SearchProblem
    from bouton.model.search import SearchSpace as SearchSpace
    from bouton.model.search import Verdict as Verdict
    from bouton.model.study import Cell as Cell
    from bouton.model.study import EvaluationPlan as EvaluationPlan
    from bouton.model.study import MorphologySource as MorphologySource
    from bouton.model.study import Study as Study
    from bouton.model.traces import Response as Response
    from bouton.model.traces import Trace as Trace
    from bouton.plugins import registry as registry
    from bouton.plugins.entry import Entry as Entry
    from bouton.plugins.specs import hookimpl as hookimpl
    from bouton.results.reading import Results as Results

    __version__: str

_MODULES = {
    "bouton.errors": ("BoutonError",),
    "bouton.jobs.launching": ("explore", "fit", "resume"),
    "bouton.jobs.running": ("run_study",),
    "bouton.jobs.studies": ("find_study",),
    "bouton.model.cell": ("CellSettings", "CellStructure", "Parameter"),
    "bouton.model.locations": ("At", "OnLabel"),
    "bouton.model.morphology": ("Morphology", "Section"),
    "bouton.model.protocol": ("Integration", "PointDrive", "Protocol", "Signal", "WaveformDrive"),
    "bouton.model.scores": ("Evaluation", "Feature", "Scores", "Target"),
    "bouton.model.search": ("Proposal", "SearchProblem", "SearchSpace", "Verdict"),
    "bouton.model.study": ("Cell", "EvaluationPlan", "MorphologySource", "Study"),
    "bouton.model.traces": ("Response", "Trace"),
    "bouton.plugins": ("registry",),
    "bouton.plugins.entry": ("Entry",),
    "bouton.plugins.specs": ("hookimpl",),
    "bouton.results.reading": ("Results",),
}
_PUBLIC = {name: module for module, names in _MODULES.items() for name in names}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name == "__version__":
        from importlib.metadata import version

        return version("bouton")
    module = _PUBLIC.get(name)
    if module is None:
        raise AttributeError(f"module 'bouton' has no attribute {name!r}")
    value = getattr(import_module(module), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_PUBLIC, "__version__"})
