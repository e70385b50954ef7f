"""Point neurons, in a shared section of the module or in one of their own."""

from neuron import h

shared = h.Section(name="shared")


class Point:
    def __init__(self, kind: str = "tonic", host: str | None = None) -> None:
        if host == "shared":
            self.sec = shared
            self.cell = h.ownpoint(self.sec(0.5))
        else:
            self.sec = h.Section(name="point" + kind)
            self.sec.L, self.sec.diam = 10, 10
            self.sec.cm = 31.831
            self.cell = h.drivepoint(self.sec(0.5))
        self.cell.gain = {"tonic": 1.0, "fast": 2.0}[kind]
