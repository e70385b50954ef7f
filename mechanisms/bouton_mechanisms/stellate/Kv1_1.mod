TITLE Low-voltage activated potassium current, Kv1.1

COMMENT
Akemann and Knoepfel (2006) J Neurosci 26:4602, as in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep
11:3873. I = gbar n^4 (v - ek), n_inf = alpha/(alpha + beta), tau = 1/(Q (alpha + beta)):

    alpha = 0.12889 exp((v + 45)/33.90877)     beta = 0.12889 exp(-(v + 45)/12.42101)     (1/ms)

Q = 2.7^((T - 22)/10), T in degC, is worked out at initialisation (factor).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Kv1_1
    USEION k READ ek WRITE ik
    RANGE gbar, g, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.004 (S/cm2)
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
    factor = 2.7^((celsius - 22(degC))/10(degC))
    n = alpha(v)/(alpha(v) + beta(v))
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE states METHOD cnexp
    g = gbar*n*n*n*n
    ik = g*(v - ek)
}

DERIVATIVE states {
    LOCAL a, b
    a = factor*alpha(v)
    b = factor*beta(v)
    n' = a - (a + b)*n
}

FUNCTION alpha(v (mV)) (/ms) {
    alpha = 0.12889(/ms)*exp((v + 45(mV))/33.90877(mV))
}

FUNCTION beta(v (mV)) (/ms) {
    beta = 0.12889(/ms)*exp(-(v + 45(mV))/12.42101(mV))
}
