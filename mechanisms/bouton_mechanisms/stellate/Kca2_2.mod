TITLE Small-conductance calcium-activated potassium current, KCa2.2 (SK)

COMMENT
Hirschberg et al. (1998) J Gen Physiol 111:565, in the form of Solinas et al. (2007) Front Cell Neurosci 1:2, as in
the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873. I = gkbar (o1 + o2) (v - ek). Rates in 1/ms, all
times Q, c = cai/3 in mM:

    c1 - c2 - c3 - c4     c1 to c2 200 c, back 0.08    c2 to c3 160 c, back 0.08    c3 to c4 80 c, back 0.2
               |    |     c3 to o1 0.16, back 1        c4 to o2 1.2, back 0.1
              o1   o2

Q = 3^((T - 23)/10), T in degC, is worked out at initialisation (factor). Starts at the steady state of the first cai.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Kca2_2
    USEION k READ ek WRITE ik
    USEION ca READ cai
    RANGE gkbar, g, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
    (mM) = (milli/liter)
}

PARAMETER {
    gkbar = 0.01 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    cai (mM)
    factor
}

STATE { c1 c2 c3 c4 o1 o2 }

INITIAL {
    factor = 3^((celsius - 23(degC))/10(degC))
    SOLVE kinetics STEADYSTATE sparse
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE kinetics METHOD sparse
    g = gkbar*(o1 + o2)
    ik = g*(v - ek)
}

KINETIC kinetics {
    LOCAL c
    c = factor*cai/3
    ~ c1 <-> c2 (200(/mM-ms)*c, 0.08(/ms)*factor)
    ~ c2 <-> c3 (160(/mM-ms)*c, 0.08(/ms)*factor)
    ~ c3 <-> c4 (80(/mM-ms)*c, 0.2(/ms)*factor)
    ~ c3 <-> o1 (0.16(/ms)*factor, 1(/ms)*factor)
    ~ c4 <-> o2 (1.2(/ms)*factor, 0.1(/ms)*factor)
    CONSERVE c1 + c2 + c3 + c4 + o1 + o2 = 1
}
