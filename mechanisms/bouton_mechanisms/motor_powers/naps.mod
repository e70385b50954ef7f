TITLE Persistent sodium current of a motoneuron with slow inactivation

COMMENT
Powers and Heckman (2017) J Neurophysiol 118:2238 (motoneuron pool). I = gbar m s (v - ena).

    m:  inf = 1/(1 + exp(-(v + 52.3 - sh)/vslope))   tau = 1 ms
    s:  A = 0.001 exp((asvh - v)/30)   B = 0.0034/(exp((bsvh - v)/10) + 1)   tau = 1/(A + B)
        c = A tau                      inf = c + ar (1 - c)
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX naps
    USEION na READ ena WRITE ina
    RANGE gbar, sh, ar, ina
    GLOBAL vslope, asvh, bsvh
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 2.6e-5 (S/cm2)
    sh = 5 (mV)
    ar = 1 (1)
    vslope = 5 (mV)
    asvh = -90 (mV)
    bsvh = -22 (mV)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
}

STATE { m s }

INITIAL {
    m = m_inf(v)
    s = s_inf(v)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    ina = gbar*m*s*(v - ena)
}

DERIVATIVE states {
    m' = (m_inf(v) - m)/1(ms)
    s' = (s_inf(v) - s)*(closing(v) + opening(v))
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v + 52.3 - sh)/vslope))
}

FUNCTION closing(v (mV)) (/ms) {
    closing = 0.001(/ms)*exp((asvh - v)/30(mV))
}

FUNCTION opening(v (mV)) (/ms) {
    opening = 0.0034(/ms)/(exp((bsvh - v)/10(mV)) + 1)
}

FUNCTION s_inf(v (mV)) {
    LOCAL c
    c = closing(v)/(closing(v) + opening(v))
    s_inf = c + ar*(1 - c)
}
