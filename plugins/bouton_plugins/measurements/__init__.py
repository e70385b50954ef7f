"""Measurements that any cell can be put through, and the job that measures many cells."""

from __future__ import annotations

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.measurements"


@hookimpl
def bouton_register_jobs() -> list[Entry]:
    """Offer the job."""
    return [Entry("measure", f"{_HERE}.job:Measure", "Measure every cell of a study.")]


@hookimpl
def bouton_register_commands() -> list[Entry]:
    """Offer the command."""
    return [Entry("measure", f"{_HERE}.command:command", "Measure the cells of a study.")]


@hookimpl
def bouton_register_protocols() -> list[Entry]:
    """Offer the protocol that all measurements are made of."""
    return [Entry("current-step", f"{_HERE}.steps:CurrentStep", "one current step at one place")]


@hookimpl
def bouton_register_feature_extractors() -> list[Entry]:
    """Offer what the measurements take from traces."""
    return [
        Entry("resting-potential", f"{_HERE}.extractors:RestingPotential", "potential at the end"),
        Entry("input-resistance", f"{_HERE}.extractors:InputResistance", "deflection over current"),
        Entry("membrane-time-constant", f"{_HERE}.extractors:TimeConstant", "decay after a pulse"),
        Entry("rheobase", f"{_HERE}.extractors:Rheobase", "smallest current that makes a spike"),
        Entry(
            "spike-shape",
            f"{_HERE}.extractors:SpikeAndAfter",
            "height of a spike, depth and duration of its after-hyperpolarisation",
        ),
        Entry(
            "frequency-current-gain",
            f"{_HERE}.extractors:Gain",
            "slope of firing rate over current",
        ),
    ]
