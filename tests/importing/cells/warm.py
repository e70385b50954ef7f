"""Temperature, ions with styles, array parameters, extracellular layers, values along sections."""

from neuron import h

_MODULE_LEVEL = h.Section(name="left_over")


class Warm:
    def __init__(self, gain: float = 1.0) -> None:
        h.celsius = 34.0
        h.v_init = -71.5
        h.dt = 0.0125
        self.soma = h.Section(name="soma")
        self.dend = h.Section(name="dend")
        self.soma.L, self.soma.diam = 25.0, 20.0
        self.dend.nseg = 5
        self.dend.L = 300.0
        for i, seg in enumerate(self.dend):
            seg.diam = 4.0 - 0.6 * i
            seg.cm = 0.75 + 0.1 * i
        self.dend.connect(self.soma(0.5), 1)
        for sec in (self.soma, self.dend):
            sec.insert("hh")
            sec.insert("store")
            for seg in sec:
                seg.hh.gnabar = 0.12 * gain * (1 + 0.1 * seg.x)
                seg.hh.el = -68.0
                seg.store.kick[1] = 0.25 * seg.x
            sec.ena, sec.ek = 60.0, -90.0
            sec.cao, sec.cai = 2.5, 1e-4
            h.ion_style("ca_ion", 3, 2, 1, 1, 1, sec=sec)
        self.dend.insert("extracellular")
        for seg in self.dend:
            seg.xraxial[0], seg.xraxial[1] = 123.0, 456.0
            seg.xg[0], seg.xc[1] = 1e6, 0.01
        self.soma(0.5).store.mark = 0.25
        self.clamp = h.IClamp(self.soma(0.5))
        self.clamp.delay, self.clamp.dur, self.clamp.amp = 1.0, 1e9, 0.5
        self.counter = h.APCount(self.soma(0.5))
        self.detector = h.NetCon(self.soma(0.5)._ref_v, None, sec=self.soma)
        self.detector.threshold = -5.0
        self.exc = {"near": h.ExpSyn(self.dend(0.1)), "far": h.Exp2Syn(self.dend(0.9))}
        self.exc["far"].tau2 = 7.0
        self.loop = h.NetCon(self.soma(0.5)._ref_v, self.exc["near"], sec=self.soma)
        self.loop.weight[0], self.loop.delay, self.loop.threshold = 0.0005, 3.5, -5.0
