"""Every figure of a run, by one name each; made from plain data, never from a live simulation."""

from __future__ import annotations

from bouton.report.morphology_figures import (
    Moment,
    morphology_figure,
    movie_figure,
    telling_moments,
)
from bouton.report.score_figures import progress_figure, scores_figure
from bouton.report.style import save
from bouton.report.trace_figures import traces_figure

__all__ = [
    "Moment",
    "morphology_figure",
    "movie_figure",
    "progress_figure",
    "save",
    "scores_figure",
    "telling_moments",
    "traces_figure",
]
