TITLE AMPA receptor with short-term plasticity

COMMENT
Nieus et al. (2006) J Neurophysiol 95:686, as in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873.

An event releases transmitter, unless a pulse is under way, which it only prolongs. d is the time since the last
release, y the active and z the recovering fraction of the transmitter, u the fraction that is used:

    z <- z exp(-d/tau_rec) + y (exp(-d/tau_1) - exp(-d/tau_rec))/(tau_1/tau_rec - 1)     y <- y exp(-d/tau_1)
    u <- u exp(-d/tau_facil), then u <- u + U (1 + 30 u) (exp(-5 u) - exp(-5))     (u <- U if tau_facil is 0)
    y <- y + u (1 - y - z)

Its pulse of transmitter, T = Tmax y (mM), lasts Cdur. Rates in 1/ms, all times Q = 2.4^((temperature - 30 degC)/10):

    C to O  5.4 T^2/(T + 0.44)^2, back 0.82     C to D  1.12 T^2/(T + 0.44)^2, back 0.013

    i = 1e-6 g (v - Erev)     g = weight gmax 1.1^((temperature - 30 degC)/10) O     (nA, pS, mV)

The weight is a factor without unit: that of the last event that released, 1 for the synapse as published. An event of
no or negative weight does nothing.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS AMPA
    NONSPECIFIC_CURRENT i
    RANGE gmax, Erev, tau_facil, tau_rec, tau_1, U, Cdur, Tmax, T, g, i
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (pS) = (picosiemens)
    (mM) = (milli/liter)
}

PARAMETER {
    gmax = 2300 (pS)
    Erev = 0 (mV)
    tau_facil = 10.8 (ms)
    tau_rec = 35.1 (ms)
    tau_1 = 10 (ms)
    U = 0.15 (1)
    Cdur = 0.3 (ms)
    Tmax = 1 (mM)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    i (nA)
    g (pS)
    T (mM)
    scale (pS)
    factor
    y
    z
    u
    last (ms)
    pulses
}

STATE { C O D }

INITIAL {
    factor = 2.4^((celsius - 30(degC))/10(degC))
    scale = 0
    y = 0
    z = 0
    u = 0
    last = 0
    pulses = 0
    T = 0
    C = 1
    O = 0
    D = 0
}

BREAKPOINT {
    SOLVE kinetics METHOD sparse
    g = scale*O
    i = 1e-6*g*(v - Erev)
}

KINETIC kinetics {
    LOCAL x
    x = T/(T + 0.44(mM))
    x = factor*x*x
    ~ C <-> O (5.4(/ms)*x, 0.82(/ms)*factor)
    ~ C <-> D (1.12(/ms)*x, 0.013(/ms)*factor)
    CONSERVE C + O + D = 1
}

: A flag above 0 is the end of the pulse with that number.
NET_RECEIVE(weight) {
    if (flag > 0) {
        if (flag == pulses) {
            pulses = 0
            T = 0
        }
    } else if (weight > 0) {
        if (pulses == 0) {
            release(t - last)
            last = t
            scale = weight*gmax*1.1^((celsius - 30(degC))/10(degC))
            T = Tmax*y
        }
        pulses = pulses + 1
        net_send(Cdur, pulses)
    }
}

PROCEDURE release(d (ms)) {
    LOCAL a, b
    a = exp(-d/tau_1)
    b = exp(-d/tau_rec)
    if (fabs(tau_1 - tau_rec) > 1e-6*tau_rec) {
        z = z*b + y*(a - b)/(tau_1/tau_rec - 1)
    } else {
        z = z*b + y*b*d/tau_rec
    }
    y = y*a
    if (tau_facil > 0) {
        u = u*exp(-d/tau_facil)
        u = u + U*(1 + 30*u)*(exp(-5*u) - exp(-5))
    } else {
        u = U
    }
    y = y + u*(1 - y - z)
}
