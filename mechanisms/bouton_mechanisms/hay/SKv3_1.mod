TITLE Fast, non-inactivating potassium current (Kv3.1)

COMMENT
Rettig et al. (1992) EMBO J 11:2473, as used by Hay et al. (2011) PLoS Comput Biol 7:e1002107, Methods.
I = g m (v - ek); no temperature dependence.

    m_inf = 1/(1 + exp(-(v - 18.7)/9.7))    tau_m = 0.2*20/(1 + exp(-(v + 46.56)/44.14))
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX SKv3_1
    USEION k READ ek WRITE ik
    RANGE gSKv3_1bar, gSKv3_1, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gSKv3_1bar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    gSKv3_1 (S/cm2)
}

STATE { m }

INITIAL {
    m = m_inf(v)
}

BREAKPOINT {
    CONDUCTANCE gSKv3_1 USEION k
    SOLVE states METHOD cnexp
    gSKv3_1 = gSKv3_1bar*m
    ik = gSKv3_1*(v - ek)
}

DERIVATIVE states {
    LOCAL bm
    bm = rate_m(v)
    m' = bm*(m_inf(v) - m)
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v - 18.7)/9.7))
}

FUNCTION rate_m(v (mV)) (/ms) {
    rate_m = 0.25*(1 + exp(-(v + 46.56)/44.14))
}
