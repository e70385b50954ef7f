TITLE Transient (A-type) potassium current, Kv4.3

COMMENT
Diwakar et al. (2009) J Neurophysiol 101:519, as in the cerebellar stellate cell of Rizza et al. (2021) Sci Rep
11:3873. I = gkbar a^3 b (v - ek), tau_x = 1/(Q (alpha_x + beta_x)), rates in 1/ms:

    a_inf = 1/(1 + exp(-(v + 38)/17))                              b_inf = 1/(1 + exp((v + 78.8)/8.4))
    alpha_a = 0.8147/(1 + exp(-(v + 9.17203)/23.32708))            beta_a = 0.1655 exp(-(v + 18.27914)/19.47175)
    alpha_b = 0.0368/(1 + exp((v + 111.33209)/12.8433))            beta_b = 0.0345/(1 + exp(-(v + 49.9537)/8.90123))

Q = 3^((T - 25.5)/10), T in degC, is worked out at initialisation (factor).
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Kv4_3
    USEION k READ ek WRITE ik
    RANGE gkbar, g, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.0032 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    factor
}

STATE { a b }

INITIAL {
    factor = 3^((celsius - 25.5(degC))/10(degC))
    a = a_inf(v)
    b = b_inf(v)
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE states METHOD cnexp
    g = gkbar*a*a*a*b
    ik = g*(v - ek)
}

DERIVATIVE states {
    LOCAL x, y
    x = factor*rate_a(v)
    y = factor*rate_b(v)
    a' = x*(a_inf(v) - a)
    b' = y*(b_inf(v) - b)
}

FUNCTION a_inf(v (mV)) {
    a_inf = 1/(1 + exp(-(v + 38(mV))/17(mV)))
}

FUNCTION b_inf(v (mV)) {
    b_inf = 1/(1 + exp((v + 78.8(mV))/8.4(mV)))
}

FUNCTION rate_a(v (mV)) (/ms) {
    rate_a = 0.8147(/ms)/(1 + exp(-(v + 9.17203(mV))/23.32708(mV))) + 0.1655(/ms)*exp(-(v + 18.27914(mV))/19.47175(mV))
}

FUNCTION rate_b(v (mV)) (/ms) {
    rate_b = 0.0368(/ms)/(1 + exp((v + 111.33209(mV))/12.8433(mV)))
    rate_b = rate_b + 0.0345(/ms)/(1 + exp(-(v + 49.9537(mV))/8.90123(mV)))
}
