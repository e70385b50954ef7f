"""From a description to a stored network: place, connect chunk by chunk, write in order.

The work on one chunk is the same in any process, and its contacts go to a file of their own; so
neither the number of workers nor the size of chunks changes the network, and memory is bounded by
what one chunk needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from attrs import evolve, frozen

import bouton
from bouton.errors import NetworkError, ResultsError, StudyError
from bouton.model.morphology import IntArray
from bouton.model.tasks import Task, WorkerSpec
from bouton.model.wiring import Box
from bouton.results.atomic import PARTIAL, storage_errors
from bouton.results.lock import LOCK_NAME, Lock
from bouton.results.provenance import provenance
from bouton_plugins.reconstruction.connecting import Wiring
from bouton_plugins.reconstruction.description import Reconstruction, Volume, sets_of
from bouton_plugins.reconstruction.edges import Runs
from bouton_plugins.reconstruction.layout import whole_box
from bouton_plugins.reconstruction.placing import chunks_of, place_cells
from bouton_plugins.reconstruction.reading import Configuration, prepared, rules_of
from bouton_plugins.reconstruction.store import EdgeSet, read_origin, read_tissue, write_network
from bouton_plugins.reconstruction.tissue import PlacedPopulation, Tissue, no_contacts

Progress = Callable[[int, int], None]

_WORK = ".work"
_CELLS = "cells.h5"


@frozen
class Compiled:
    """What a compilation made.

    Attributes:
        path: The file.
        populations: Name and number of cells of every population.
        connections: Name and number of contacts of every connection set.
        seed: Seed that was used.
        digest: Digest over cells, shapes and contacts.
        notices: What a user should know.
    """

    path: Path
    populations: tuple[tuple[str, int], ...]
    connections: tuple[tuple[str, int], ...]
    seed: int
    digest: str
    notices: tuple[str, ...] = ()


def compile_network(
    what: Reconstruction | Configuration,
    path: Path | str,
    *,
    seed: int | None = None,
    workers: int = 1,
    force: bool = False,
    progress: Progress | None = None,
) -> Compiled:
    """Place and connect cells, and store the network.

    Args:
        what: A description made in Python, or a configuration that was read.
        path: HDF5 file to make.
        seed: Replaces the seed of the description.
        workers: Number of processes; 1 works in this one.
        force: Replace a network that is there.
        progress: Told the number of chunks that are connected, and their number in all.

    Raises:
        NetworkError: If the description is impossible.
        StudyError: If a simulation is, as far as that can be known before cells are connected.
        ResultsError: If the file exists, is in use, or cannot be written.
    """
    configuration = prepared(what) if isinstance(what, Reconstruction) else what
    if seed is not None:
        tissue = evolve(configuration.tissue, seed=seed)
        document = {**configuration.document, "seed": seed}
        configuration = evolve(configuration, tissue=tissue, document=document)
    path = Path(path)
    _check_free(path, configuration.tissue.seed, force)
    with _work_folder(path) as folder:
        # Somebody else may have finished it in between.
        _check_free(path, configuration.tissue.seed, force)
        return _Compiler(configuration, path, folder, workers, progress).run()


def _check_free(path: Path, seed: int, force: bool) -> None:
    """Refuse to replace what is there without being told to, and what is not ours at all."""
    if not path.parent.is_dir():
        raise ResultsError(f"{path}: the folder {path.parent} does not exist")
    if not path.exists():
        return
    try:
        old, _ = read_origin(path)
    except ResultsError as error:
        raise ResultsError(
            f"{path} exists and is not a whole network of ours; choose another file with -o, "
            "or remove it yourself"
        ) from error
    if force:
        return
    seeds = f"seed {old}" + (f", and this one would have seed {seed}" if old != seed else "")
    raise ResultsError(
        f"{path} holds a network that was compiled with {seeds}; "
        "choose another file with -o, or replace it with --force"
    )


@contextmanager
def _work_folder(path: Path) -> Iterator[Path]:
    """Hold a folder beside the file, for one process at a time; it is gone in the end.

    One that a killed process left behind is taken over.
    """
    folder = path.with_name(path.name + _WORK)
    with storage_errors(f"making {folder}"):
        folder.mkdir(exist_ok=True)
        strange = [left.name for left in folder.iterdir() if not _is_ours(left)]
    if strange:
        raise ResultsError(f"{folder} is needed for work and holds {strange[0]!r}; move it away")
    lock = Lock(folder)
    try:
        _clear(folder)
        yield folder
    finally:
        _clear(folder)
        lock.release()
        with suppress(OSError):
            folder.rmdir()


def _is_ours(path: Path) -> bool:
    return path.suffix == ".rows" or path.name in (LOCK_NAME, _CELLS, _CELLS + PARTIAL)


def _clear(folder: Path) -> None:
    for left in folder.iterdir():
        if left.name != LOCK_NAME:
            left.unlink(missing_ok=True)


class _Compiler:
    def __init__(
        self,
        configuration: Configuration,
        path: Path,
        folder: Path,
        workers: int,
        progress: Progress | None,
    ) -> None:
        self.configuration = configuration
        self.tissue = configuration.tissue
        self.path, self.folder = path, folder
        self.workers = workers
        self.progress = progress
        self.notices = list(configuration.notices)

    def run(self) -> Compiled:
        """Return what was made."""
        populations = place_cells(self.tissue, self.notices.append)
        cells = self._unconnected(populations)
        problems = self.configuration.misfits(cells, is_connected=False)
        if problems:
            raise StudyError(problems)
        runs = self._connected(cells)
        sets = sets_of(self.tissue.connectivity)
        edges = [EdgeSet(name, sets[name][1], sets[name][2], rows) for name, rows in runs.items()]
        digest = self._write(self.path, populations, edges)
        for name, rows in runs.items():
            if not len(rows):
                self.notices.append(f"connectivity.{name}: nothing connects")
        return Compiled(
            self.path,
            tuple((population.name, len(population)) for population in populations),
            tuple((name, len(rows)) for name, rows in runs.items()),
            self.tissue.seed,
            digest,
            tuple(self.notices),
        )

    def _write(
        self, path: Path, populations: Sequence[PlacedPopulation], edges: Sequence[EdgeSet]
    ) -> str:
        document = self.configuration.document
        return write_network(
            path,
            populations,
            self.configuration.morphologies,
            edges,
            config=document,
            seed=self.tissue.seed,
            provenance=provenance(document, seed=self.tissue.seed),
        )

    def _unconnected(self, populations: Sequence[PlacedPopulation]) -> Tissue:
        """Return the cells, and connection sets without contacts."""
        sets = sets_of(self.tissue.connectivity)
        return Tissue(
            tuple(populations),
            tuple(no_contacts(name, pre, post) for name, (_, pre, post) in sets.items()),
            self.configuration.morphologies,
            self.configuration.document,
            self.tissue.seed,
            "",
        )

    def _connected(self, cells: Tissue) -> dict[str, Runs]:
        """Return the contacts of every connection set, on disk."""
        network = Connecting(cells, self.tissue, self.folder)
        runs = {name: Runs(self.folder / f"{i}.rows") for i, name in enumerate(network.wirings)}
        network.try_rules()
        jobs = network.jobs()
        if self.workers > 1 and len(jobs) > 1:
            self._write(self.folder / _CELLS, cells.populations, [])
            done = self._in_processes(jobs)
        else:
            done = (network(job) for job in jobs)
        for number, result in enumerate(done):
            if result["file"]:
                runs[result["set"]].take(Path(result["file"]))
            if self.progress is not None:
                self.progress(number + 1, len(jobs))
        return runs

    def _in_processes(self, jobs: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        spec = WorkerSpec(f"{__name__}:worker", {"folder": str(self.folder)})
        executor = bouton.registry.executors["local"](wall_limit_s=0.0, memory_limit_MB=0.0)
        with executor.open(spec, min(self.workers, len(jobs))) as pool:
            for index, job in enumerate(jobs):
                pool.submit(Task(index, job))
            left = len(jobs)
            while left:
                for outcome in pool.collect():
                    left -= 1
                    if outcome.status != "ok":
                        raise NetworkError(
                            f"connectivity.{jobs[outcome.index]['set']}: a worker gave up "
                            f"({outcome.status}): {outcome.reason}"
                        )
                    yield outcome.result


def worker(argument: Mapping[str, Any]) -> Connecting:
    """Return what connects chunks, in a worker process."""
    folder = Path(argument["folder"])
    return Connecting(read_tissue(folder / _CELLS), None, folder)


class Connecting:
    """Connects one chunk after another; equal chunks give equal contacts in any process.

    Args:
        cells: Cells and shapes, without contacts.
        tissue: The description; read from the document of `cells` if None.
        folder: Where contacts are put.
    """

    def __init__(self, cells: Tissue, tissue: Reconstruction | None, folder: Path) -> None:
        self.cells = cells
        self.folder = folder
        rules = tissue.connectivity if tissue is not None else rules_of(cells.config)
        volume = tissue.network if tissue is not None else _volume(cells.config["network"])
        self.box: Box = whole_box(volume)
        self.chunk_um = np.broadcast_to(np.asarray(volume.chunk_um, dtype=np.float64), (3,))
        self.wirings = {
            name: Wiring(
                name,
                rules[rule].rule,
                cells.population(pre),
                cells.population(post),
                rules[rule].pre.labels,
                rules[rule].post.labels,
            )
            for name, (rule, pre, post) in sets_of(rules).items()
        }
        self._chunks: dict[str, list[IntArray]] = {}

    def chunks(self, population: PlacedPopulation) -> list[IntArray]:
        """Return the cells of every chunk of a population."""
        if population.name not in self._chunks:
            self._chunks[population.name] = chunks_of(
                population.positions, self.box.origin_um, self.chunk_um
            )
        return self._chunks[population.name]

    def jobs(self) -> list[dict[str, Any]]:
        """Return all the work, JSON-ready: connection set and number of the chunk."""
        return [
            {"set": name, "chunk": chunk}
            for name, wiring in self.wirings.items()
            for chunk in range(len(self.chunks(wiring.post)))
        ]

    def try_rules(self) -> None:
        """Ask every rule for no contacts, so that one that is impossible says so at once.

        Raises:
            NetworkError: If one is.
        """
        for wiring in self.wirings.values():
            self._rows(wiring, np.empty(0, dtype=np.int64))

    def _rows(self, wiring: Wiring, wanted: IntArray) -> Any:  # noqa: ANN401
        return wiring.rows(wanted, self.box, self.cells.morphologies, self.cells.seed)

    def __call__(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """Return the file with the contacts of one chunk, empty if there are none."""
        wiring = self.wirings[job["set"]]
        rows = self._rows(wiring, self.chunks(wiring.post)[job["chunk"]])
        file = ""
        if len(rows):
            number = list(self.wirings).index(job["set"])
            target = self.folder / f"{number}-{job['chunk']}.rows"
            with storage_errors(f"writing {target}"):
                rows.tofile(target)
            file = str(target)
        return {"set": job["set"], "file": file}


def _volume(document: Mapping[str, Any]) -> Volume:
    chunk = document["chunk_um"]
    return Volume(
        tuple(document["size_um"]),
        tuple(document["origin_um"]),
        tuple(chunk) if isinstance(chunk, list) else chunk,
    )
