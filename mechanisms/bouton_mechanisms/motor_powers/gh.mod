TITLE Hyperpolarisation-activated current of a motoneuron

COMMENT
Powers and Heckman (2017) J Neurophysiol 118:2238 (motoneuron pool). I = ghbar n (v + 41), tau = htau.

    inf = 1/(1 + exp((v - half)/8)), a straight line between whole millivolts, constant beyond -100 and +100 mV

The published model takes inf from a table of that form; the line is worked out here, so that nothing is shared
between threads.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX gh
    NONSPECIFIC_CURRENT i
    RANGE ghbar, half, i
    GLOBAL htau
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    ghbar = 3e-5 (S/cm2)
    half = -77 (mV)
    htau = 30 (ms)
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
}

STATE { n }

INITIAL {
    n = n_inf(v)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    i = ghbar*n*(v + 41)
}

DERIVATIVE states {
    n' = (n_inf(v) - n)/htau
}

FUNCTION boltzmann(v (mV)) {
    boltzmann = 1/(1 + exp((v - half)/8(mV)))
}

FUNCTION n_inf(v (mV)) {
    LOCAL x, low, first
    x = v
    if (x < -100) {
        x = -100
    }
    if (x > 100) {
        x = 100
    }
    low = floor(x)
    first = boltzmann(low)
    n_inf = first + (x - low)*(boltzmann(low + 1) - first)
}
