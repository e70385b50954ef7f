TITLE P-type calcium current, Cav2.1

COMMENT
Swensen and Bean (2005) J Neurosci 25:3509, in the form of Anwar, Hong and De Schutter (2012) Cerebellum 11:681, as in
the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873. I = pcabar m^3 GHK(v, cai, cao), permeability in
cm/s; with z = 2 and x = z F v/(R T):

    GHK = z F x (cai - cao exp(-x))/(1 - exp(-x)) = z F (cai L(-x) - cao L(x)),  L(x) = x/(exp(x) - 1)

    m_inf = 1/(1 + exp(-(v + 29.458)/8.429))
    tau Q = v >= -40 ? 0.2702 + 1.1622 exp(-(v + 26.798)^2/164.19) : 0.6923 exp(v/1089.372)     (ms)

Q = 3^((T - 23)/10), T in degC, is worked out at initialisation (factor). The time constant jumps at -40 mV as
published.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Cav2_1
    USEION ca READ cai, cao WRITE ica
    RANGE pcabar, ica
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
    (mM) = (milli/liter)
    FARADAY = (faraday) (coulombs)
    R = (k-mole) (joule/degC)
}

PARAMETER {
    pcabar = 2.2e-4 (cm/s)
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

STATE { m }

INITIAL {
    factor = 3^((celsius - 23(degC))/10(degC))
    reduced = 2e-3*FARADAY/(R*(celsius + 273.15))
    m = m_inf(v)
}

BREAKPOINT {
    LOCAL x
    SOLVE states METHOD cnexp
    x = reduced*v
    ica = 2e-3*FARADAY*pcabar*m*m*m*(cai*linoid(-x) - cao*linoid(x))
}

DERIVATIVE states {
    m' = (m_inf(v) - m)*factor/tau(v)
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v + 29.458(mV))/8.429(mV)))
}

FUNCTION tau(v (mV)) (ms) {
    LOCAL x
    if (v >= -40) {
        x = v + 26.798(mV)
        tau = 0.2702(ms) + 1.1622(ms)*exp(-x*x/164.19(mV2))
    } else {
        tau = 0.6923(ms)*exp(v/1089.372(mV))
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
