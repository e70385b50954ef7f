TITLE High-voltage activated potassium current with partial inactivation, Kv3.4

COMMENT
Raman and Bean (1999) J Neurosci 19:1663, in the form of Khaliq, Gouwens and Raman (2003) J Neurosci 23:4899, as in
the cerebellar stellate cell of Rizza et al. (2021) Sci Rep 11:3873. I = gkbar m^3 h (v - ek). With w = v + 11 (liquid
junction potential), times in ms:

    m_inf = 1/(1 + exp(-(w + 24)/15.4))          h_inf = 0.31 + 0.69/(1 + exp((w + 5.802)/11.2))
    tau_m Q = 1000 (w < -35 ? 3 (3.4225e-5 + 0.00498 exp(w/28.29))
                            : 0.00012851 + 1/(exp((w + 100.7)/12.9) + exp(-(w - 56)/23.1)))
    tau_h Q = 1000 (w > 0 ? 0.0012 + 0.0023 exp(-0.141 w) : 1.2202e-5 + 0.012 exp(-((w + 56.3)/49.6)^2))

Q = 3^((T - 37)/10), T in degC, is worked out at initialisation (factor). The time constants jump at w = -35 and w = 0
as published.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Kv3_4
    USEION k READ ek WRITE ik
    RANGE gkbar, g, ik
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gkbar = 0.004 (S/cm2)
    celsius (degC)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    factor
}

STATE { m h }

INITIAL {
    factor = 3^((celsius - 37(degC))/10(degC))
    m = m_inf(v + 11)
    h = h_inf(v + 11)
}

BREAKPOINT {
    CONDUCTANCE g USEION k
    SOLVE states METHOD cnexp
    g = gkbar*m*m*m*h
    ik = g*(v - ek)
}

DERIVATIVE states {
    LOCAL w
    w = v + 11
    m' = (m_inf(w) - m)*factor/tau_m(w)
    h' = (h_inf(w) - h)*factor/tau_h(w)
}

FUNCTION m_inf(w (mV)) {
    m_inf = 1/(1 + exp(-(w + 24(mV))/15.4(mV)))
}

FUNCTION h_inf(w (mV)) {
    h_inf = 0.31 + 0.69/(1 + exp((w + 5.802(mV))/11.2(mV)))
}

FUNCTION tau_m(w (mV)) (ms) {
    if (w < -35) {
        tau_m = 3000(ms)*(3.4225e-5 + 0.00498*exp(w/28.29(mV)))
    } else {
        tau_m = 0.12851(ms) + 1000(ms)/(exp((w + 100.7(mV))/12.9(mV)) + exp(-(w - 56(mV))/23.1(mV)))
    }
}

FUNCTION tau_h(w (mV)) (ms) {
    LOCAL x
    if (w > 0) {
        tau_h = 1.2(ms) + 2.3(ms)*exp(-0.141(/mV)*w)
    } else {
        x = (w + 56.3(mV))/49.6(mV)
        tau_h = 0.012202(ms) + 12(ms)*exp(-x*x)
    }
}
