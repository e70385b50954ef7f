"""An example of a plug-in: this module only says what there is, and imports none of it."""

from __future__ import annotations

from bouton import Entry, hookimpl

bouton_plugin_api = 1


@hookimpl
def bouton_register_morphology_loaders() -> list[Entry]:
    """Offer the loader of stick files."""
    return [Entry("sticks", "bouton_example.sticks:Sticks", "a soma and straight sticks, as text")]


@hookimpl
def bouton_register_stimuli() -> list[Entry]:
    """Offer the chirp."""
    return [Entry("chirp", "bouton_example.chirp:Chirp", "sine of rising frequency")]


@hookimpl
def bouton_register_feature_extractors() -> list[Entry]:
    """Offer the peak extractor."""
    return [Entry("peak", "bouton_example.peak:Peak", "height and time of the largest potential")]


@hookimpl
def bouton_register_commands() -> list[Entry]:
    """Offer the command that shows a stick file."""
    return [Entry("sticks", "bouton_example.command:sticks", "Show the sections of a stick file.")]
