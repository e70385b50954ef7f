TITLE Muscarinic (M-type) potassium current

COMMENT
Adams, Brown and Constanti (1982) J Physiol 330:537, as used by Hay et al. (2011) PLoS Comput Biol
7:e1002107, Methods. I = g m (v - ek); qt = 2.3^1.3 (21 to 34 degC, a constant).

    alpha = 3.3e-3 exp(2.5*0.04 (v + 35))    beta = 3.3e-3 exp(-2.5*0.04 (v + 35))    tau = 1/(alpha + beta)/qt

beta is 3.3e-3^2/alpha, so one exponential serves both.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Im
    USEION k READ ek WRITE ik
    RANGE gImbar, gIm, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gImbar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    gIm (S/cm2)
}

STATE { m }

INITIAL {
    LOCAL e
    e = exp(0.1*(v + 35))
    m = e/(e + 1/e)
}

BREAKPOINT {
    CONDUCTANCE gIm USEION k
    SOLVE states METHOD cnexp
    gIm = gImbar*m
    ik = gIm*(v - ek)
}

DERIVATIVE states {
    LOCAL e, a, b
    e = exp(0.1*(v + 35))
    a = 2.3^1.3*3.3e-3*e
    b = a + 2.3^1.3*3.3e-3/e
    m' = a - b*m
}
