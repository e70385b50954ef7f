TITLE Leak

COMMENT
I = gmax (v - e), as in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Leak
    NONSPECIFIC_CURRENT i
    RANGE gmax, e, i
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gmax = 3e-5 (S/cm2)
    e = -52 (mV)
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
}

BREAKPOINT {
    CONDUCTANCE gmax
    i = gmax*(v - e)
}
