"""A factory: sections without names in containers of containers, and a process that fires."""

from neuron import h


class Holder:
    def __str__(self) -> str:
        return "a.b.c"


def make_axon_cell(drive: float = 0.4) -> Holder:
    cell = Holder()
    soma, dend, axon = h.Section(), h.Section(), h.Section()
    soma.L = soma.diam = 30
    dend.L, dend.diam = 500, 2
    axon.L, axon.diam = 200, 1
    for sec, Ra, cm in ((soma, 25.13, 1.0), (dend, 1.0, 5.02), (axon, 15.71, 25.1)):
        sec.Ra, sec.cm = Ra, cm
        sec.insert("pas")
        sec.g_pas, sec.e_pas = 1e-4, -65
    soma.connect(axon(1), 0)
    dend.connect(soma(1), 0)
    cell.parts = {"body": [soma, dend]}
    cell.pair = (axon,)
    cell.pulser = h.pulser(axon(0.5))
    cell.pulser.amp = drive
    cell.inputs = [h.ExpSyn(dend(0.2)), h.ExpSyn(dend(0.8)), h.Exp2Syn(soma(0.5))]
    return cell
