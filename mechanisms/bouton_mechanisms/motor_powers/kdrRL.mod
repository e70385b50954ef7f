TITLE Delayed rectifier of a motoneuron

COMMENT
Powers and Heckman (2017) J Neurophysiol 118:2238 (motoneuron pool). I = gMax m^4 (v - ek).

    inf = 1/(1 + exp(-(v - mVh)/20))     tau = tmin + taumax b/(1 + b)^2 with b = exp((v + 39)/5.5)
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX kdrRL
    USEION k READ ek WRITE ik
    RANGE gMax, ik
    GLOBAL mVh, tmin, taumax
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gMax = 0.015 (S/cm2)
    mVh = -21 (mV)
    tmin = 0.8 (ms)
    taumax = 20 (ms)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
}

STATE { m }

INITIAL {
    m = m_inf(v)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    ik = gMax*m*m*m*m*(v - ek)
}

DERIVATIVE states {
    LOCAL b
    b = exp((v + 39)/5.5)
    m' = (m_inf(v) - m)/(tmin + taumax*b/(1 + b)/(1 + b))
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v - mVh)/20(mV)))
}
