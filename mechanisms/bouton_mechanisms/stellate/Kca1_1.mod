TITLE Large-conductance calcium- and voltage-activated potassium current, KCa1.1 (BK)

COMMENT
Cox, Cui and Aldrich (1997) J Gen Physiol 110:257, scheme of 10 states in the form of Anwar, Hong and De Schutter
(2012) Cerebellum 11:681, as in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873. I = gbar (O0 + ..
+ O4) (v - ek). Rates in 1/ms, all times Q, cai in mM:

    C0 - C1 - C2 - C3 - C4     to the right (4-k) 1000 cai, back k 11 (closed) and k 1.1 (open)
     |    |    |    |    |
    O0 - O1 - O2 - O3 - O4     C_k to O_k  pf_k exp(0.73 F v/RT), back pb_k exp(-0.67 F v/RT)

    pf = 0.00239, 0.007, 0.04, 0.295, 0.557      pb = 3.936, 1.152, 0.659, 0.486, 0.092

Q = 3^((T - 23)/10), T in degC, is worked out at initialisation (factor). Starts at the steady state of the first
potential and cai.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Kca1_1
    USEION k READ ek WRITE ik
    USEION ca READ cai
    RANGE gbar, g, ik
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
    gbar = 0.01 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    cai (mM)
    factor
    reduced (/mV)
}

STATE { C0 C1 C2 C3 C4 O0 O1 O2 O3 O4 }

INITIAL {
    factor = 3^((celsius - 23(degC))/10(degC))
    reduced = 1e-3*FARADAY/(R*(celsius + 273.15))
    SOLVE kinetics STEADYSTATE sparse
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE kinetics METHOD sparse
    g = gbar*(O0 + O1 + O2 + O3 + O4)
    ik = g*(v - ek)
}

KINETIC kinetics {
    LOCAL on, opening, closing
    on = 1000(/mM-ms)*factor*cai
    opening = factor*exp(0.73*reduced*v)
    closing = factor*exp(-0.67*reduced*v)
    ~ C0 <-> C1 (4*on, 11(/ms)*factor)
    ~ C1 <-> C2 (3*on, 22(/ms)*factor)
    ~ C2 <-> C3 (2*on, 33(/ms)*factor)
    ~ C3 <-> C4 (on, 44(/ms)*factor)
    ~ O0 <-> O1 (4*on, 1.1(/ms)*factor)
    ~ O1 <-> O2 (3*on, 2.2(/ms)*factor)
    ~ O2 <-> O3 (2*on, 3.3(/ms)*factor)
    ~ O3 <-> O4 (on, 4.4(/ms)*factor)
    ~ C0 <-> O0 (0.00239(/ms)*opening, 3.936(/ms)*closing)
    ~ C1 <-> O1 (0.007(/ms)*opening, 1.152(/ms)*closing)
    ~ C2 <-> O2 (0.04(/ms)*opening, 0.659(/ms)*closing)
    ~ C3 <-> O3 (0.295(/ms)*opening, 0.486(/ms)*closing)
    ~ C4 <-> O4 (0.557(/ms)*opening, 0.092(/ms)*closing)
    CONSERVE C0 + C1 + C2 + C3 + C4 + O0 + O1 + O2 + O3 + O4 = 1
}
