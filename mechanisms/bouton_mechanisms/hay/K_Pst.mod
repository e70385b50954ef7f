TITLE Slow inactivating (persistent) potassium current

COMMENT
Korngreen and Sakmann (2000) J Physiol 525:621, as used by Hay et al. (2011) PLoS Comput Biol 7:e1002107,
Methods. I = g m^2 h (v - ek). With u = v + 10 (liquid junction potential) and qt = 2.3^1.3 (21 to 34 degC,
a constant):

    m_inf = 1/(1 + exp(-(u + 1)/12))
    tau_m = (1.25 + 175.03 exp(0.026 u))/qt where u < -50, (1.25 + 13 exp(-0.026 u))/qt elsewhere
    h_inf = 1/(1 + exp((u + 54)/11))
    tau_h = (360 + (1010 + 24 (u + 55)) exp(-((u + 75)/48)^2))/qt
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX K_Pst
    USEION k READ ek WRITE ik
    RANGE gK_Pstbar, gK_Pst, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gK_Pstbar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    gK_Pst (S/cm2)
}

STATE { m h }

INITIAL {
    m = m_inf(v)
    h = h_inf(v)
}

BREAKPOINT {
    CONDUCTANCE gK_Pst USEION k
    SOLVE states METHOD cnexp
    gK_Pst = gK_Pstbar*m*m*h
    ik = gK_Pst*(v - ek)
}

DERIVATIVE states {
    LOCAL bm, bh
    bm = rate_m(v)
    bh = rate_h(v)
    m' = bm*(m_inf(v) - m)
    h' = bh*(h_inf(v) - h)
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v + 11)/12))
}

FUNCTION h_inf(v (mV)) {
    h_inf = 1/(1 + exp((v + 64)/11))
}

FUNCTION rate_m(v (mV)) (/ms) {
    LOCAL scale, x
    if (v < -60) {
        scale = 175.03
        x = 0.026*(v + 10)
    } else {
        scale = 13
        x = -0.026*(v + 10)
    }
    rate_m = 2.3^1.3/(1.25 + scale*exp(x))
}

FUNCTION rate_h(v (mV)) (/ms) {
    LOCAL x
    x = (v + 85)/48
    rate_h = 2.3^1.3/(360 + (1010 + 24*(v + 65))*exp(-x*x))
}
