TITLE T-type calcium current, Cav3.2

COMMENT
As in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873.
I = gcabar m^2 h (v - E), E = R T/(2 F) ln(cao/cai), in mV. Times in ms; their factors do not follow the temperature:

    m_inf = 1/(1 + exp(-(v + 54.8)/7.4))   tau_m = (1.9 + 1/(exp((v + 37)/11.9) + exp(-(v + 131.6)/21)))/5^1.2
    h_inf = 1/(1 + exp((v + 85.5)/7.18))   tau_h = 13.7 + ((1942 + exp((v + 164)/9.2))/(1 + exp((v + 89.3)/3.7)))/3^1.2
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Cav3_2
    USEION ca READ cai, cao WRITE ica
    RANGE gcabar, g, ica
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
    gcabar = 8e-4 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ica (mA/cm2)
    g (S/cm2)
    cai (mM)
    cao (mM)
}

STATE { m h }

INITIAL {
    m = m_inf(v)
    h = h_inf(v)
}

BREAKPOINT {
    LOCAL e
    CONDUCTANCE g USEION ca
    SOLVE states METHOD cnexp
    e = 1e3*R*(celsius + 273.15)/(2*FARADAY)*log(cao/cai)
    g = gcabar*m*m*h
    ica = g*(v - e)
}

DERIVATIVE states {
    m' = (m_inf(v) - m)/tau_m(v)
    h' = (h_inf(v) - h)/tau_h(v)
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v + 54.8(mV))/7.4(mV)))
}

FUNCTION h_inf(v (mV)) {
    h_inf = 1/(1 + exp((v + 85.5(mV))/7.18(mV)))
}

FUNCTION tau_m(v (mV)) (ms) {
    tau_m = (1.9(ms) + 1(ms)/(exp((v + 37(mV))/11.9(mV)) + exp(-(v + 131.6(mV))/21(mV))))/5^1.2
}

FUNCTION tau_h(v (mV)) (ms) {
    tau_h = 13.7(ms) + (1942(ms) + 1(ms)*exp((v + 164(mV))/9.2(mV)))/(1 + exp((v + 89.3(mV))/3.7(mV)))/3^1.2
}
