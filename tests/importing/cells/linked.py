"""POINTER variables within the cell, and Vectors played into it, in every way of `case`."""

from neuron import h


class Linked:
    def __init__(self, case: str = "") -> None:
        self.soma, self.dend = h.Section(name="soma"), h.Section(name="dend")
        self.soma.L = self.soma.diam = 20
        self.dend.L, self.dend.diam, self.dend.nseg = 200, 2, 3
        self.dend.connect(self.soma)
        self.soma.insert("hh")
        self.dend.insert("pas")
        self.dend.insert("linked")
        self.bridge = h.follow(self.dend(0.9))
        self.clamp = h.IClamp(self.soma(0.5))
        self.times, self.values = h.Vector([2.0, 10, 20]), h.Vector([1e-4, 2e-3, 1e-5])
        if case != "nothing":
            h.setpointer(self.soma(0.5)._ref_v, "other", self.bridge)
        for segment in self.dend:
            h.setpointer(self.soma(0.5)._ref_m_hh, "level", segment.linked)
        getattr(self, f"_{case}", lambda: None)()

    def _stranger(self) -> None:
        self.aside = h.Section(name="aside")
        h.setpointer(self.aside(0.5)._ref_v, "other", self.bridge)

    def _continuous(self) -> None:
        self.values.play(self.dend(0.5)._ref_g_pas, self.times, True)

    def _step(self) -> None:
        self.values.play(self.bridge._ref_g, self.times)

    def _interval(self) -> None:
        self.values.play(self.dend(0.5).pas._ref_g, 3.0)

    def _forgotten(self) -> None:
        h.Vector([5.0, 7.0]).play(self.dend(0.5)._ref_g_pas, self.times)

    def _removed(self) -> None:
        self.values.play(self.dend(0.5)._ref_g_pas, self.times)
        self.values.play_remove()

    def _clamped(self) -> None:
        self.values.play(self.clamp._ref_amp, self.times)

    def _late(self) -> None:
        self.times.add(1e6)
        self.values.play(self.dend(0.5)._ref_g_pas, self.times)

    def _hoc(self) -> None:
        h("objref values, times, clamp")
        h.values, h.times, h.clamp = self.values, self.times, self.clamp
        self.dend.push()
        h("values.play(&g_pas(0.5), times)")
        h.pop_section()

    def _hoc_clamped(self) -> None:
        h("objref values, times, clamp")
        h.values, h.times, h.clamp = self.values, self.times, self.clamp
        h("values.play(&clamp.amp, times)")

    def _statement(self) -> None:
        self._named()
        self.values.play("clamp.amp = $1", self.times)

    def _statement_inside(self) -> None:
        self._named()
        h("objref pas_place")
        h.pas_place = self.bridge
        self.values.play("pas_place.g = $1", self.times)

    def _owned(self) -> None:
        self.values.play(self.bridge, self.bridge._ref_g, self.times)

    def _named(self) -> None:
        h("objref clamp")
        h.clamp = self.clamp
