TITLE L-type calcium current of motoneuron dendrites with slow inactivation

COMMENT
Powers and Heckman (2017) J Neurophysiol 118:2238 (motoneuron pool). I = gcabar m h (v - 80); the reversal
potential is fixed, ecaL is read for other tools only.

    m:  inf = 1/(1 + exp(-(v - theta_m)/6)), tau = tau_m
    h:  inf = 1/(1 + exp((v - theta_h)/kappa_h)), tau = tau_h
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX L_Ca_inact
    USEION caL READ ecaL WRITE icaL VALENCE 2
    RANGE gcabar, theta_m, theta_h, icaL
    GLOBAL tau_m, tau_h, kappa_h
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gcabar = 1e-4 (S/cm2)
    theta_m = -42 (mV)
    theta_h = 10 (mV)
    tau_m = 40 (ms)
    tau_h = 2500 (ms)
    kappa_h = 5 (mV)
}

ASSIGNED {
    v (mV)
    ecaL (mV)
    icaL (mA/cm2)
}

STATE { m h }

INITIAL {
    m = m_inf(v)
    h = h_inf(v)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    icaL = gcabar*m*h*(v - 80)
}

DERIVATIVE states {
    m' = (m_inf(v) - m)/tau_m
    h' = (h_inf(v) - h)/tau_h
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v - theta_m)/6(mV)))
}

FUNCTION h_inf(v (mV)) {
    h_inf = 1/(1 + exp((v - theta_h)/kappa_h))
}
