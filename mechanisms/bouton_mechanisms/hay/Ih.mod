TITLE Hyperpolarisation-activated cation current

COMMENT
Kole, Hallermann and Stuart (2006) J Neurosci 26:1677, as used by Hay et al. (2011) PLoS Comput Biol
7:e1002107, Methods. I = g m (v - ehcn), not tied to an ion; no temperature dependence.

    alpha = 0.001*6.43 (v + 154.9)/(exp((v + 154.9)/11.9) - 1)    beta = 0.001*193 exp(v/33.1)
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Ih
    NONSPECIFIC_CURRENT ihcn
    RANGE gIhbar, gIh, ihcn
    GLOBAL ehcn
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gIhbar = 1e-5 (S/cm2)
    ehcn = -45 (mV)
}

ASSIGNED {
    v (mV)
    ihcn (mA/cm2)
    gIh (S/cm2)
}

STATE { m }

INITIAL {
    LOCAL a
    a = alpha_m(v)
    m = a/(a + beta_m(v))
}

BREAKPOINT {
    CONDUCTANCE gIh
    SOLVE states METHOD cnexp
    gIh = gIhbar*m
    ihcn = gIh*(v - ehcn)
}

DERIVATIVE states {
    LOCAL a, b
    a = alpha_m(v)
    b = a + beta_m(v)
    m' = a - b*m
}

FUNCTION alpha_m(v (mV)) (/ms) {
    LOCAL x
    x = (v + 154.9)/11.9
    alpha_m = 0.001*6.43*11.9*linoid(x, exp(x))
}

FUNCTION beta_m(v (mV)) (/ms) {
    beta_m = 0.001*193*exp(v/33.1)
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
