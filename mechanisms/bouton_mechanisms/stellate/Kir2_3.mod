TITLE Inwardly rectifying potassium current, Kir2.3

COMMENT
Inward rectifier of Diwakar et al. (2009) J Neurophysiol 101:519, as in the cerebellar stellate cell of Rizza et al.
(2021) Sci Rep 11:3873. I = gkbar d (v - ek), d' = alpha (1 - d) - beta d:

    alpha = 0.13289 exp(-(v + 83.94)/24.3902) Q     beta = 0.16994 exp((v + 83.94)/35.714) Q     (1/ms)

Q = 3^((T - 20)/10), T in degC, is worked out at initialisation (factor).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Kir2_3
    USEION k READ ek WRITE ik
    RANGE gkbar, g, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.01 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    factor
}

STATE { d }

INITIAL {
    factor = 3^((celsius - 20(degC))/10(degC))
    d = alpha(v)/(alpha(v) + beta(v))
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE states METHOD cnexp
    g = gkbar*d
    ik = g*(v - ek)
}

DERIVATIVE states {
    LOCAL a, b
    a = factor*alpha(v)
    b = factor*beta(v)
    d' = a - (a + b)*d
}

FUNCTION alpha(v (mV)) (/ms) {
    alpha = 0.13289(/ms)*exp(-(v + 83.94(mV))/24.3902(mV))
}

FUNCTION beta(v (mV)) (/ms) {
    beta = 0.16994(/ms)*exp((v + 83.94(mV))/35.714(mV))
}
