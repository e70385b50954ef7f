TITLE NMDA receptor driven by diffusing glutamate, with short-term plasticity

COMMENT
Nieus et al. (2006) J Neurophysiol 95:686, as in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873.

An event releases transmitter, unless a pulse is under way, which it only prolongs. d is the time since the last
release, y the active and z the recovering fraction of the transmitter, u the fraction that is used:

    z <- z exp(-d/tau_rec) + y (exp(-d/tau_1) - exp(-d/tau_rec))/(tau_1/tau_rec - 1)     y <- y exp(-d/tau_1)
    u <- u exp(-d/tau_facil), then u <- u + U (1 - u)     (u <- U if tau_facil is 0)
    y <- y + u (1 - y - z)

Events within Cdur of a release count as its pulse. The glutamate of the last 100 releases spreads in a cleft of
height lambda = 20 nm and is felt at the distance Rd = 1.03 um; with D = 0.223 um2/ms, M = 21515/6.022e23 mol and s
the time since,

    c = sum of y M exp(-Rd^2/(4 D s))/(4 pi D lambda s)     (mM)

Rates in 1/ms, all times Q = 2.4^((temperature - 30 degC)/10):

    CC0 - CC1 - CC2 - C1     CC0 to CC1 9.06 c, back 0.115     CC1 to CC2 4.53 c, back 0.23
                |     |      CC2 to D1 1.659, back 0.245       CC2 to D2 0.338, back 0.00274
       D1, D2 - C2  - O      CC2 to C1 8.553, back 0.528       CC2 to C2 0.145, back 0.694
                             C1 to O 0.145, back 0.694         C2 to O 8.553, back 0.528        (D1 and D2 hang on CC2)

    i = 1e-6 g (v - Erev)     g = weight gmax 1.5^((temperature - 30 degC)/10) O/(1 + exp(-(v + 20)/13))   (nA, pS, mV)

The weight is a factor without unit: that of the last event that released, 1 for the synapse as published. An event of
no or negative weight does nothing.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS NMDA
    NONSPECIFIC_CURRENT i
    RANGE gmax, Erev, tau_facil, tau_rec, tau_1, U, Cdur, c, g, i
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (pS) = (picosiemens)
    (mM) = (milli/liter)
    (um) = (micron)
    PI = (pi) (1)
}

PARAMETER {
    gmax = 10000 (pS)
    Erev = -3.7 (mV)
    tau_facil = 5 (ms)
    tau_rec = 8 (ms)
    tau_1 = 1 (ms)
    U = 0.15 (1)
    Cdur = 0.3 (ms)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    i (nA)
    g (pS)
    c (mM)
    amount[100] (mM-um3)
    when[100] (ms)
    releases
    scale (pS)
    factor
    y
    z
    u
    last (ms)
    pulses
}

STATE { CC0 CC1 CC2 D1 D2 C1 C2 O }

INITIAL {
    factor = 2.4^((celsius - 30(degC))/10(degC))
    scale = 0
    y = 0
    z = 0
    u = 0
    last = 0
    pulses = 0
    c = 0
    releases = 0
    CC0 = 1
    CC1 = 0
    CC2 = 0
    D1 = 0
    D2 = 0
    C1 = 0
    C2 = 0
    O = 0
}

BREAKPOINT {
    SOLVE kinetics METHOD sparse
    g = scale*O/(1 + exp(-(v + 20(mV))/13(mV)))
    i = 1e-6*g*(v - Erev)
}

KINETIC kinetics {
    c = glutamate(t)
    ~ CC0 <-> CC1 (9.06(/mM-ms)*factor*c, 0.115(/ms)*factor)
    ~ CC1 <-> CC2 (4.53(/mM-ms)*factor*c, 0.23(/ms)*factor)
    ~ CC2 <-> D1 (1.659(/ms)*factor, 0.245(/ms)*factor)
    ~ CC2 <-> D2 (0.338(/ms)*factor, 0.00274(/ms)*factor)
    ~ CC2 <-> C1 (8.553(/ms)*factor, 0.528(/ms)*factor)
    ~ CC2 <-> C2 (0.145(/ms)*factor, 0.694(/ms)*factor)
    ~ C1 <-> O (0.145(/ms)*factor, 0.694(/ms)*factor)
    ~ C2 <-> O (8.553(/ms)*factor, 0.528(/ms)*factor)
    CONSERVE CC0 + CC1 + CC2 + D1 + D2 + C1 + C2 + O = 1
}

FUNCTION glutamate(time (ms)) (mM) {
    LOCAL k, s, sum
    sum = 0
    k = 0
    while (k < releases && k < 100) {
        s = time - when[k]
        if (s > 0) {
            sum = sum + amount[k]*exp(-1.03*1.03/(4*0.223*s))/(4*PI*0.223*0.02*s)
        }
        k = k + 1
    }
    glutamate = sum
}

: A flag above 0 is the end of the pulse with that number.
NET_RECEIVE(weight) {
    if (flag > 0) {
        if (flag == pulses) {
            pulses = 0
        }
    } else if (weight > 0) {
        if (pulses == 0) {
            release(t - last)
            last = t
            scale = weight*gmax*1.5^((celsius - 30(degC))/10(degC))
            keep(21.515*1e21/6.022e23*y)
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

: The oldest of 100 gives way.
PROCEDURE keep(m (mM-um3)) {
    LOCAL k
    k = fmod(releases, 100)
    amount[k] = m
    when[k] = t
    releases = releases + 1
}
