"""Grow a layer-5 thick-tufted pyramidal neuron that is nobody's: a synthetic morphology, by seed.

    python -m bouton_plugins.hay.growth --seed 33 --out l5pt.swc

Branches are directed random walks: each step keeps the last direction, is drawn back to the one
the branch set out in, is bent by smoothed noise, and follows a pull (towards the pia for the trunk
and the tuft). They fork in two with a chance that falls with branch order. Lengths, diameters,
angles and counts are drawn from ranges typical of rat layer-5 pyramidal tract neurons; no
reconstruction enters. The z axis points to the pia; x, y, z and radius are in um.

Every number comes from `random.Random.random`, whose sequence Python keeps the same across
versions, so a seed gives the same file to the last byte.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from random import Random

from attrs import define, evolve, field, frozen

from bouton_plugins.hay.vectors import Vector, across, along, turned, unit, vector, weighted

Range = tuple[float, float]

DEFAULT_SEED = 33
SAMPLE_UM = 5.0
SOMA, BASAL, APICAL = 1, 3, 4
UP: Vector = (0.0, 0.0, 1.0)


@frozen
class Habit:
    """How one kind of branch grows.

    Attributes:
        tag: SWC type.
        inner_um: Range of lengths of sections that end in a fork, um.
        terminal_um: Range of lengths of the last sections, um.
        fork_chance: Chance to fork, by branch order; 0 beyond the last.
        fork_rad: Range of the angle between a daughter and its parent, rad.
        daughter: Range of daughter diameter over parent diameter.
        tip_um: Diameter that terminal sections taper to, um.
        curl: Size of the noise that bends each step.
        pull: Direction in which every step is drawn, its length being the strength.
        roof_um: Height above which branches level off, um.
    """

    tag: int
    inner_um: Range
    terminal_um: Range
    fork_chance: tuple[float, ...]
    fork_rad: Range
    daughter: Range
    tip_um: float
    curl: float
    pull: Vector = (0.0, 0.0, 0.0)
    roof_um: float = math.inf


BASAL_HABIT = Habit(
    tag=BASAL,
    inner_um=(14, 60),
    terminal_um=(100, 235),
    fork_chance=(1.0, 0.65, 0.22),
    fork_rad=(0.3, 0.75),
    daughter=(0.68, 0.84),
    tip_um=0.5,
    curl=0.12,
    pull=(0.0, 0.0, -0.012),
)
OBLIQUE_HABIT = Habit(
    tag=APICAL,
    inner_um=(20, 90),
    terminal_um=(75, 190),
    fork_chance=(0.45, 0.28),
    fork_rad=(0.3, 0.8),
    daughter=(0.78, 0.92),
    tip_um=0.48,
    curl=0.12,
    pull=(0.0, 0.0, 0.015),
)
# neither forks by chance: the trunk gives off obliques, then ends in the main bifurcation
_NONE: Range = (0.0, 0.0)
TRUNK_HABIT = Habit(APICAL, _NONE, _NONE, (), _NONE, _NONE, 2.0, 0.05, pull=(0.0, 0.0, 0.2))
# the two long sections beyond the main bifurcation
ASCENDING_HABIT = evolve(TRUNK_HABIT, tip_um=1.4, curl=0.055, pull=(0.0, 0.0, 0.08))
TUFT_HABIT = Habit(
    tag=APICAL,
    inner_um=(45, 110),
    terminal_um=(95, 200),
    fork_chance=(1.0, 0.6, 0.25),
    fork_rad=(0.3, 0.7),
    daughter=(0.74, 0.9),
    tip_um=0.58,
    curl=0.09,
    pull=(0.0, 0.0, 0.03),
    roof_um=1090.0,
)


@frozen
class _Tip:
    """A growing end: the sample it sits on, its direction, its diameter."""

    sample: int
    place: Vector
    direction: Vector
    diameter_um: float


@define
class _Tree:
    """Samples so far, as SWC rows: tag, place, diameter, parent."""

    random: Random
    rows: list[tuple[int, Vector, float, int]] = field(factory=list)

    def add(self, tag: int, place: Vector, diameter_um: float, parent: int) -> int:
        """Add a sample and return its number, from 1."""
        self.rows.append((tag, place, diameter_um, parent))
        return len(self.rows)

    def between(self, limits: Range) -> float:
        """Return a uniform number."""
        low, high = limits
        return low + (high - low) * self.random.random()

    def noise(self) -> Vector:
        """Return three independent numbers of mean 0 and variance 1 (sums of uniform ones)."""
        draw = self.random.random
        return vector(2 * (draw() + draw() + draw() - 1.5) for _ in range(3))


def grow(seed: int) -> str:
    """Return the SWC text of the neuron that a seed gives."""
    tree = _Tree(Random(seed))  # noqa: S311 - growth, not cryptography
    soma = _soma(tree)
    _basal(tree, soma)
    _apical(tree, soma)
    head = (
        "# Synthetic layer-5 thick-tufted pyramidal neuron: no reconstruction, free to use.\n"
        f"# Made by: python -m bouton_plugins.hay.growth --seed {seed}\n"
        "# id type x y z radius parent; um; type 1 soma, 3 basal, 4 apical; z points to the pia\n"
    )
    rows = (
        f"{number} {tag} {x:.3f} {y:.3f} {z:.3f} {diameter / 2:.4f} {parent}\n"
        for number, (tag, (x, y, z), diameter, parent) in enumerate(tree.rows, start=1)
    )
    return head + "".join(rows)


def _soma(tree: _Tree) -> list[int]:
    """Grow a pear from base to apex, about 19 um long, and return its samples."""
    length, widest = tree.between((18.0, 21.0)), tree.between((15.0, 17.5))
    count, samples = 15, [-1]
    for step in range(count):
        x = step / (count - 1)
        # a flank that rises quickly from the base and narrows towards the apical dendrite
        diameter = 3.5 + (widest - 3.5) * math.sin(math.pi * x**0.8) ** 0.75
        place = (0.0, 0.0, length * (x - 0.45))
        samples.append(tree.add(SOMA, place, diameter, samples[-1]))
    return samples[1:]


def _basal(tree: _Tree, soma: list[int]) -> None:
    stems = 6 + int(4 * tree.random.random())
    turn = tree.between((0, math.tau))
    for stem in range(stems):
        azimuth = turn + (stem + tree.between((-0.25, 0.25))) * math.tau / stems
        slope = tree.between((-1.05, 0.12))
        direction = unit(math.cos(azimuth), math.sin(azimuth), slope)
        sample = soma[4 if slope < -0.4 else 7]
        _, centre, width, _ = tree.rows[sample - 1]
        diameter = tree.between((1.3, 2.3))
        # the first sample lies a little inside the surface, so that no gap shows
        place = along(centre, direction, 0.46 * width)
        start = tree.add(BASAL, place, diameter * 1.25, sample)
        _grow(tree, _Tip(start, place, direction, diameter), BASAL_HABIT)


def _apical(tree: _Tree, soma: list[int]) -> None:
    """Grow the trunk with its obliques, the main bifurcation and the tuft."""
    _, apex, _, _ = tree.rows[soma[-1] - 1]
    place = along(apex, UP, 0.5)
    start = tree.add(APICAL, place, _trunk_diameter(0), soma[-1])
    tip, path = _Tip(start, place, UP, _trunk_diameter(0)), 0.0
    fork = tree.between((470, 510))
    for leave in _oblique_places(tree, fork):
        tip = _walk(tree, tip, leave - path, _trunk_diameter(leave), TRUNK_HABIT)
        path = leave
        _oblique(tree, tip)
    tip = _walk(tree, tip, fork - path, _trunk_diameter(fork), TRUNK_HABIT)
    for direction in _daughters(tree, tip.direction, (0.2, 0.42)):
        daughter = _bud(tree, tip, direction, tree.between((1.5, 1.75)), APICAL)
        length = tree.between((400, 450))
        end = _walk(tree, daughter, length, daughter.diameter_um * 0.95, ASCENDING_HABIT)
        for branch in _daughters(tree, end.direction, TUFT_HABIT.fork_rad):
            bud = _bud(tree, end, branch, tree.between((1.0, 1.25)), APICAL)
            _grow(tree, bud, TUFT_HABIT)


def _trunk_diameter(path_um: float) -> float:
    """Return the diameter of the trunk: a quick taper near the soma, then a slow one."""
    return 2.25 + 1.85 * math.exp(-path_um / 42) - 0.0004 * path_um


def _oblique_places(tree: _Tree, fork_um: float) -> list[float]:
    """Return the path distances at which obliques leave, denser near the soma."""
    count = 11 + int(3 * tree.random.random())
    places = []
    for number in range(count):
        share = (number + tree.between((0.15, 0.85))) / count
        places.append(45 + (fork_um - 135) * share**1.15)
    return places


def _oblique(tree: _Tree, trunk: _Tip) -> None:
    azimuth, lean = tree.between((0, math.tau)), tree.between((0.1, 0.75))
    direction = unit(math.cos(azimuth), math.sin(azimuth), lean)
    _grow(tree, _bud(tree, trunk, direction, tree.between((0.75, 1.1)), APICAL), OBLIQUE_HABIT)


def _bud(tree: _Tree, parent: _Tip, direction: Vector, diameter_um: float, tag: int) -> _Tip:
    """Start a branch at the surface of its parent, so that its cone from the axis is short."""
    place = along(parent.place, direction, max(0.6 * parent.diameter_um, 0.8))
    sample = tree.add(tag, place, diameter_um, parent.sample)
    return _Tip(sample, place, direction, diameter_um)


def _grow(tree: _Tree, stem: _Tip, habit: Habit) -> None:
    """Grow a whole subtree, depth first, so that every branch is one run of samples."""
    growing: list[tuple[_Tip, Vector, float, int]] = []
    tip, order = stem, 0
    while True:
        end = _branch(tree, tip, order, habit)
        if end is not None:
            for direction in _daughters(tree, end.direction, habit.fork_rad):
                diameter = max(end.diameter_um * tree.between(habit.daughter), habit.tip_um * 1.2)
                growing.append((end, direction, diameter, order + 1))
        if not growing:
            return
        parent, direction, diameter, order = growing.pop()
        tip = _bud(tree, parent, direction, diameter, habit.tag)


def _branch(tree: _Tree, tip: _Tip, order: int, habit: Habit) -> _Tip | None:
    """Grow one section and return its end if it forks there."""
    chance = habit.fork_chance[order] if order < len(habit.fork_chance) else 0.0
    if tree.random.random() < chance:
        return _walk(tree, tip, tree.between(habit.inner_um), tip.diameter_um * 0.93, habit)
    _walk(tree, tip, tree.between(habit.terminal_um), habit.tip_um, habit)
    return None


def _walk(tree: _Tree, tip: _Tip, length_um: float, end_um: float, habit: Habit) -> _Tip:
    """Grow one unbranched piece, tapering to a diameter, and return its end."""
    count = max(2, round(length_um / SAMPLE_UM))
    step, home = length_um / count, tip.direction
    sample, place, direction, bend = tip.sample, tip.place, tip.direction, (0.0, 0.0, 0.0)
    diameter = tip.diameter_um
    for number in range(1, count + 1):
        bend = weighted((0.72, bend), (habit.curl, tree.noise()))
        level = max(0.0, place[2] - habit.roof_um) / 150
        direction = unit(
            *weighted((1.0, direction), (0.12, home), (1.0, bend), (1.0, habit.pull), (-level, UP))
        )
        place = along(place, direction, step)
        diameter = tip.diameter_um + (end_um - tip.diameter_um) * number / count
        rough = 1.0 if number == count else tree.between((0.95, 1.05))
        sample = tree.add(habit.tag, place, diameter * rough, sample)
    return _Tip(sample, place, direction, diameter)


def _daughters(tree: _Tree, direction: Vector, angle_rad: Range) -> tuple[Vector, Vector]:
    """Return the directions of two daughters, on opposite sides of their parent's."""
    side = across(direction, tree.noise())
    first, second = tree.between(angle_rad), tree.between(angle_rad)
    return turned(direction, side, first), turned(direction, side, -second)


def main(arguments: list[str] | None = None) -> None:
    """Write the neuron of a seed to a file."""
    parser = argparse.ArgumentParser(description="Grow a synthetic layer-5 pyramidal neuron.")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--out", type=Path, required=True, help="SWC file to write")
    options = parser.parse_args(arguments)
    options.out.write_text(grow(options.seed), encoding="ascii", newline="\n")


if __name__ == "__main__":
    main()
