"""Grow a small stellate cell that is nobody's: a synthetic morphology, by seed.

    python -m bouton_plugins.stellate.growth --seed 7 --out stellate.swc

A soma with dendrites that spread in a flat disc (proximal, then distal), and an axon that leaves
through an initial segment and branches. Each step keeps its direction but for some noise; lengths
and diameters are drawn from ranges typical of such cells, no reconstruction enters. Type codes: 1
soma, 2 axon, 16 proximal dendrite, 17 distal dendrite, 18 axon initial segment. Lengths in um.

Every number comes from `random.Random.random`, whose sequence Python keeps the same across
versions, so a seed gives the same file to the last byte.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from random import Random

from attrs import Factory, define, field, frozen

DEFAULT_SEED = 7
SOMA, AXON, PROXIMAL, DISTAL, INITIAL_SEGMENT = 1, 2, 16, 17, 18
_STEP_UM = 2.0
_FLATNESS = 0.25  # stellate cells spread in the sagittal plane, here x and z


@frozen
class Habit:
    """How one kind of branch grows.

    Attributes:
        tag: SWC type.
        length_um: Range of branch lengths.
        radius_um: Radius at its start and at its end.
        curl: Size of the noise that bends each step.
    """

    tag: int
    length_um: tuple[float, float]
    radius_um: tuple[float, float]
    curl: float


_PROXIMAL = Habit(PROXIMAL, (9.0, 18.0), (0.55, 0.42), 0.25)
_DISTAL = Habit(DISTAL, (24.0, 42.0), (0.38, 0.2), 0.3)
_INITIAL_SEGMENT = Habit(INITIAL_SEGMENT, (14.0, 16.0), (0.4, 0.3), 0.1)
_AXON = Habit(AXON, (30.0, 50.0), (0.25, 0.15), 0.25)


@define
class _Tree:
    """Samples so far: (type, x, y, z, radius, parent)."""

    random: Random
    samples: list[tuple[int, float, float, float, float, int]] = field(default=Factory(list))

    def between(self, limits: tuple[float, float]) -> float:
        return limits[0] + (limits[1] - limits[0]) * self.random.random()

    def add(self, tag: int, place: tuple[float, float, float], radius: float, parent: int) -> int:
        self.samples.append((tag, *place, radius, parent))
        return len(self.samples)

    def soma(self, length_um: float, radius_um: float) -> int:
        """Grow a rounded soma along y, from the origin; return its last sample."""
        last, count = -1, 9
        for number in range(count):
            along = number / (count - 1)
            radius = radius_um * math.sqrt(max(0.12, 1.0 - (2.0 * along - 1.0) ** 2))
            last = self.add(SOMA, (0.0, -length_um * along, 0.0), radius, last)
        return last

    def branch(self, habit: Habit, parent: int, angle: float) -> tuple[int, float]:
        """Grow a branch from a sample; return its last sample and the direction it ends with."""
        steps = round(self.between(habit.length_um) / _STEP_UM)
        _, x, y, z, _, _ = self.samples[parent - 1]
        first, last = habit.radius_um
        for number in range(1, steps + 1):
            angle += habit.curl * (2.0 * self.random.random() - 1.0)
            rise = _FLATNESS * (2.0 * self.random.random() - 1.0)
            along = _STEP_UM * math.sqrt(1.0 - rise * rise)
            x, y, z = x + along * math.cos(angle), y + _STEP_UM * rise, z + along * math.sin(angle)
            radius = first + (last - first) * number / steps
            parent = self.add(habit.tag, (x, y, z), radius, parent)
        return parent, angle

    def fork(self, habit: Habit, parent: int, angle: float, generations: int) -> None:
        """Grow two daughters, each forking again."""
        for side in (-1.0, 1.0):
            end, new = self.branch(habit, parent, angle + side * self.between((0.3, 0.7)))
            if generations > 1:
                self.fork(habit, end, new, generations - 1)


def grow(seed: int = DEFAULT_SEED, dendrites: int = 4) -> str:
    """Return the text of an SWC file."""
    tree = _Tree(Random(seed))  # noqa: S311
    soma = tree.soma(8.5, 4.3)
    for number in range(dendrites):
        angle = 2.0 * math.pi * (number + 0.5 * tree.random.random()) / dendrites
        end, angle = tree.branch(_PROXIMAL, soma, angle)
        tree.fork(_DISTAL, end, angle, 2)
    end, angle = tree.branch(_INITIAL_SEGMENT, soma, 2.0 * math.pi * tree.random.random())
    tree.fork(_AXON, end, angle, 2)
    lines = [
        "# A synthetic stellate cell, grown by python -m bouton_plugins.stellate.growth "
        f"--seed {seed}",
        "# 1 soma, 2 axon, 16 proximal dendrite, 17 distal dendrite, 18 axon initial segment",
        "# id type x y z radius parent (um)",
    ]
    for number, (tag, x, y, z, radius, parent) in enumerate(tree.samples, 1):
        lines.append(f"{number} {tag} {x:.4f} {y:.4f} {z:.4f} {radius:.4f} {parent}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.write_text(grow(given.seed), encoding="ascii")


if __name__ == "__main__":
    main()
