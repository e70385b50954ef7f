TITLE One half of an electrical synapse
COMMENT
The current through a gap junction is proportional to the difference of the potentials on its two
sides: i = g (v - vgap), with vgap the potential on the other side. Each side has one half.

Source: Bennett MVL (1966), Ann N Y Acad Sci 137:509-539 (ohmic electrotonic coupling).
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS HalfGap
    NONSPECIFIC_CURRENT i
    RANGE g, vgap, i
}

UNITS {
    (nA) = (nanoamp)
    (mV) = (millivolt)
    (uS) = (microsiemens)
}

PARAMETER {
    g = 0 (uS)
}

ASSIGNED {
    v (mV)
    vgap (mV)
    i (nA)
}

INITIAL {
    vgap = v
}

BREAKPOINT {
    i = g * (v - vgap)
}
