TITLE Small-conductance calcium-activated potassium current

COMMENT
Kohler et al. (1996) Science 273:1709, as used by Hay et al. (2011) PLoS Comput Biol 7:e1002107, Methods.
I = g z (v - ek); no temperature dependence.

    z_inf = 1/(1 + (0.00043/cai)^4.8)    tau_z = zTau = 1 ms

A concentration below 1e-7 mM is raised by 1e-7 mM, so that the quotient stays finite.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX SK_E2
    USEION k READ ek WRITE ik
    USEION ca READ cai
    RANGE gSK_E2bar, gSK_E2, ik
    GLOBAL zTau
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
    (mM) = (milli/liter)
}

PARAMETER {
    gSK_E2bar = 1e-6 (mho/cm2)
    zTau = 1 (ms)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    gSK_E2 (mho/cm2)
    cai (mM)
}

STATE { z }

INITIAL {
    z = z_inf(cai)
}

BREAKPOINT {
    CONDUCTANCE gSK_E2 USEION k
    SOLVE states METHOD cnexp
    gSK_E2 = gSK_E2bar*z
    ik = gSK_E2*(v - ek)
}

DERIVATIVE states {
    z' = (z_inf(cai) - z)/zTau
}

: The power is written as exp(4.8 log()): a compiler can inline and vectorise those two.
FUNCTION z_inf(ca (mM)) {
    if (ca < 1e-7) {
        ca = ca + 1e-7
    }
    z_inf = 1/(1 + exp(4.8*log(0.00043/ca)))
}
