"""Layer 5 pyramidal tract neurons (Hay et al. 2011): cell, protocols, objectives, channels."""

from __future__ import annotations

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.hay"


@hookimpl
def bouton_register_cell_templates() -> list[Entry]:
    """Offer the L5PT template."""
    return [Entry("hay-l5pt", f"{_HERE}.template:HayL5PT", "layer 5 pyramidal tract neuron")]


@hookimpl
def bouton_register_protocols() -> list[Entry]:
    """Offer the protocols that the targets were measured with."""
    return [
        Entry("hay-bap", f"{_HERE}.protocols:BackPropagation", "one somatic spike travelling back"),
        Entry("hay-bac", f"{_HERE}.protocols:BacFiring", "spike and dendritic current: BAC firing"),
        Entry("hay-step", f"{_HERE}.protocols:SomaticStep", "two seconds of somatic current"),
    ]


@hookimpl
def bouton_register_feature_extractors() -> list[Entry]:
    """Offer the features behind the objectives, for other targets."""
    return [
        Entry(
            "hay-features",
            f"{_HERE}.extractor:HayFeatures",
            "features of the L5PT objectives, for targets of one's own",
        )
    ]


@hookimpl
def bouton_register_objectives() -> list[Entry]:
    """Offer the 41 objectives of the L5PT."""
    return [
        Entry(
            "hay-objectives",
            f"{_HERE}.objectives:HayObjectives",
            "bAP, BAC and step firing of L5PTs against empirical means",
        )
    ]


@hookimpl
def bouton_register_catalogues() -> list[Entry]:
    """Offer the channels."""
    return [Entry("hay", "bouton_mechanisms:hay_folder", "channels of layer 5 pyramidal neurons")]


@hookimpl
def bouton_register_studies() -> list[Entry]:
    """Offer the ready-made studies."""
    return [
        Entry("l5pt-bac", f"{_HERE}.studies:l5pt_bac", "bAP and BAC firing of a synthetic L5PT"),
        Entry("l5pt-search", f"{_HERE}.studies:l5pt_search", "the same, fitted from random starts"),
        Entry("l5pt-explore", f"{_HERE}.studies:l5pt_explore", "a walk from what that fit found"),
    ]
