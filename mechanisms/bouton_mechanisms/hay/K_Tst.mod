TITLE Fast inactivating (transient) potassium current

COMMENT
Korngreen and Sakmann (2000) J Physiol 525:621, as used by Hay et al. (2011) PLoS Comput Biol 7:e1002107,
Methods. I = g m^4 h (v - ek). With u = v + 10 (liquid junction potential) and qt = 2.3^1.3 (21 to 34 degC,
a constant):

    m_inf = 1/(1 + exp(-u/19))            tau_m = (0.34 + 0.92 exp(-((u + 71)/59)^2))/qt
    h_inf = 1/(1 + exp((u + 66)/10))      tau_h = (8 + 49 exp(-((u + 73)/23)^2))/qt
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX K_Tst
    USEION k READ ek WRITE ik
    RANGE gK_Tstbar, gK_Tst, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gK_Tstbar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    gK_Tst (S/cm2)
}

STATE { m h }

INITIAL {
    m = m_inf(v)
    h = h_inf(v)
}

BREAKPOINT {
    CONDUCTANCE gK_Tst USEION k
    SOLVE states METHOD cnexp
    gK_Tst = gK_Tstbar*(m*m)*(m*m)*h
    ik = gK_Tst*(v - ek)
}

DERIVATIVE states {
    LOCAL bm, bh
    bm = rate_m(v)
    bh = rate_h(v)
    m' = bm*(m_inf(v) - m)
    h' = bh*(h_inf(v) - h)
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v + 10)/19))
}

FUNCTION h_inf(v (mV)) {
    h_inf = 1/(1 + exp((v + 76)/10))
}

FUNCTION rate_m(v (mV)) (/ms) {
    LOCAL x
    x = (v + 81)/59
    rate_m = 2.3^1.3/(0.34 + 0.92*exp(-x*x))
}

FUNCTION rate_h(v (mV)) (/ms) {
    LOCAL x
    x = (v + 83)/23
    rate_h = 2.3^1.3/(8 + 49*exp(-x*x))
}
