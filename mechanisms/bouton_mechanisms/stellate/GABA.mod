TITLE GABA-A receptor with short-term plasticity

COMMENT
As in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873.

An event releases transmitter, unless a pulse is under way, which it only prolongs. d is the time since the last
release, y the active and z the recovering fraction of the transmitter, u the fraction that is used:

    z <- z exp(-d/tau_rec) + y (exp(-d/tau_1) - exp(-d/tau_rec))/(tau_1/tau_rec - 1)     y <- y exp(-d/tau_1)
    u <- u exp(-d/tau_facil), then u <- u + U (1 - u)     (u <- U if tau_facil is 0)
    y <- y + u (1 - y - z)

Its pulse of transmitter, T = Tmax y (mM), lasts Cdur. Rates in 1/ms, all times Q = 2.4^((temperature - 30 degC)/10):

    C - CA1 - CA2 - DA2f     C to CA1 40 T, back 2            CA1 to CA2 20 T, back 4     CA2 to DA2f 15, back 0.15
         |     |             CA1 to OA1 0.03, back 0.06       CA2 to OA2 10, back 0.4
        OA1   OA2            CA1 to DA1 3.3e-4, back 7e-4     CA2 to DA2 1.2, back 6e-3
        DA1 - DA2            DA1 to DA2 15 T, back 0.007

    i = 1e-6 g (v - Erev)     g = weight gmaxA1 1.5^((temperature - 30 degC)/10) (OA1 + OA2)     (nA, pS, mV)

The weight is a factor without unit: that of the last event that released, 1 for the synapse as published. An event of
no or negative weight does nothing.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS GABA
    NONSPECIFIC_CURRENT i
    RANGE gmaxA1, Erev, tau_facil, tau_rec, tau_1, U, Cdur, Tmax, T, g, i
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (pS) = (picosiemens)
    (mM) = (milli/liter)
}

PARAMETER {
    gmaxA1 = 3230 (pS)
    Erev = -65 (mV)
    tau_facil = 0 (ms)
    tau_rec = 38.7 (ms)
    tau_1 = 1 (ms)
    U = 0.42 (1)
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

STATE { C CA1 CA2 OA1 OA2 DA1 DA2 DA2f }

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
    CA1 = 0
    CA2 = 0
    OA1 = 0
    OA2 = 0
    DA1 = 0
    DA2 = 0
    DA2f = 0
}

BREAKPOINT {
    SOLVE kinetics METHOD sparse
    g = scale*(OA1 + OA2)
    i = 1e-6*g*(v - Erev)
}

KINETIC kinetics {
    ~ C <-> CA1 (40(/mM-ms)*factor*T, 2(/ms)*factor)
    ~ CA1 <-> CA2 (20(/mM-ms)*factor*T, 4(/ms)*factor)
    ~ CA1 <-> OA1 (0.03(/ms)*factor, 0.06(/ms)*factor)
    ~ CA2 <-> OA2 (10(/ms)*factor, 0.4(/ms)*factor)
    ~ CA1 <-> DA1 (3.3e-4(/ms)*factor, 7e-4(/ms)*factor)
    ~ CA2 <-> DA2 (1.2(/ms)*factor, 6e-3(/ms)*factor)
    ~ CA2 <-> DA2f (15(/ms)*factor, 0.15(/ms)*factor)
    ~ DA1 <-> DA2 (15(/mM-ms)*factor*T, 0.007(/ms)*factor)
    CONSERVE C + CA1 + CA2 + OA1 + OA2 + DA1 + DA2 + DA2f = 1
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
            scale = weight*gmaxA1*1.5^((celsius - 30(degC))/10(degC))
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
        u = u + U*(1 - u)
    } else {
        u = U
    }
    y = y + u*(1 - y - z)
}
