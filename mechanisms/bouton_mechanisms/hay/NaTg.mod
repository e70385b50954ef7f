TITLE Fast inactivating sodium current with adjustable half points and slopes

COMMENT
Colbert and Pan (2002) Nat Neurosci 5:533, the form of Hay et al. (2011) PLoS Comput Biol 7:e1002107, with
half points -38 + vshiftm and -66 + vshifth (mV) and slopes slopem and slopeh (mV) per segment. The defaults
give NaTa_t. I = g m^3 h (v - ena); qt = 2.3^1.3 (21 to 34 degC, a constant) divides 1/(alpha + beta).

    alpha_m = 0.182 y/(1 - exp(-y/slopem))     beta_m = -0.124 y/(1 - exp(y/slopem))    y = v + 38 - vshiftm
    alpha_h = -0.015 z/(1 - exp(z/slopeh))     beta_h = 0.015 z/(1 - exp(-z/slopeh))    z = v + 66 - vshifth
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX NaTg
    USEION na READ ena WRITE ina
    RANGE gNaTgbar, gNaTg, ina, vshiftm, vshifth, slopem, slopeh
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gNaTgbar = 1e-5 (S/cm2)
    vshiftm = 0 (mV)
    vshifth = 0 (mV)
    slopem = 6 (mV)
    slopeh = 6 (mV)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
    gNaTg (S/cm2)
}

STATE { m h }

INITIAL {
    m = 0.182/(0.182 + 0.124*exp(-(v + 38 - vshiftm)/slopem))
    h = 1/(1 + exp((v + 66 - vshifth)/slopeh))
}

BREAKPOINT {
    CONDUCTANCE gNaTg USEION na
    SOLVE states METHOD cnexp
    gNaTg = gNaTgbar*m*m*m*h
    ina = gNaTg*(v - ena)
}

DERIVATIVE states {
    LOCAL x, e, f, am, bm, ah, bh
    x = -(v + 38 - vshiftm)/slopem
    e = exp(x)
    f = 2.3^1.3*slopem*linoid(x, e)
    am = 0.182*f
    bm = am + 0.124*f*e
    x = (v + 66 - vshifth)/slopeh
    e = exp(x)
    ah = 2.3^1.3*0.015*slopeh*linoid(x, e)
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
