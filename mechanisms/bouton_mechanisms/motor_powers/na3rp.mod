TITLE Sodium current of a motoneuron with fast and slow inactivation

COMMENT
Powers and Heckman (2017) J Neurophysiol 118:2238 (motoneuron pool); slow inactivation after Fleidervish, Friedman and Gutnick
(1996) J Physiol 493:83. I = gbar m^3 h s (v - ena). With Q = 2^((celsius - 24)/10) and
T(v, th, A, q) = A (v - th)/(1 - exp(-(v - th)/q)), which is A q where |v - th| <= 1e-6 mV:

    m:  a = T(v, -30 + sh, 0.4, 7.2)    b = T(-v, 30 - sh, 0.124, 7.2)   tau = max(0.02, 1/((a + b) Q))   inf = a/(a + b)
    h:  a = T(v, -45 + sh, 0.03, 1.5)   b = T(-v, 45 - sh, 0.01, 1.5)    tau = max(0.5, 1/((a + b) Q))
        inf = 1/(1 + exp((v - thinf - sh)/qinf))
    s:  A = 0.001 exp((-85 - v)/30)     B = 0.0034/(exp((-17 - v)/10) + 1)   tau = 1/(A + B)
        c = A tau                       inf = c + ar (1 - c)
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX na3rp
    USEION na READ ena WRITE ina
    RANGE gbar, sh, ar, qinf, thinf, ina
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.010 (S/cm2)
    sh = 1 (mV)
    ar = 1 (1)
    qinf = 8 (mV)
    thinf = -50 (mV)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
}

STATE { m h s }

INITIAL {
    LOCAL a
    a = trap(v, -30 + sh, 0.4, 7.2)
    m = a/(a + trap(-v, 30 - sh, 0.124, 7.2))
    h = 1/(1 + exp((v - thinf - sh)/qinf))
    s = s_inf(v)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    ina = gbar*m*m*m*h*s*(v - ena)
}

DERIVATIVE states {
    LOCAL q, a, b, tau, hinf
    q = 2^((celsius - 24(degC))/10(degC))
    a = trap(v, -30 + sh, 0.4, 7.2)
    b = trap(-v, 30 - sh, 0.124, 7.2)
    tau = at_least(0.02, 1/((a + b)*q))
    m' = (a/(a + b) - m)/tau
    a = trap(v, -45 + sh, 0.03, 1.5)
    b = trap(-v, 45 - sh, 0.01, 1.5)
    tau = at_least(0.5, 1/((a + b)*q))
    hinf = 1/(1 + exp((v - thinf - sh)/qinf))
    h' = (hinf - h)/tau
    s' = (s_inf(v) - s)*(closing(v) + opening(v))
}

FUNCTION trap(v (mV), th (mV), A (/ms/mV), q (mV)) (/ms) {
    if (fabs(v - th) > 1e-6) {
        trap = A*(v - th)/(1 - exp(-(v - th)/q))
    } else {
        trap = A*q
    }
}

FUNCTION at_least(low (ms), tau (ms)) (ms) {
    if (tau < low) {
        at_least = low
    } else {
        at_least = tau
    }
}

FUNCTION closing(v (mV)) (/ms) {
    closing = 0.001(/ms)*exp((-85 - v)/30(mV))
}

FUNCTION opening(v (mV)) (/ms) {
    opening = 0.0034(/ms)/(exp((-17 - v)/10(mV)) + 1)
}

FUNCTION s_inf(v (mV)) {
    LOCAL c
    c = closing(v)/(closing(v) + opening(v))
    s_inf = c + ar*(1 - c)
}
