TITLE Muscarinic (slow) potassium current

COMMENT
Gutfreund, Yarom and Segev (1995) J Physiol 483:621, in the form of D'Angelo et al. (2001) J Neurosci 21:759, as in
the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873. I = gkbar n (v - ek):

    n_inf = 1/(1 + exp(-(v + 35)/6))     tau = 1/(Q (0.0033 exp((v + 30)/40) + 0.0033 exp(-(v + 30)/20)))     (ms)

Q = 3^((T - 22)/10), T in degC, is worked out at initialisation (factor).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Km
    USEION k READ ek WRITE ik
    RANGE gkbar, g, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 2.5e-4 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    factor
}

STATE { n }

INITIAL {
    factor = 3^((celsius - 22(degC))/10(degC))
    n = n_inf(v)
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE states METHOD cnexp
    g = gkbar*n
    ik = g*(v - ek)
}

DERIVATIVE states {
    n' = factor*rate(v)*(n_inf(v) - n)
}

FUNCTION n_inf(v (mV)) {
    n_inf = 1/(1 + exp(-(v + 35(mV))/6(mV)))
}

FUNCTION rate(v (mV)) (/ms) {
    rate = 0.0033(/ms)*(exp((v + 30(mV))/40(mV)) + exp(-(v + 30(mV))/20(mV)))
}
