"""What a target of each plug-in kind must offer: small protocols, nothing to inherit.

The target of an entry is a class made with `attrs.frozen` whose fields are the options that a study
may give (units in names, defaults where sensible); the instance meets the contract below. Kinds
whose target is something else say so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import click

    from bouton.model.cell import CellSettings, CellStructure, Parameter
    from bouton.model.devices import DeviceParts, Scene
    from bouton.model.draws import Draws
    from bouton.model.morphology import FloatArray, IntArray, Morphology
    from bouton.model.network import Network, SynapseType
    from bouton.model.protocol import Drive, Signal
    from bouton.model.protocol import Protocol as ProtocolDescription
    from bouton.model.scores import Feature, Scores, Target
    from bouton.model.search import Proposal, SearchProblem, Verdict
    from bouton.model.tasks import Outcome, PoolReport, Task, WorkerSpec
    from bouton.model.traces import Response
    from bouton.model.wiring import Box, Contacts, Crowd, Side


@runtime_checkable
class MorphologyLoader(Protocol):
    """Reads a file into a morphology; the file is parsed, never executed."""

    def load(self, path: Path) -> Morphology:
        """Return the morphology with its report.

        Raises:
            MorphologyError: Naming file, line and problem, if the file is broken.
        """


@runtime_checkable
class CellTemplate(Protocol):
    """Knows its parameters and describes a cell as data."""

    @property
    def parameters(self) -> Sequence[Parameter]:
        """All parameters, in table order."""

    def structure(self, morphology: Morphology | None, values: Mapping[str, Any]) -> CellStructure:
        """Return what must be built; equal inputs give an equal structure.

        Raises:
            CellError: If the morphology or a value does not fit.
        """

    def structural(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return a hashable key of the values that the structure depends on.

        Two value sets with equal keys share one built cell.
        """

    def settings(self, structure: CellStructure, values: Mapping[str, Any]) -> CellSettings:
        """Return every number to set on a built cell.

        Raises:
            CellError: If a value is missing or impossible.
        """


@runtime_checkable
class HasSynapses(Protocol):
    """What a cell template may also offer: synapses that are made for its cells."""

    @property
    def synapses(self) -> Mapping[str, SynapseType]:
        """The synapses by name, such as `AMPA`."""


@runtime_checkable
class Stimulus(Protocol):
    """A drive aimed at a place."""

    def drives(self) -> Iterable[Drive]:
        """Return the drives as data."""


@runtime_checkable
class Recorder(Protocol):
    """What is recorded, where, how often."""

    def signals(self) -> Iterable[Signal]:
        """Return the signals as data."""


@runtime_checkable
class ProtocolSource(Protocol):
    """Makes a protocol, given the values that a parameter set addresses to it."""

    def protocol(self, values: Mapping[str, Any]) -> ProtocolDescription:
        """Return the protocol.

        Args:
            values: Entries of the parameter set whose name starts with the protocol's name and
                a dot, without that prefix, such as `stim.dist`.

        Raises:
            ProtocolError: If a value is unknown or impossible.
        """


@runtime_checkable
class FeatureExtractor(Protocol):
    """Takes named numbers from the traces of one or more protocols."""

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return the features; one that cannot be taken is nan, never 0."""


@runtime_checkable
class Objectives(Protocol):
    """Compares features with targets."""

    @property
    def targets(self) -> Sequence[Target]:
        """The targets, in table order."""

    def protocols(self) -> tuple[str, ...]:
        """Return the names of the protocols that are needed, in their natural order."""

    def score(self, protocol: str, responses: Mapping[str, Response]) -> Scores:
        """Return what can be judged once `protocol` has run (it is the last of `responses`)."""

    def combine(self, scores: Mapping[str, float]) -> Mapping[str, float]:
        """Return the combined objectives; called with all scores, penalties filled in."""

    def penalty(self, protocol: str) -> Mapping[str, float]:
        """Return the scores of the objectives of a protocol that was not run or failed."""


@runtime_checkable
class Placement(Protocol):
    """Places the cells of a population."""

    def place(self, box: Box, draws: Draws) -> FloatArray:
        """Return positions, um, shape (n, 3).

        Raises:
            NetworkError: If there is no room, or no cell.
        """


@runtime_checkable
class CrowdPlacement(Protocol):
    """What a placement offers that can be told how many cells of which size there are."""

    def place_crowd(self, crowd: Crowd, box: Box, draws: Draws) -> FloatArray:
        """Return the positions of the crowd's cells, um, shape (crowd.count, 3).

        The place of a cell depends on its number and on the cells that are there, never on how
        work is divided.

        Raises:
            NetworkError: If there is no room.
        """


@runtime_checkable
class Connector(Protocol):
    """Decides which cells connect, and may decide where."""

    def contacts(self, pre: Side, post: Side, draws: Draws) -> Contacts:
        """Return the contacts onto `post.wanted`, sorted by target, then source.

        What connects may depend on the numbers of cells, never on which targets are wanted, so
        that any division of the work gives the same network.

        Raises:
            NetworkError: If the rule is impossible for these populations.
        """


@runtime_checkable
class SpikeSource(Protocol):
    """Fires known spikes: a device that a network uses as a population."""

    def trains(self, cells: int, duration_ms: float, draws: Draws) -> Sequence[FloatArray]:
        """Return the times of each cell's spikes, rising, within the duration, ms."""


@runtime_checkable
class Device(Protocol):
    """A stimulator or recorder aimed at parts of a network that has been reconstructed."""

    @property
    def watches_devices(self) -> bool:
        """Whether it looks at what other devices add; it then comes after those that do not."""

    def parts(self, name: str, scene: Scene) -> DeviceParts:
        """Return what the device adds to the network; at least one thing.

        Args:
            name: Name of the device; what it adds is called so, or `name/...`.
            scene: What it aims at.

        Raises:
            NetworkError: If there is nothing where it aims.
            NoSynapseError: If only connections decide that; while a network is compiled, when cells
                are placed and not yet connected, this counts as nothing wrong.
        """


@runtime_checkable
class CellTarget(Protocol):
    """Chooses cells of a network, for devices."""

    def cells(self, scene: Scene, draws: Draws) -> Mapping[str, IntArray]:
        """Return the chosen cells of every population that has any, rising.

        Args:
            scene: What there is; sources of spikes are no cells.
            draws: Random numbers of the device that asks.

        Raises:
            NetworkError: If a name or number means nothing here.
        """


@runtime_checkable
class NetworkSource(Protocol):
    """Section `network` of a study."""

    @property
    def repeats(self) -> int:
        """Number of realisations that a search averages."""

    @property
    def seed(self) -> int:
        """Seed of everything random."""

    def network(self, values: Mapping[str, Any], rank: int, ranks: int, repeat: int) -> Network:
        """Return the network with the connections onto the cells of one of several processes.

        Args:
            values: Numbers to put in place, by path.
            rank: Number of the process; it has the cells whose number leaves this remainder.
            ranks: Number of processes.
            repeat: Number of the realisation: each has its own random numbers.

        Raises:
            NetworkError: If a path leads nowhere, or the network is impossible.
        """

    def default(self, path: str) -> float:
        """Return the number at a path.

        Raises:
            NetworkError: If there is no number.
        """

    def parts(self, path: str) -> Sequence[str]:
        """Return the populations, connections and other parts that a number at a path changes."""


class Catalogue(Protocol):
    """A folder of MOD files. The target of an entry is a function that returns its path."""

    def __call__(self) -> Path:
        """Return the folder."""


class StudySource(Protocol):
    """A ready-made study. The target is a function that returns the path of a study file."""

    def __call__(self) -> Path:
        """Return the path of the study file."""


class CommandSource(Protocol):
    """A command. The target is a `click.Command`."""

    def __call__(self) -> click.Command:
        """Return the command."""


@runtime_checkable
class Optimizer(Protocol):
    """Proposes parameter sets and learns from what became of them."""

    def start(self, problem: SearchProblem, seed: int) -> Search:
        """Return a search; equal problem, seed and verdicts give equal proposals.

        Raises:
            StudyError: If the optimizer cannot cope with the problem, saying why.
        """


@runtime_checkable
class Search(Protocol):
    """One search under way. Its state is recovered by telling it its past again, in order."""

    def ask(self) -> Proposal:
        """Return the next batch (a generation), never empty.

        Raises:
            SearchError: If the last batch was not told yet.
        """

    def tell(self, verdict: Verdict) -> None:
        """Learn from the whole batch, in the order proposed.

        Raises:
            SearchError: If the vectors are not those proposed, or an objective is not finite.
            StudyError: If the search cannot go on, saying why.
        """

    def ask_one(self) -> Proposal:
        """Return one candidate while others are under way (steady state).

        Empty (no rows) when nothing can be proposed before something under way was told.

        Raises:
            StudyError: If this search cannot work one at a time.
        """

    def tell_one(self, verdict: Verdict) -> None:
        """Learn from one candidate, in the order of arrival; errors as for `tell`."""


@runtime_checkable
class Exporter(Protocol):
    """Writes a run in another format."""

    def export(self, directory: Path, out: Path) -> Sequence[str]:
        """Write what the run directory holds to `out`; `bouton.Results` reads it.

        An option called `row` is what `bouton results export --row` gives: the text of a row
        number, or `best`.

        Returns:
            A sentence on each thing that the format could not hold; empty if all is there.

        Raises:
            ResultsError: If the run cannot be read or lacks what the format needs.
            MissingDependencyError: If a library is not installed.
        """


@runtime_checkable
class Executor(Protocol):
    """Runs tasks somewhere."""

    def open(self, spec: WorkerSpec, workers: int) -> AbstractContextManager[Pool]:
        """Return a pool of ready workers; leaving the context ends every process of it."""


@runtime_checkable
class Pool(Protocol):
    """Workers that are ready."""

    @property
    def workers(self) -> int:
        """Number of workers."""

    def submit(self, task: Task) -> None:
        """Queue a task."""

    def collect(self, timeout_s: float | None = None) -> list[Outcome]:
        """Return outcomes in the order they arrive; waits for at least one, or the time-out."""

    def report(self) -> PoolReport:
        """Return what the pool went through so far."""
