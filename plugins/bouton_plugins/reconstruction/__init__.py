"""Reconstruct a network from one description, store it, look at it, simulate it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from bouton import Entry, hookimpl

if TYPE_CHECKING:
    from bouton_plugins.reconstruction.compiling import compile_network as compile_network
    from bouton_plugins.reconstruction.description import Amount as Amount
    from bouton_plugins.reconstruction.description import CellType as CellType
    from bouton_plugins.reconstruction.description import ConnectivityRule as ConnectivityRule
    from bouton_plugins.reconstruction.description import Partition as Partition
    from bouton_plugins.reconstruction.description import PlacementRule as PlacementRule
    from bouton_plugins.reconstruction.description import Reconstruction as Reconstruction
    from bouton_plugins.reconstruction.description import Region as Region
    from bouton_plugins.reconstruction.description import Side as Side
    from bouton_plugins.reconstruction.description import Storage as Storage
    from bouton_plugins.reconstruction.description import Volume as Volume
    from bouton_plugins.reconstruction.reading import read_configuration as read_configuration
    from bouton_plugins.reconstruction.store import read_tissue as read_tissue
    from bouton_plugins.reconstruction.store import verify as verify
    from bouton_plugins.reconstruction.tissue import Tissue as Tissue

_HERE = "bouton_plugins.reconstruction"
_SIMULATION = f"{_HERE}.simulation"

_PUBLIC = {
    "compiling": ("compile_network",),
    "description": (
        "Amount",
        "CellType",
        "ConnectivityRule",
        "Partition",
        "PlacementRule",
        "Reconstruction",
        "Region",
        "Side",
        "Storage",
        "Volume",
    ),
    "reading": ("read_configuration",),
    "store": ("read_tissue", "verify"),
    "tissue": ("Tissue",),
}

__all__ = sorted(name for names in _PUBLIC.values() for name in names)


def __getattr__(name: str) -> Any:  # noqa: ANN401
    for module, names in _PUBLIC.items():
        if name in names:
            return getattr(import_module(f"{_HERE}.{module}"), name)
    raise AttributeError(f"module {_HERE!r} has no attribute {name!r}")


@hookimpl
def bouton_register_placements() -> Iterable[Entry]:
    """Offer placements that are told the number of cells, or read it from a table."""
    placements = f"{_HERE}.placements"
    yield Entry(
        "random-cells", f"{placements}:RandomCells", "Cells at random, kept apart if asked."
    )
    yield Entry("positions-file", f"{placements}:PositionsFile", "Cells at the places in a table.")


@hookimpl
def bouton_register_connectors() -> Iterable[Entry]:
    """Offer rules that connect cells where their branches meet."""
    contacts = f"{_HERE}.contacts"
    yield Entry(
        "voxel-intersection",
        f"{contacts}.voxel_intersection:VoxelIntersection",
        "Cells with branches in voxels that meet; places are coarse.",
    )
    yield Entry(
        "touch-distance",
        f"{contacts}.touch_distance:TouchDistance",
        "Branches within a distance, at their closest points.",
    )


@hookimpl
def bouton_register_jobs() -> Iterable[Entry]:
    """Offer what can be said about reconstructed networks."""
    yield Entry(
        "reconstruction",
        f"{_HERE}.description:Reconstruction",
        "A tissue: layers, cell types, placement, connectivity, simulations.",
    )
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


@hookimpl
def bouton_register_studies() -> Iterable[Entry]:
    """Offer the ready-made tissue."""
    yield Entry(
        "stellate-layer",
        f"{_HERE}.studies:stellate_layer",
        "thirty stellate cells in a layer that inhibit each other",
    )
