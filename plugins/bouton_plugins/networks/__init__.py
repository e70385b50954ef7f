"""Networks by rules: populations, placements, connection rules, sources, simulation, features."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.networks"


@hookimpl
def bouton_register_jobs() -> Iterable[Entry]:
    """Offer the section `network` of a study."""
    yield Entry(
        "network",
        f"{_HERE}.description:NetworkRules",
        "Populations, connections by rule, stimulation and recording of a network.",
    )


@hookimpl
def bouton_register_placements() -> Iterable[Entry]:
    """Offer the placements."""
    yield Entry("uniform", f"{_HERE}.placements:Uniform", "A number or density of cells at random.")
    yield Entry("grid", f"{_HERE}.placements:Grid", "Cells at equal distances.")
    yield Entry("positions", f"{_HERE}.placements:Positions", "Cells at given positions.")


@hookimpl
def bouton_register_connectors() -> Iterable[Entry]:
    """Offer the connection rules."""
    yield Entry("all-to-all", f"{_HERE}.connectors:AllToAll", "Every cell to every cell.")
    yield Entry("one-to-one", f"{_HERE}.connectors:OneToOne", "Each cell to the same-numbered one.")
    yield Entry("probability", f"{_HERE}.connectors:Probability", "Each pair with a probability.")
    yield Entry("fixed-in-degree", f"{_HERE}.degrees:FixedInDegree", "So many inputs to each cell.")
    yield Entry(
        "fixed-out-degree", f"{_HERE}.degrees:FixedOutDegree", "So many outputs of each cell."
    )
    yield Entry("list", f"{_HERE}.connectors:Listed", "Given pairs of cells.")
    yield Entry(
        "distance", f"{_HERE}.connectors:DistanceDependent", "Each pair by the distance between."
    )


@hookimpl
def bouton_register_devices() -> Iterable[Entry]:
    """Offer the sources of spikes."""
    yield Entry("poisson-spikes", f"{_HERE}.sources:PoissonSpikes", "Random spikes at a rate.")
    yield Entry("regular-spikes", f"{_HERE}.sources:RegularSpikes", "Regular spikes with noise.")
    yield Entry("spike-list", f"{_HERE}.sources:SpikeList", "Given spikes of each cell.")
    yield Entry("spike-pattern", f"{_HERE}.sources:SpikePattern", "Volleys that come again.")


@hookimpl
def bouton_register_feature_extractors() -> Iterable[Entry]:
    """Offer the features of a network."""
    yield Entry(
        "network-features",
        f"{_HERE}.features:NetworkFeatures",
        "Rates, irregularity and synchrony of populations.",
    )


@hookimpl
def bouton_register_catalogues() -> Iterable[Entry]:
    """Offer the mechanisms that networks need."""
    yield Entry("networks", f"{_HERE}.catalogue:folder", "half of an electrical synapse")


@hookimpl
def bouton_register_commands() -> Iterable[Entry]:
    """Offer the command."""
    yield Entry("network", f"{_HERE}.command:command", "Reconstruct and simulate networks.")


@hookimpl
def bouton_register_studies() -> Iterable[Entry]:
    """Offer the ready-made study."""
    yield Entry(
        "network-rate",
        f"{_HERE}.catalogue:network_rate",
        "two populations, tuned to a mean rate of 17 Hz over probability, weight and delay",
    )
