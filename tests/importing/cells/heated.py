"""A cell that computes with the temperature, shares code with a module beside it, and says much."""

import local.channels as channels
from neuron import h

print("welcome to the heated cell\n" * 200)  # noqa: T201


class Heated:
    """soma = h.Section() in a docstring is no section."""

    celsius = 36.0

    def __init__(
        self, gid: int = 0, pos: tuple[float, ...] = (0.0, 0.0, 0.0), **more: float
    ) -> None:
        h.celsius = self.celsius
        h.v_init = -70
        self.gid, self.pos, self.more = gid, pos, more
        factor = channels.q10(2.3, 23.0)
        self.soma, self.dend = (h.Section(name=name, cell=self) for name in ("soma", "dend"))
        self.all_sec = h.SectionList()
        self.soma.L, self.soma.diam, self.soma.cm = 10, 10 / h.PI, 0.75
        self.dend.L, self.dend.diam, self.dend.nseg = 165, 10 / h.PI, 7
        self.dend.connect(self.soma(0.5), 0)
        self.dend.Ra = 0.004 * self.dend.diam**2 * h.PI / (4 * self.soma.L) * 1e5
        for sec in (self.soma, self.dend):
            self.all_sec.append(sec=sec)
            channels.insert(sec, factor)
        h.ceiling_store = 3.0 * factor
        self.soma.push()
        h.ion_style("na_ion", 0, 2, 0, 0, 0)
        h.pop_section()
        for i in range(2):
            setattr(self, f"branch{i}", h.Section(name="branch", cell=self))
            getattr(self, f"branch{i}").connect(self.dend(1))
        self.sec = self.soma  # beside the others

    def __str__(self) -> str:
        return f"{self.gid}.cell.of.{self.pos}"
