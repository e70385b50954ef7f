TITLE Fast inactivating sodium current of the soma

COMMENT
Colbert and Pan (2002) Nat Neurosci 5:533, shifted by +6 mV for the soma, Hay et al. (2011) PLoS Comput Biol 7:e1002107, Methods.
I = g m^3 h (v - ena); qt = 2.3^1.3 (21 to 34 degC, a constant) divides both time constants 1/(alpha + beta).

    alpha_m = 0.182 (v + 32)/(1 - exp(-(v + 32)/6))    beta_m = -0.124 (v + 32)/(1 - exp((v + 32)/6))
    alpha_h = -0.015 (v + 60)/(1 - exp((v + 60)/6))    beta_h = 0.015 (v + 60)/(1 - exp(-(v + 60)/6))

With x = -(v + 32)/6, e = exp(x) and L(x) = x/(e - 1): alpha_m = 0.182*6 L(x), beta_m = 0.124*6 L(x) e. Both
gates have the slope 6, so the exponential of h is exp((60 - 32)/6)/e: one exponential serves all four.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX NaTs2_t
    USEION na READ ena WRITE ina
    RANGE gNaTs2_tbar, gNaTs2_t, ina
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gNaTs2_tbar = 1e-5 (S/cm2)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
    gNaTs2_t (S/cm2)
}

STATE { m h }

INITIAL {
    LOCAL e
    e = exp(-(v + 32)/6)
    m = 0.182/(0.182 + 0.124*e)
    h = 1/(1 + exp((v + 60)/6))
}

BREAKPOINT {
    CONDUCTANCE gNaTs2_t USEION na
    SOLVE states METHOD cnexp
    gNaTs2_t = gNaTs2_tbar*m*m*m*h
    ina = gNaTs2_t*(v - ena)
}

DERIVATIVE states {
    LOCAL x, e, f, am, bm, ah, bh
    x = -(v + 32)/6
    e = exp(x)
    f = 2.3^1.3*6*linoid(x, e)
    am = 0.182*f
    bm = am + 0.124*f*e
    x = (v + 60)/6
    e = exp((60 - 32)/6.0)/e
    ah = 2.3^1.3*0.015*6*linoid(x, e)
    bh = ah + ah*e
    m' = am - bm*m
    h' = ah - bh*h
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
