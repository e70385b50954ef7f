"""A pool of motoneurons: one cell per unit, each with its own parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import numpy as np
from attrs import Factory, evolve, field, frozen, validators

from bouton.errors import CellError, Problem, StudyError, did_you_mean
from bouton.model.morphology import FloatArray
from bouton.model.study import Cell
from bouton_plugins.measurements.population import Member
from bouton_plugins.motor.alpha import MotorAlpha
from bouton_plugins.motor.powers import GAMMA, GAMMA_TARGETS, LAMBDA_TARGETS, MotorAlphaPowers
from bouton_plugins.motor.ranges import Spread
from bouton_plugins.motor.tables import ALPHA, NAPP, POWERS, Varied
from bouton_plugins.motor.thresholds import ThresholdError, Thresholds, outside

_PLAIN_KEYS = {
    "ena": "soma.ena",
    "ek": "soma.ek",
    "el_napp": "soma.napp.el",
    "vtraub_napp": "soma.napp.vtraub",
    "ecaL": "dend.ecaL",
    "el_caL": "dend.caL.el",
    "eca": "soma.eca",
    "Ra": "{region}.Ra_ohm_cm",
    "cm": "{region}.cm_uF_cm2",
}
_REGIONS = {"soma": "soma", "dendrite": "dend"}


Range = tuple[float, ...]
Setting = float | Range


@frozen
class Axons:
    """How long spikes travel to the muscle.

    Attributes:
        velocities_m_s: Conduction velocity of the first and the last cell.
        length_m: Length; published as 0.6 with a comment that says mm, and used as metres.
    """

    velocities_m_s: tuple[float, float] = (50.0, 65.0)
    length_m: float = field(default=0.6, validator=validators.gt(0.0))

    def delays_ms(self, n: int) -> FloatArray:
        """Return the delay of each of `n` cells, shape (n,), ms."""
        return np.asarray(1e3 * self.length_m / np.linspace(*self.velocities_m_s, n))


@frozen
class Groups:
    """Ranges and values that differ from the published ones.

    A range is `[first, last, curvature, flag]`, or its first two or three numbers; anything else
    is one number. Keys are listed in docs/reference/motor.md.

    Attributes:
        soma: By key, such as `diameter_range`, `gnabar_range` or `ena`.
        dendrite: By key, such as `length_range` or `ecaL`.
        napp: Rate constants of `napp`, such as `m_alpha_A`.
    """

    soma: Mapping[str, Setting] = Factory(dict)
    dendrite: Mapping[str, Setting] = Factory(dict)
    napp: Mapping[str, float] = Factory(dict)


@frozen
class _Model:
    """What the two cell models do not share."""

    name: str
    table: tuple[Varied, ...]
    groups: Groups

    def spread(self, row: Varied) -> Spread:
        """Return the range of a property, as published or as the study has it."""
        given = getattr(self.groups, row.group).get(row.key)
        if given is None:
            return row.spread
        where = f"pool.{self.name}.{row.group}.{row.key}"
        if not isinstance(given, tuple) or not 2 <= len(given) <= 4:
            raise _error(where, f"expected [first, last, curvature, flag], got {given!r}")
        first, last, *rest = given
        fraction = row.spread.fraction
        if rest:
            if not rest[0] > 0:
                raise _error(where, f"the curvature must be above 0, got {rest[0]!r}")
            fraction = 1 / rest[0] if self.name == "nerlab" else rest[0]
        flag = rest[1] if len(rest) > 1 else row.spread.is_flagged
        if flag not in (0, 1):
            raise _error(where, f"the flag must be 0 or 1, got {flag!r}")
        return Spread(first, last, fraction, bool(flag))

    def plain(self) -> Iterator[tuple[str, float]]:
        """Yield parameters that are the same in all cells."""
        for group, region in _REGIONS.items():
            ranges = {row.key for row in self.table if row.group == group}
            for key, value in getattr(self.groups, group).items():
                if key in ranges:
                    continue
                where = f"pool.{self.name}.{group}.{key}"
                if key not in _PLAIN_KEYS:
                    raise _error(where, "unknown key", did_you_mean(key, {*ranges, *_PLAIN_KEYS}))
                if isinstance(value, tuple):
                    raise _error(where, f"expected one number, got {value!r}")
                yield _PLAIN_KEYS[key].format(region=region), value
        for key, value in self.groups.napp.items():
            where = f"pool.{self.name}.napp.{key}"
            if self.name != "nerlab" or key not in NAPP:
                raise _error(where, "unknown key", did_you_mean(key, NAPP))
            yield f"soma.napp.{key}", value


@frozen
class MotorPool:
    """Section `pool` of a study: motoneurons from the first recruited to the last.

    With thresholds, every property lies on the straight line between the ends of its range
    (rule A). Without, properties follow the index along an exponential (rule B). The two rules
    run in opposite directions for the six flagged properties of the first model.

    Attributes:
        n: Number of cells; may be left out if thresholds are given one by one.
        thresholds: Recruitment thresholds; none for rule B.
        model: `NERLab` (template `motor-alpha`) or `Powers2017` (`motor-alpha-powers`).
        gamma: Level of neuromodulation: factor on the persistent calcium current.
        lambda_factor: Factor on the persistent sodium current of `Powers2017`.
        axons: Conduction to the muscle.
        dendrite_nseg: Segments of each dendrite; the models are defined with 1.
        initial_voltage__mV: Starting potential when the pool is driven.
        spike_threshold__mV: Upward crossing that counts as a spike; that of the template if None.
        nerlab: Ranges and values of the first model that differ from the published ones.
        powers2017: The same for the second model; the third number of a range is the part of the
            way that the middle cell has gone.
        only: Build only the cells with these indices, with parameters as in the whole pool.
    """

    n: int | None = None
    thresholds: Thresholds | None = None
    model: Literal["NERLab", "Powers2017"] = "NERLab"
    gamma: float = field(default=GAMMA, validator=validators.ge(0.0))
    lambda_factor: float = field(default=1.0, validator=validators.ge(0.0))
    axons: Axons = Axons()
    dendrite_nseg: int = field(default=1, validator=validators.ge(1))
    initial_voltage__mV: float = -67.0
    spike_threshold__mV: float | None = None
    nerlab: Groups = Groups()
    powers2017: Groups = Groups()
    only: tuple[int, ...] = ()

    @property
    def template(self) -> MotorAlpha | MotorAlphaPowers:
        """Template of all cells."""
        made: MotorAlpha | MotorAlphaPowers = (
            MotorAlpha(dendrite_nseg=self.dendrite_nseg)
            if self.model == "NERLab"
            else MotorAlphaPowers(dendrite_nseg=self.dendrite_nseg)
        )
        if self.spike_threshold__mV is None:
            return made
        return evolve(made, spike_threshold_mV=self.spike_threshold__mV)

    @property
    def notices(self) -> tuple[str, ...]:
        """What a user should know about the cells before trusting them."""
        if self.thresholds is None:
            return ()
        far = outside(self._thresholds())
        if not far:
            return ()
        return (
            f"{len(far)} cells have thresholds outside 0 to 1 (first: cell {far[0]}): their "
            "properties are extrapolated beyond the published range",
        )

    def members(self) -> Sequence[Member]:
        """Return the cells of the pool.

        Raises:
            StudyError: If number, thresholds or ranges are impossible.
        """
        thresholds = self._thresholds() if self.thresholds is not None else None
        n = len(thresholds) if thresholds is not None else self._count()
        table = self._values(n, thresholds)
        delays = self.axons.delays_ms(n)
        template = self.template
        wrong = [i for i in self.only if not 0 <= i < n]
        if wrong:
            raise _error("pool.only", f"there are {n} cells, from 0; there is no cell {wrong[0]}")
        parameters = [{name: float(v[i]) for name, v in table.items()} for i in range(n)]
        return tuple(
            Member(
                i,
                Cell(template, None, parameters[i]),
                {
                    "recruitment_threshold": float(thresholds[i])
                    if thresholds is not None
                    else i / max(n - 1, 1),
                    "axon_delay__ms": float(delays[i]),
                    **_size(template, parameters[i]),
                },
            )
            for i in (self.only or range(n))
        )

    def _thresholds(self) -> FloatArray:
        if self.thresholds is None:
            return np.zeros(0)
        try:
            return self.thresholds.of(self.n)
        except ThresholdError as error:
            raise _error("pool.thresholds", str(error)) from error

    def _count(self) -> int:
        if self.n is None or self.n < 1:
            hint = "add pool.n or pool.thresholds"
            raise _error("pool.n", f"a pool needs a number of cells of at least 1: {self.n}", hint)
        return self.n

    def _values(self, n: int, thresholds: FloatArray | None) -> dict[str, FloatArray]:
        is_first = self.model == "NERLab"
        model = (
            _Model("nerlab", ALPHA, self.nerlab)
            if is_first
            else _Model("powers2017", POWERS, self.powers2017)
        )
        other = self.powers2017 if is_first else self.nerlab
        if other != Groups():
            name = "powers2017" if is_first else "nerlab"
            raise _error(f"pool.{name}", f"the pool is of model {self.model}, which has no {name}")
        found = {row.target: _spread(model, row, n, thresholds) for row in model.table}
        found |= {name: np.full(n, value) for name, value in model.plain()}
        if is_first:
            found["dend.caL.gama"] = np.full(n, self.gamma)
            return found
        for targets, factor in ((GAMMA_TARGETS, self.gamma), (LAMBDA_TARGETS, self.lambda_factor)):
            for target in targets:
                found[target] = found[target] * factor
        return found


def _size(
    template: MotorAlpha | MotorAlphaPowers, parameters: Mapping[str, float]
) -> dict[str, float]:
    """Return membrane area and number of dendrites of a cell, for tables."""
    defaults = {p.name: p.default for p in template.parameters}
    tree = template.structure(None, {**defaults, **parameters}).morphology
    area = sum(section.area_um2 for section in tree.sections)
    return {"area__um2": area, "dendrites": float(len(tree.indices("dend")))}


def _spread(model: _Model, row: Varied, n: int, thresholds: FloatArray | None) -> FloatArray:
    spread = model.spread(row)
    if thresholds is not None:
        return spread.by_threshold(thresholds)
    try:
        return spread.by_index(n)
    except CellError as error:
        raise _error(f"pool.{model.name}.{row.group}.{row.key}", str(error)) from error


def _error(path: str, message: str, hint: str = "") -> StudyError:
    return StudyError([Problem(message, path, hint=hint)])
