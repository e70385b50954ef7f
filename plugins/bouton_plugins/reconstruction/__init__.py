"""Reconstruct a network from one description, store it, look at it, simulate it."""

from __future__ import annotations

from collections.abc import Iterable

from bouton import Entry, hookimpl

_HERE = "bouton_plugins.reconstruction"
_SIMULATION = f"{_HERE}.simulation"


@hookimpl
def bouton_register_jobs() -> Iterable[Entry]:
    """Offer what can be said about reconstructed networks."""
    yield Entry(
        "simulation",
        f"{_SIMULATION}.description:SimulationRule",
        "Cells, synapses and devices of one simulation of a stored network.",
    )


@hookimpl
def bouton_register_devices() -> Iterable[Entry]:
    """Offer stimulators and recorders."""
    generators, clamps = f"{_SIMULATION}.generators", f"{_SIMULATION}.clamps"
    recorders = f"{_SIMULATION}.recorders"
    yield Entry("spike-generator", f"{generators}:SpikeGenerator", "Spikes into synapses.")
    yield Entry("poisson-generator", f"{generators}:PoissonGenerator", "Random spikes, likewise.")
    yield Entry("source-generator", f"{generators}:SourceGenerator", "Spikes of any source.")
    yield Entry("current-clamp", f"{clamps}:CurrentClamp", "A constant current.")
    yield Entry("voltage-clamp", f"{clamps}:VoltageClamp", "Up to three potentials in turn.")
    yield Entry("voltage-recorder", f"{recorders}:VoltageRecorder", "Membrane potential.")
    yield Entry("spike-recorder", f"{recorders}:SpikeRecorder", "Spikes at any one place.")
    yield Entry("synapse-recorder", f"{recorders}:SynapseRecorder", "Currents of synapses.")
    yield Entry("ion-recorder", f"{recorders}:IonRecorder", "Concentrations and other variables.")
    yield Entry("clamp-recorder", f"{recorders}:ClampRecorder", "Current that clamps inject.")


@hookimpl
def bouton_register_targets() -> Iterable[Entry]:
    """Offer ways to choose the cells that devices aim at."""
    targets = f"{_SIMULATION}.targets"
    yield Entry("all", f"{targets}:AllCells", "Every cell.")
    yield Entry("cell-types", f"{targets}:CellsOfTypes", "Every cell of some types.")
    yield Entry("by-id", f"{targets}:CellsById", "Given cells.")
    yield Entry("by-label", f"{targets}:CellsByLabel", "Cells with branches of some labels.")
    yield Entry("sphere", f"{targets}:Sphere", "Cells within a sphere.")
    yield Entry("cylinder", f"{targets}:Cylinder", "Cells within an endless cylinder.")
    yield Entry("sample", f"{targets}:Sample", "Some cells at random.")
    yield Entry(
        "representatives", f"{targets}:Representatives", "A cell of every type and morphology."
    )
