TITLE High-voltage activated calcium current

COMMENT
Reuveni, Friedman, Amitai and Gutnick (1993) J Neurosci 13:4609, as used by Hay et al. (2011) PLoS Comput
Biol 7:e1002107, Methods. I = g m^2 h (v - eca); no temperature dependence.

    alpha_m = 0.055 (-27 - v)/(exp((-27 - v)/3.8) - 1)    beta_m = 0.94 exp((-75 - v)/17)
    alpha_h = 0.000457 exp((-13 - v)/50)                  beta_h = 0.0065/(exp((-15 - v)/28) + 1)
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Ca_HVA
    USEION ca READ eca WRITE ica
    RANGE gCa_HVAbar, gCa_HVA, ica
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gCa_HVAbar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    eca (mV)
    ica (mA/cm2)
    gCa_HVA (S/cm2)
}

STATE { m h }

INITIAL {
    LOCAL a, b
    a = alpha_m(v)
    b = beta_m(v)
    m = a/(a + b)
    a = alpha_h(v)
    b = beta_h(v)
    h = a/(a + b)
}

BREAKPOINT {
    CONDUCTANCE gCa_HVA USEION ca
    SOLVE states METHOD cnexp
    gCa_HVA = gCa_HVAbar*m*m*h
    ica = gCa_HVA*(v - eca)
}

DERIVATIVE states {
    LOCAL am, bm, ah, bh
    am = alpha_m(v)
    bm = am + beta_m(v)
    ah = alpha_h(v)
    bh = ah + beta_h(v)
    m' = am - bm*m
    h' = ah - bh*h
}

FUNCTION alpha_m(v (mV)) (/ms) {
    LOCAL x
    x = (-27 - v)/3.8
    alpha_m = 0.055*3.8*linoid(x, exp(x))
}

FUNCTION beta_m(v (mV)) (/ms) {
    beta_m = 0.94*exp((-75 - v)/17)
}

FUNCTION alpha_h(v (mV)) (/ms) {
    alpha_h = 0.000457*exp((-13 - v)/50)
}

FUNCTION beta_h(v (mV)) (/ms) {
    beta_h = 0.0065/(exp((-15 - v)/28) + 1)
}

: x/(exp(x) - 1), given e = exp(x). Near x = 0 both parts vanish; there the
: Taylor series is used, whose first term left out is below 4e-17.
FUNCTION linoid(x, e) {
    LOCAL q
    if (fabs(x) < 0.05) {
        q = x*x
        linoid = 1 - 0.5*x + q*(1/12.0 - q*(1/720.0 - q/30240.0))
    } else {
        linoid = x/(e - 1)
    }
}
