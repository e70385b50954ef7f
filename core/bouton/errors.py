"""Every error that Bouton raises on purpose: one root, one class per cause.

A message says what is wrong, where, what was expected, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from attrs import frozen


class BoutonError(Exception):
    """Root of all errors; `except BoutonError` catches what a user can mend."""


class PluginError(BoutonError):
    """A plug-in could not be used."""


class UnknownEntryError(PluginError):
    """No plug-in offers the name that was asked for."""


class AmbiguousEntryError(UnknownEntryError):
    """Two third-party plug-ins offer the name that was asked for; the message gives full names."""


class MissingDependencyError(PluginError):
    """An entry needs a library that is not installed; the message says which extra to install."""


class MorphologyError(BoutonError):
    """A morphology file is broken or does not fit what was asked of it."""


class CellError(BoutonError):
    """A cell description is impossible: unknown region, parameter or mechanism."""


class LocationError(CellError):
    """A location rule finds no place on this cell."""


class MechanismError(BoutonError):
    """A catalogue could not be compiled or loaded, or two of them clash."""


class ProtocolError(BoutonError):
    """A protocol is impossible on this cell."""


class NetworkError(BoutonError):
    """A network description is impossible: unknown population, place, synapse or formula."""


class NoSynapseError(NetworkError):
    """A device needs synapses that connections make, and there are none where it aims."""


class EngineError(BoutonError):
    """NEURON cannot be used here and now: wrong thread, other sections alive, a closed cell."""


class SimulationError(BoutonError):
    """A run ended without a usable trace; `reason` is the short cause for tables."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[type[SimulationError], tuple[str, str]]:
        return (type(self), (self.reason, self.detail))


class SearchError(BoutonError):
    """A search under way was told what it cannot use, or asked out of turn."""


class ResultsError(BoutonError):
    """A run directory or results file is missing, damaged, in use or not ours."""


class NoRunError(ResultsError):
    """A directory in which a run was looked for holds none."""


@frozen
class Problem:
    """One thing wrong in a document.

    Attributes:
        message: What is wrong and what was expected.
        path: Where in the document, for example `protocols.bAP.duration_ms`.
        file: File name, or a word for where the value came from (`--set`).
        line: 1-based line, 0 when unknown.
        hint: What to do, or close matches; may be empty.
    """

    message: str
    path: str = ""
    file: str = ""
    line: int = 0
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(part for part in (self.file, str(self.line) if self.line else "") if part)
        where = " ".join(part for part in (place, self.path) if part)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class StudyError(BoutonError):
    """A study cannot be used; `problems` holds everything that is wrong, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the study"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))

    def __reduce__(self) -> tuple[type[StudyError], tuple[tuple[Problem, ...]]]:
        return (type(self), (self.problems,))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint with close matches of `name`, or with all names when few are known."""
    names = sorted(known)
    close = get_close_matches(name, names, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(match) for match in close) + "?"
    if not names:
        return ""
    shown = ", ".join(names[:12])
    return f"known: {shown}" + (", ..." if len(names) > 12 else "")
