"""Settings: all or nothing, and none outlives the settings that brought it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from attrs import evolve

from bouton.errors import CellError
from bouton.model.cell import Assignment, CellSettings, CellStructure
from bouton.nrn.cells import LiveCell
from bouton.nrn.engine import h

Maker = Callable[..., CellSettings]


def one(variable: str, segments: Sequence[int], values: Sequence[float]) -> Assignment:
    """Return an assignment from lists."""
    return Assignment(variable, np.array(segments), np.array(values, dtype=float))


def settings(*assignments: Assignment, **global_values: float) -> CellSettings:
    """Return settings of the small cell."""
    return CellSettings(assignments, np.full(2, 100.0), np.ones(2), global_values)


def test_values_arrive(structure: CellStructure, settings_of: Maker) -> None:
    with LiveCell(structure, settings_of(0.2)) as cell:
        assert cell.sections[0](0.5).hh.gnabar == 0.2
        leak = [segment.pas.g for segment in cell.sections[1]]
        assert leak == np.linspace(1e-4, 2e-4, 5).tolist()
        assert [section.Ra for section in cell.sections] == [100.0, 100.0]


def test_later_assignments_win(structure: CellStructure) -> None:
    first, second = one("cm", range(6), [1, 2, 3, 4, 5, 6]), one("cm", [2, 3], [9, 8])
    with LiveCell(structure, settings(first, second)) as cell:
        got = [cell.centre(index).cm for index in range(6)]
    assert got == [1, 2, 9, 8, 5, 6]


def test_what_is_not_named_returns_to_its_first_value(structure: CellStructure) -> None:
    with LiveCell(structure) as cell:
        default = cell.sections[0](0.5).hh.gkbar
        cell.apply(settings(one("gkbar_hh", [0], [0.5]), one("ek", [0], [-99.0])))
        assert (cell.sections[0](0.5).hh.gkbar, cell.sections[0](0.5).ek) == (0.5, -99.0)
        cell.apply(settings())
        assert (cell.sections[0](0.5).hh.gkbar, cell.sections[0](0.5).ek) == (default, -77.0)


def test_globals_end_with_the_cell(structure: CellStructure) -> None:
    first = h.usetable_hh
    with LiveCell(structure) as cell:
        cell.apply(settings(usetable_hh=0.0))
        assert h.usetable_hh == 0.0
        cell.apply(settings())
        assert h.usetable_hh == first
        cell.apply(settings(usetable_hh=0.0))
    assert h.usetable_hh == first


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (settings(one("gnabar_hx", [0], [1])), "'gnabar_hx'.*did you mean 'gnabar_hh'"),
        (settings(one("gnabar_hh", [3], [1])), r"section 'dend\[0\]' has no variable 'gnabar_hh'"),
        (settings(one("gnabar_hh", [99], [1])), "within 0 to 5, got 99"),
        (settings(one("gnabar_hh", [-1], [1])), "within 0 to 5, got -1"),
        (settings(one("gnabar_hh", [0], [np.nan])), "must be finite, got nan"),
        (settings(one("gnabar_hh", [0], [np.inf])), "must be finite, got inf"),
        (settings(one("gnabar_hh", [0], [1, 2])), "do not match"),
        (settings(one("v", [0], [-70])), "v_init_mV"),
        (settings(one("diam", [0], [3])), "diameter_scale"),
        (settings(celsius=37.0), "belongs to the integration settings"),
        (settings(nope_Ih=-45.0), "no loaded mechanism has a global 'nope_Ih'"),
        (settings(usetable_hh=np.nan), "must be finite"),
        (settings(finitialize=1.0), "no loaded mechanism has a global"),
        (evolve(settings(), Ra_ohm_cm=np.ones(3)), r"Ra_ohm_cm needs the shape \(2,\)"),
        (evolve(settings(), Ra_ohm_cm=np.array([1.0, 0.0])), r"Ra_ohm_cm of section 'dend\[0\]'"),
        (evolve(settings(), diameter_scale=np.array([-1.0, 1.0])), "diameter_scale of .*'soma'"),
        (evolve(settings(), diameter_scale=np.array([np.nan, 1.0])), "diameter_scale of .*'soma'"),
    ],
)
def test_nonsense_changes_nothing(
    structure: CellStructure, broken: CellSettings, message: str
) -> None:
    good = one("gkbar_hh", [0], [0.7])
    with LiveCell(structure) as cell:
        before = cell.sections[0](0.5).hh.gkbar
        with pytest.raises(CellError, match=message):
            cell.apply(evolve(broken, assignments=(good, *broken.assignments)))
        assert cell.sections[0](0.5).hh.gkbar == before


def test_settings_that_fail_at_the_start_leave_no_cell(structure: CellStructure) -> None:
    with pytest.raises(CellError, match="nope"):
        LiveCell(structure, settings(one("nope", [0], [1])))
    assert list(h.allsec()) == []
