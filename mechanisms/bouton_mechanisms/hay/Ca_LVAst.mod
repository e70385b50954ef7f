TITLE Low-voltage activated calcium current, slow (T-type)

COMMENT
Avery and Johnston (1996) J Neurosci 16:5567, time constants of Randall and Tsien (1997) Neuropharmacology
36:879, as used by Hay et al. (2011) PLoS Comput Biol 7:e1002107, Methods. I = g m^2 h (v - eca).
With u = v + 10 (liquid junction potential) and qt = 2.3^1.3 (21 to 34 degC, a constant):

    m_inf = 1/(1 + exp(-(u + 30)/6))      tau_m = (5 + 20/(1 + exp((u + 25)/5)))/qt
    h_inf = 1/(1 + exp((u + 80)/6.4))     tau_h = (20 + 50/(1 + exp((u + 40)/7)))/qt

Multiplied out, 1/tau_m = qt (1 + p)/(25 + 5 p) with p = exp((u + 25)/5); likewise tau_h.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Ca_LVAst
    USEION ca READ eca WRITE ica
    RANGE gCa_LVAstbar, gCa_LVAst, ica
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gCa_LVAstbar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    eca (mV)
    ica (mA/cm2)
    gCa_LVAst (S/cm2)
}

STATE { m h }

INITIAL {
    m = m_inf(v)
    h = h_inf(v)
}

BREAKPOINT {
    CONDUCTANCE gCa_LVAst USEION ca
    SOLVE states METHOD cnexp
    gCa_LVAst = gCa_LVAstbar*m*m*h
    ica = gCa_LVAst*(v - eca)
}

DERIVATIVE states {
    LOCAL bm, bh
    bm = rate_m(v)
    bh = rate_h(v)
    m' = bm*(m_inf(v) - m)
    h' = bh*(h_inf(v) - h)
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v + 40)/6))
}

FUNCTION h_inf(v (mV)) {
    h_inf = 1/(1 + exp((v + 90)/6.4))
}

FUNCTION rate_m(v (mV)) (/ms) {
    LOCAL p
    p = exp((v + 35)/5)
    rate_m = 2.3^1.3*(1 + p)/(25 + 5*p)
}

FUNCTION rate_h(v (mV)) (/ms) {
    LOCAL p
    p = exp((v + 50)/7)
    rate_h = 2.3^1.3*(1 + p)/(70 + 20*p)
}
