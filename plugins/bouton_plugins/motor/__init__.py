"""Motor neuron pools: cells, channels, recruitment thresholds, and what drives a pool."""

from __future__ import annotations

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.motor"


@hookimpl
def bouton_register_cell_templates() -> list[Entry]:
    """Offer both cell models."""
    return [
        Entry("motor-alpha", f"{_HERE}.alpha:MotorAlpha", "motoneuron of two compartments"),
        Entry(
            "motor-alpha-powers",
            f"{_HERE}.powers:MotorAlphaPowers",
            "motoneuron of a soma and four dendrites",
        ),
    ]


@hookimpl
def bouton_register_catalogues() -> list[Entry]:
    """Offer their channels."""
    return [
        Entry("motor", "bouton_mechanisms:motor_folder", "channels of motor-alpha"),
        Entry(
            "motor-powers",
            "bouton_mechanisms:motor_powers_folder",
            "channels of motor-alpha-powers",
        ),
    ]


@hookimpl
def bouton_register_jobs() -> list[Entry]:
    """Offer the section that makes the cells, and the one that drives them."""
    return [
        Entry("pool", f"{_HERE}.pool:MotorPool", "Motoneurons, the first recruited to the last."),
        Entry("drive", f"{_HERE}.drive:Drive", "Drive a motor pool up and down."),
    ]


@hookimpl
def bouton_register_studies() -> list[Entry]:
    """Offer the ready-made studies."""
    return [
        Entry("motor-pool", f"{_HERE}.studies:motor_pool", "a motor pool to measure"),
        Entry("motor-ramp", f"{_HERE}.studies:motor_ramp", "a motor pool driven up and down"),
    ]
