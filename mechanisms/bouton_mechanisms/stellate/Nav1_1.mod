TITLE Sodium current, Nav1.1

COMMENT
Raman and Bean (2001) Biophys J 80:729, the allosteric scheme of 13 states, as in the cerebellar stellate cell of
Rizza et al. (2021) Sci Rep 11:3873. I = gbar O (v - ena). Rates in 1/ms, all times Q:

    C1 - C2 - C3 - C4 - C5 - O - B      C_k to C_k+1  (5-k) a, back k b        C5 to O  150, back 40
     |    |    |    |    |   |          I_k to I_k+1  (5-k) a A, back k b B'   I5 to I6  150, back 40
    I1 - I2 - I3 - I4 - I5 - I6         C_k to I_k  0.005 A^(k-1), back 0.5 B'^(k-1)
                                        O to I6  Oon, back 0.005               O to B  eps, back 0.03 exp(-v/25)

    a = 150 exp(v/20)   b = 3 exp(-v/20)   A = (Oon/0.005)^(1/4)   B' = (0.005/0.5)^(1/4)   Oon = 2.3   eps = 1e-12

Q = 2.7^((T - 22)/10), T in degC, is worked out at initialisation (factor). Starts at the steady state of the first
potential.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Nav1_1
    USEION na READ ena WRITE ina
    RANGE gbar, g, ina
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.01 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
    g (S/cm2)
    factor
}

STATE { C1 C2 C3 C4 C5 O B I1 I2 I3 I4 I5 I6 }

INITIAL {
    factor = 2.7^((celsius - 22(degC))/10(degC))
    SOLVE kinetics STEADYSTATE sparse
}

BREAKPOINT {
    CONDUCTANCE g USEION na
    SOLVE kinetics METHOD sparse
    g = gbar*O
    ina = g*(v - ena)
}

KINETIC kinetics {
    LOCAL a, b, up, down, x, y
    x = exp(0.05(/mV)*v)
    a = 150(/ms)*factor*x
    b = 3(/ms)*factor/x
    up = sqrt(sqrt(2.3/0.005))
    down = sqrt(sqrt(0.005/0.5))
    x = 0.005(/ms)*factor
    y = 0.5(/ms)*factor
    ~ C1 <-> C2 (4*a, b)
    ~ C2 <-> C3 (3*a, 2*b)
    ~ C3 <-> C4 (2*a, 3*b)
    ~ C4 <-> C5 (a, 4*b)
    ~ C5 <-> O (150(/ms)*factor, 40(/ms)*factor)
    ~ O <-> B (1e-12(/ms)*factor, 0.03(/ms)*factor*exp(-0.04(/mV)*v))
    ~ C1 <-> I1 (x, y)
    ~ C2 <-> I2 (x*up, y*down)
    ~ C3 <-> I3 (x*up*up, y*down*down)
    ~ C4 <-> I4 (x*up*up*up, y*down*down*down)
    ~ C5 <-> I5 (x*up*up*up*up, y*down*down*down*down)
    ~ O <-> I6 (2.3(/ms)*factor, x)
    ~ I1 <-> I2 (4*a*up, b*down)
    ~ I2 <-> I3 (3*a*up, 2*b*down)
    ~ I3 <-> I4 (2*a*up, 3*b*down)
    ~ I4 <-> I5 (a*up, 4*b*down)
    ~ I5 <-> I6 (150(/ms)*factor, 40(/ms)*factor)
    CONSERVE C1 + C2 + C3 + C4 + C5 + O + B + I1 + I2 + I3 + I4 + I5 + I6 = 1
}
