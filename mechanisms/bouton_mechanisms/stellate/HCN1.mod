TITLE Hyperpolarisation-activated cation current, HCN1

COMMENT
Angelo, London, Christensen and Hausser (2007) J Neurosci 27:8643, as in the cerebellar stellate cell of Rizza et al.
(2021) Sci Rep 11:3873. I = gbar h (v + 34.4), carried by an ion of its own (h); its reversal potential eh is not
used:

    h_inf = 1/(1 + exp((v + 99.6)/9.67))     tau = 1/(Q 0.0018 (exp(-(v + 77.3)/22) + exp((v + 77.3)/7.14)))     (ms)

Q = 3^((T - 37)/10), T in degC, is worked out at initialisation (factor).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX HCN1
    USEION h WRITE ih VALENCE 1
    RANGE gbar, g, ih
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 1e-4 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ih (mA/cm2)
    g (S/cm2)
    factor
}

STATE { h }

INITIAL {
    factor = 3^((celsius - 37(degC))/10(degC))
    h = h_inf(v)
}

BREAKPOINT {
    CONDUCTANCE g USEION h
    SOLVE states METHOD cnexp
    g = gbar*h
    ih = g*(v + 34.4(mV))
}

DERIVATIVE states {
    h' = factor*rate(v)*(h_inf(v) - h)
}

FUNCTION h_inf(v (mV)) {
    h_inf = 1/(1 + exp((v + 99.6(mV))/9.67(mV)))
}

FUNCTION rate(v (mV)) (/ms) {
    rate = 0.0018(/ms)*(exp(-(v + 77.3(mV))/22(mV)) + exp((v + 77.3(mV))/7.14(mV)))
}
