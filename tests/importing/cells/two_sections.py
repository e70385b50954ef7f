"""A soma with hh and a finely divided dendrite; the window system is imported at the top."""

from neuron import gui, h  # noqa: F401


class Base:
    def __init__(self) -> None:
        self.create()
        self.connect()
        self.synapses = []
        self.add_synapses()

    def create(self) -> None:
        raise NotImplementedError

    def connect(self) -> None:
        self.dend.connect(self.soma(1), 0)

    def add_synapses(self) -> None:
        for section in (self.soma, self.dend):
            one = h.ExpSyn(section(0.5))
            one.tau, one.e = 2.0, 0.0
            self.synapses.append(one)


class Cell(Base):
    def create(self) -> None:
        self.soma = h.Section(name="soma", cell=self)
        self.dend = h.Section(name="dend", cell=self)
        self.soma.L = self.soma.diam = 18.8
        self.soma.Ra = 123.0
        self.soma.insert("hh")
        self.soma(0.5).hh.gl = 0.003
        self.soma(0.5).hh.el = -70
        self.dend.L, self.dend.diam, self.dend.Ra, self.dend.nseg = 200.0, 1.0, 100.0, 1000
        self.dend.insert("pas")
