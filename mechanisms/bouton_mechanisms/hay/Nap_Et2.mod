TITLE Persistent sodium current

COMMENT
Magistretti and Alonso (1999) J Gen Physiol 114:491, time constant of m after the transient current, as used
by Hay et al. (2011) PLoS Comput Biol 7:e1002107, Methods. I = g m^3 h (v - ena); qt = 2.3^1.3 (21 to 34 degC,
a constant).

    m_inf = 1/(1 + exp(-(v + 52.6)/4.6))    tau_m = 6/(alpha + beta)/qt, alpha and beta of m of NaTa_t
    h_inf = 1/(1 + exp((v + 48.8)/10))      tau_h = 1/(alpha + beta)/qt
    alpha_h = -2.88e-6 (v + 17)/(1 - exp((v + 17)/4.63))
    beta_h = 6.94e-6 (v + 64.4)/(1 - exp(-(v + 64.4)/2.63))
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Nap_Et2
    USEION na READ ena WRITE ina
    RANGE gNap_Et2bar, gNap_Et2, ina
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gNap_Et2bar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
    gNap_Et2 (S/cm2)
}

STATE { m h }

INITIAL {
    m = m_inf(v)
    h = h_inf(v)
}

BREAKPOINT {
    CONDUCTANCE gNap_Et2 USEION na
    SOLVE states METHOD cnexp
    gNap_Et2 = gNap_Et2bar*m*m*m*h
    ina = gNap_Et2*(v - ena)
}

DERIVATIVE states {
    LOCAL bm, bh
    bm = rate_m(v)
    bh = rate_h(v)
    m' = bm*(m_inf(v) - m)
    h' = bh*(h_inf(v) - h)
}

FUNCTION m_inf(v (mV)) {
    m_inf = 1/(1 + exp(-(v + 52.6)/4.6))
}

FUNCTION h_inf(v (mV)) {
    h_inf = 1/(1 + exp((v + 48.8)/10))
}

: (alpha + beta)/6 of the gate m of NaTa_t: both share x/(exp(x) - 1).
FUNCTION rate_m(v (mV)) (/ms) {
    LOCAL x, e
    x = -(v + 38)/6
    e = exp(x)
    rate_m = 2.3^1.3*(0.182 + 0.124*e)*linoid(x, e)
}

FUNCTION rate_h(v (mV)) (/ms) {
    LOCAL x, y
    x = (v + 17)/4.63
    y = -(v + 64.4)/2.63
    rate_h = 2.3^1.3*(2.88e-6*4.63*linoid(x, exp(x)) + 6.94e-6*2.63*linoid(y, exp(y)))
}

: x/(exp(x) - 1), given e = exp(x). Near x = 0 both parts vanish; there the
: Taylor series is used, whose first term left out is below 4e-17.
FUNCTION linoid(x, e) {
    LOCAL q
    if (fabs(x) < 0.05) {
        q = x*x
        linoid = 1 - 0.5*x + q*(1/12.0 - q*(1/720.0 - q/30240.0))
    } else {
        linoid = x/(e - 1)
    }
}
