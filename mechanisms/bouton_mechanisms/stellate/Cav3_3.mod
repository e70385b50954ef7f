TITLE T-type calcium current, Cav3.3

COMMENT
As in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873.
I = 1e-5 pcabar n^2 l ghk. With w = 0.002 v F/(R (T + 273.14)), F = 96520 and R = 8.3134:

    ghk = -0.002 F (cao - cai exp(w)) L(w) = -0.002 F (cao L(w) - cai L(-w)),  L(w) = w/(exp(w) - 1)

    n_inf = 1/(1 + exp(-(v + 41.5)/6.2))     tau_n Q = v > -60 ? 7.2 + 0.02 exp(-v/14.7) : 0.875 exp((v + 120)/41)
    l_inf = 1/(1 + exp((v + 69.8)/6.1))      tau_l Q = v > -60 ? 79.5 + 2 exp(-v/9.3) : 260     (ms)

Q = 2.3^((T - 28)/10), T in degC, is worked out at initialisation (factor). The time constants jump at -60 mV as
published. The published factors are kept, so that the number called a permeability means what published values mean.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Cav3_3
    USEION ca READ cai, cao WRITE ica
    RANGE pcabar, ica
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
    (mM) = (milli/liter)
}

PARAMETER {
    pcabar = 1e-4 (cm/s)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ica (mA/cm2)
    cai (mM)
    cao (mM)
    reduced (/mV)
    factor
}

STATE { n l }

INITIAL {
    factor = 2.3^((celsius - 28(degC))/10(degC))
    reduced = 0.002*96520/(8.3134*(celsius + 273.14))
    n = n_inf(v)
    l = l_inf(v)
}

BREAKPOINT {
    LOCAL w
    SOLVE states METHOD cnexp
    w = reduced*v
    ica = -1e-5*pcabar*n*n*l*0.002*96520*(cao*linoid(w) - cai*linoid(-w))
}

DERIVATIVE states {
    n' = (n_inf(v) - n)*factor/tau_n(v)
    l' = (l_inf(v) - l)*factor/tau_l(v)
}

FUNCTION n_inf(v (mV)) {
    n_inf = 1/(1 + exp(-(v + 41.5(mV))/6.2(mV)))
}

FUNCTION l_inf(v (mV)) {
    l_inf = 1/(1 + exp((v + 69.8(mV))/6.1(mV)))
}

FUNCTION tau_n(v (mV)) (ms) {
    if (v > -60) {
        tau_n = 7.2(ms) + 0.02(ms)*exp(-v/14.7(mV))
    } else {
        tau_n = 0.875(ms)*exp((v + 120(mV))/41(mV))
    }
}

FUNCTION tau_l(v (mV)) (ms) {
    if (v > -60) {
        tau_l = 79.5(ms) + 2(ms)*exp(-v/9.3(mV))
    } else {
        tau_l = 260(ms)
    }
}

: x/(exp(x) - 1). Near x = 0 both parts vanish; there the Taylor series is used, whose first term
: left out is below 4e-17.
FUNCTION linoid(x) {
    LOCAL q
    if (fabs(x) < 0.05) {
        q = x*x
        linoid = 1 - 0.5*x + q*(1/12.0 - q*(1/720.0 - q/30240.0))
    } else {
        linoid = x/(exp(x) - 1)
    }
}
