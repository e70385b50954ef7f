TITLE Non-inactivating L-type calcium current of a motoneuron dendrite, with leak

COMMENT
Persistent inward current of the dendritic compartment as in Cisi and Kohn (2008) J Comput Neurosci 25:520 and
the NERLab pools (docs/reference/motor.md); gama is the level of neuromodulation. Rest is near 0 mV.

    icaL = gcaLbar gama L (v - ecaL)       L' = (Linf - L)/Ltau       Linf = 1/(1 + exp(-(v - vtraub + 30)))
    il   = gl (v - el)
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX caL
    USEION caL READ ecaL WRITE icaL VALENCE 2
    NONSPECIFIC_CURRENT il
    RANGE gcaLbar, gama, vtraub, Ltau, gl, el, gcaL, icaL, ecaL
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gcaLbar = 0.030 (S/cm2)
    gama = 1 (1)
    vtraub = 70 (mV)
    Ltau = 20 (ms)
    gl = 3e-4 (S/cm2)
    el = -54.3 (mV)
}

ASSIGNED {
    v (mV)
    ecaL (mV)
    icaL (mA/cm2)
    il (mA/cm2)
    gcaL (S/cm2)
}

STATE { L }

INITIAL {
    L = L_inf(v)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    gcaL = gcaLbar*L*gama
    icaL = gcaL*(v - ecaL)
    il = gl*(v - el)
}

DERIVATIVE states {
    L' = (L_inf(v) - L)/Ltau
}

FUNCTION L_inf(v (mV)) {
    L_inf = 1/(1 + exp(-(v - vtraub + 30)/1(mV)))
}
