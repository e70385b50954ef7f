"""The section `experiment` of a study, and how it is run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, evolve, field, frozen, validators

from bouton.contracts import Recorder
from bouton.errors import CellError, Problem, ProtocolError, StudyError
from bouton.model.locations import Location, SpikeSource
from bouton.model.protocol import Integration, Validity
from bouton.model.study import Cell, Study
from bouton_plugins.experiments.actions import Action
from bouton_plugins.experiments.data import RunResult
from bouton_plugins.experiments.experiment import Experiment
from bouton_plugins.experiments.owning import ACCURATE, INITIAL, POTENTIAL
from bouton_plugins.experiments.plots import Plot
from bouton_plugins.experiments.schedules import CURRENT

if TYPE_CHECKING:
    from bouton.jobs.progress import Progress


@frozen
class Population:
    """Independent cells of one template.

    Attributes:
        n: How many.
        parameters: Parameter -> one value per cell.
    """

    n: int = field(default=1, validator=[validators.instance_of(int), validators.ge(1)])
    parameters: Mapping[str, tuple[float, ...]] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        for name, values in self.parameters.items():
            if len(values) != self.n:
                raise ValueError(f"parameters.{name} needs {self.n} values, got {len(values)}")

    def cells(self, cell: Cell) -> tuple[Cell, ...]:
        """Return the description of every cell."""
        return tuple(
            evolve(
                cell,
                parameters={
                    **cell.parameters,
                    **{name: values[index] for name, values in self.parameters.items()},
                },
            )
            for index in range(self.n)
        )


@frozen
class Run:
    """One run of an experiment.

    Attributes:
        state: State that it starts from.
        set: Parameters that differ from the study's, for this run.
        steps: What it does; what the experiment says if empty.
        data: Free data for its results.
    """

    state: str = INITIAL
    set: Mapping[str, float | tuple[float, ...]] = Factory(dict)
    steps: tuple[Action, ...] = ()
    data: Mapping[str, Any] = Factory(dict)


@frozen
class ExperimentSection:
    """Section `experiment` of a study.

    Every run starts from its state, with the study's parameters, the clock at 0 and random numbers
    from the seed; then its own values are set and its steps are done.

    Attributes:
        steps: What every run does that does not say otherwise.
        runs: The runs, by name; one called `run` if there are none.
        prepare: What comes once, before all runs.
        record: What is recorded; the potential at the spike source if empty. Spikes and electrode
            currents are always kept.
        population: How many cells, and how they differ.
        electrodes: Name -> place of a current clamp on every cell.
        integration: Settings of the integrator; `dt_ms` is the tick of the clock.
        seed: Seed of everything random.
        validity: What every potential must satisfy.
        estimate_error: Whether everything is run once more with other settings of the integrator,
            to estimate the error of the spike times.
        figures: Whether figures are made.
        plots: Figures, by name; a simple one if there are none.
    """

    steps: tuple[Action, ...] = ()
    runs: Mapping[str, Run] = Factory(dict)
    prepare: tuple[Action, ...] = ()
    record: tuple[Recorder, ...] = ()
    population: Population = Population()
    electrodes: Mapping[str, Location] = Factory(lambda: {CURRENT: SpikeSource()})
    integration: Integration = ACCURATE
    seed: int = 0
    validity: Validity = Validity()
    estimate_error: bool = True
    figures: bool = True
    plots: Mapping[str, Plot] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        if not self.steps and not self.runs:
            raise ValueError("steps are missing: say what the experiment does")
        for name, run in self.runs.items():
            if not run.steps and not self.steps:
                raise ValueError(f"run {name!r} has no steps, and the experiment has none")

    def rehearse(self, study: Study) -> tuple[str, ...]:
        """Go through all steps without any time passing.

        Returns:
            Catalogues of mechanisms that the cells need.

        Raises:
            StudyError: If something does not fit, naming it.
        """
        rehearsal = self.experiment(study, kind=Rehearsal)
        with _placed("experiment"), rehearsal:
            cells = rehearsal.model.session.cells
            needed = dict.fromkeys(n for cell in cells for n in cell.structure.catalogues)
            rehearsal.run_all()
        return tuple(needed)

    def experiment(
        self,
        study: Study,
        integration: Integration | None = None,
        kind: type[FromStudy] | None = None,
    ) -> FromStudy:
        """Return the experiment on the cell of a study.

        Args:
            study: The study.
            integration: Other settings of the integrator.
            kind: Class of the experiment.

        Raises:
            StudyError: If the study has no cell.
        """
        if study.cell is None:
            raise StudyError(
                [Problem("an experiment needs a cell", "cell", hint="add the section")]
            )
        settings = integration or evolve(self.integration, seed=self.seed)
        return (kind or FromStudy)(self, self.population.cells(study.cell), settings)

    def execute(
        self,
        study: Study,
        out: Path | str,
        *,
        force: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Do the experiment in a new run directory.

        Raises:
            StudyError: If the study has no cell, or a step does not fit it.
            ResultsError: If the directory is in use or cannot be written.
            SimulationError: If a simulation fails.
        """
        from bouton_plugins.experiments.executing import execute

        execute(self, study, Path(out), force=force, progress=progress)


class FromStudy(Experiment):
    """The experiment that a study describes.

    Args:
        section: The section.
        cells: The cells.
        integration: Settings of the integrator.
    """

    def __init__(
        self, section: ExperimentSection, cells: Sequence[Cell], integration: Integration
    ) -> None:
        self.section = section
        record = section.record or (POTENTIAL,)
        super().__init__(
            cells,
            record=record,
            integration=integration,
            electrodes=section.electrodes,
            validity=section.validity,
        )

    def prepare(self) -> None:
        """Do what comes once; its chunks belong to no run."""
        self._do(self.section.prepare, "experiment.prepare")
        self.results()

    def run(self, name: str = "run") -> RunResult:
        """Do one run of the study.

        Raises:
            StudyError: If a step does not fit, naming it.
        """
        told = self.section.runs.get(name, Run())
        path = f"experiment.runs.{name}"
        self.start()
        with _placed(path):
            self.reset(told.state)
            self.set(told.set)
        self.data = dict(told.data)
        if told.steps:
            self._do(told.steps, f"{path}.steps")
        else:
            self._do(self.section.steps, "experiment.steps")
        return self.results(name)

    def run_all(self) -> list[RunResult]:
        """Do all runs in order."""
        return [self.run(name) for name in self.section.runs or ("run",)]

    def _do(self, actions: Sequence[Action], path: str) -> None:
        for number, action in enumerate(actions):
            with _placed(f"{path}.{number}"):
                action.do(self)


class Rehearsal(FromStudy):
    """The same without any time passing: what does not fit shows at once."""

    def _advance(self, n: int) -> None:
        del n


@contextmanager
def _placed(path: str) -> Iterator[None]:
    """Say where in the study it is that something does not fit."""
    try:
        yield
    except (CellError, ProtocolError) as error:
        raise StudyError([Problem(str(error), path)]) from error
