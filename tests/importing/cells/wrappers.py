"""Point neurons in wrappers: types by name, hosts, names with blanks, a potential to start from."""

from collections import OrderedDict
from typing import Any

from neuron import h

dummy = h.Section(name="dummy")
TYPES = OrderedDict(
    [
        ("tonic spiking", {"gain": 1.0, "drive": 14.0}),
        ("phasic bursting", {"gain": 1.0, "drive": 15.0}),
        ("RS", {"gain": 2.0, "drive": 7.0}),
    ]
)


class Wrapper:
    def __init__(
        self,
        type: str = "tonic spiking",  # noqa: A002
        host: str | None = None,
        cellid: int = -1,
    ) -> None:
        self.type, self.cellid, self.vinit = type, cellid, -60
        if host is None:
            self.sec = h.Section(name="izhi" + type + str(cellid))
            self.sec.L, self.sec.diam, self.sec.cm = 10, 10, 31.831
            self.izh = h.drivepoint(self.sec(0.5))
        else:
            self.sec = dummy
            self.izh = h.ownpoint(self.sec(0.5))
        for name, value in TYPES[type].items():
            setattr(self.izh, name, value)
        self.vectors = {"u": h.Vector().record(self.izh._ref_u), "t": h.Vector().record(h._ref_t)}
        self.spikes = h.Vector()
        self.watch = h.NetCon(self.izh, None)
        self.watch.record(self.spikes)

    def __del__(self) -> None:
        self.vectors = None


class Receivers(Wrapper):
    """With a synapse whose NET_RECEIVE stands in an included file, and connections to itself."""

    def __init__(self, type: str = "RS", **more: Any) -> None:  # noqa: A002
        super().__init__(type, **more)
        self.self_inhibition = h.NetCon(self.izh, self.izh)
        self.self_inhibition.weight[1 if more.get("host") else 0] = 0.25
        self.counting = h.counting(self.sec(0.5))
        self.back = h.NetCon(self.izh, self.counting)
        self.back.weight[0], self.back.delay = 0.002, 1.25
