"""Tapering branches whose lengths are set after their points, so that the points are rescaled."""

import math

from neuron import h


class Rescaled:
    def __init__(self) -> None:
        self.soma = h.Section(name="soma")
        self.soma.L = self.soma.diam = 20
        self.soma.insert("hh")
        self.dend = [h.Section() for _ in range(5)]
        for i, one in enumerate(self.dend):
            one.connect(self.soma(1) if i == 0 else self.dend[(i - 1) // 2](1))
            for k in range(20):
                x, y = k * 1.3 * math.sin(i), k * 2.7 + 0.1 * math.cos(k)
                one.pt3dadd(x, y, 0.3 * k * k, 3.3 - 0.1 * k - 0.03 * i)
            one.nseg = 5
            one.L = 123.4567 + i
            one.insert("pas")
