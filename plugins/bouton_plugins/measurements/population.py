"""What is measured or driven: the cells of a population, or the one cell of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from attrs import Factory, frozen

from bouton.errors import Problem, StudyError
from bouton.model.study import Cell, Study


@frozen(eq=False)
class Member:
    """One cell of a population.

    Attributes:
        index: Its number in the population, from 0.
        cell: Template and values.
        columns: Further numbers about it, for tables, such as its recruitment threshold.
    """

    index: int
    cell: Cell
    columns: Mapping[str, float] = Factory(dict)


@runtime_checkable
class Population(Protocol):
    """A section of a study that makes cells, such as `pool`."""

    def members(self) -> Sequence[Member]:
        """Return the cells, in order of their indices.

        Raises:
            StudyError: If they cannot be made.
        """


def population_of(study: Study) -> Population | None:
    """Return the section of a study that makes cells, None if it has one cell only.

    Raises:
        StudyError: If there are several.
    """
    found = {name: job for name, job in study.jobs.items() if isinstance(job, Population)}
    if len(found) > 1:
        names = " and ".join(found)
        raise StudyError([Problem(f"{names} both make cells", hint="keep one of them")])
    return next(iter(found.values()), None)


def members_of(study: Study) -> Sequence[Member]:
    """Return the cells of a study: those of its population, or its one cell.

    Raises:
        StudyError: If it has neither, or both.
    """
    population = population_of(study)
    if population is not None and study.cell is not None:
        hint = "leave out the cell, or the population (which --n-neurons asks for, too)"
        raise StudyError([Problem("a cell and a population: which is meant?", hint=hint)])
    if population is not None:
        return population.members()
    if study.cell is None:
        hint = "add a cell section, or a population such as pool"
        raise StudyError([Problem("there is no cell to work on", hint=hint)])
    return (Member(0, study.cell),)
