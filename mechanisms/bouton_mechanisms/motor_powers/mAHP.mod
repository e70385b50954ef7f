TITLE Calcium current, calcium pool and calcium-dependent potassium current of the medium AHP

COMMENT
Powers and Heckman (2017) J Neurophysiol 118:2238 (motoneuron pool).

    ica = gcamax mca (v - eca)     mca:  inf = 1/(1 + exp(-(v - mvhalfca)/4)), tau = mtauca
    ik  = gkcamax n (v - ek)       n:    a = 0.1 (1000 (c - 1e-4))^2, b = 0.1, tau = 1/(a + b), inf = a tau
    c' = max(0, -1e4 ica/(2 F 0.1)) + (1e-4 - c)/tau, c(0) = 1e-4 mM

The calcium is the mechanism's own, not that of the ion. It is driven by the ica of the last evaluation of currents.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX mAHP
    USEION ca READ eca WRITE ica
    USEION k READ ek WRITE ik
    RANGE gcamax, gkcamax, tau, ica, ik
    GLOBAL mvhalfca, mtauca
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (mM) = (milli/liter)
    (um) = (micron)
    (S) = (siemens)
    FARADAY = (faraday) (coulomb)
}

PARAMETER {
    gcamax = 6.4e-6 (S/cm2)
    gkcamax = 4.5e-4 (S/cm2)
    tau = 90 (ms)
    mvhalfca = -22 (mV)
    mtauca = 2 (ms)
}

ASSIGNED {
    v (mV)
    eca (mV)
    ek (mV)
    ica (mA/cm2)
    ik (mA/cm2)
}

STATE {
    mca
    n
    c (mM)
}

INITIAL {
    c = 1e-4
    n = 0
    mca = mca_inf(v)
    ica = gcamax*mca*(v - eca)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    ica = gcamax*mca*(v - eca)
    ik = gkcamax*n*(v - ek)
}

DERIVATIVE states {
    LOCAL inflow, a
    inflow = -(1e4)*ica/(2*FARADAY*0.1)
    if (inflow < 0) {
        inflow = 0
    }
    a = 0.1*(1000*(c - 1e-4))^2
    mca' = (mca_inf(v) - mca)/mtauca
    n' = a - (a + 0.1)*n
    c' = inflow + (1e-4 - c)/tau
}

FUNCTION mca_inf(v (mV)) {
    mca_inf = 1/(1 + exp(-(v - mvhalfca)/4(mV)))
}
