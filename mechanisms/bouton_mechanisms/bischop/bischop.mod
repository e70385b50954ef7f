TITLE Currents, calcium and parvalbumin of a striatal fast-spiking interneuron

COMMENT
Bischop, Orduz, Lambot, Schiffmann and Gall (2012) Front Mol Neurosci 5:78, in the form that is used with
CompNeuroPy 1.0.4 (HHneuronBischop): one compartment, no temperature factor.

    i_L = g_L (v - E_L)             i_Na = g_Na m^3 h (v - E_Na)    i_Kv1 = g_Kv1 n1^4 (v - E_K)
    i_Kv3 = g_Kv3 n3^2 (v - E_K)    i_SK = g_SK k^2 (v - E_K)       i_Ca = g_Ca a^2 (v - E_Ca)

m = am/(am + bm) and a = 1/(1 + exp((-6 - v)/7.775)) follow v at once; h, n1, n3 obey x' = a (1 - x) - b x:

    am = 40 (75.5 - v)/(exp((75.5 - v)/13.5) - 1)       bm = 1.2262 exp(-v/42.248)
    ah = 0.0035 exp(-v/24.186)                          bh = 0.017 (-51.25 - v)/(exp((-51.25 - v)/5.2) - 1)
    an1 = 0.014 (-44 - v)/(exp((-44 - v)/2.3) - 1)      bn1 = 0.0043 exp((44 + v)/34)
    an3 = (95 - v)/(exp((95 - v)/11.8) - 1)             bn3 = 0.025 exp(-v/22.222)
    k' = Ca - (K_SK + Ca) k

Calcium in a shell of depth d, with parvalbumin PV = PV_T - PV_Ca - PV_Mg, J = k_on_ca Ca PV - k_off_ca PV_Ca:

    PV_Ca' = J      PV_Mg' = k_on_mg Mg PV - k_off_mg PV_Mg
    Ca' = influx I_Ca/(2 F A d) - gamma (Ca - Ca_rest) - J

I_Ca/A is the current density, so A does not appear below. In the published code the first term has the wrong
sign, and the pA, um and C/mol in it are taken as they are, which makes it 1e6 times too small for uM/ms. The
parameter influx is 1 for that code and -1e6 for the term that is meant. (1 mA/cm2 is 10 pA/um2.)

In that code every state starts at 0. With steady = 1 the gates start at rest at the first potential, and calcium
and parvalbumin in equilibrium at Ca_rest.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX bischop
    NONSPECIFIC_CURRENT i
    RANGE g_L, g_Na, g_Kv1, g_Kv3, g_SK, g_Ca, E_L, E_Na, E_K, E_Ca
    RANGE K_SK, F, d, gamma, Ca_rest, k_on_ca, k_off_ca, k_on_mg, k_off_mg, Mg, PV_T, influx, steady
    RANGE i, i_L, i_Na, i_Kv1, i_Kv3, i_SK, i_Ca
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
    (molar) = (1/liter)
    (uM) = (micromolar)
    (um) = (micron)
}

PARAMETER {
    g_L = 8.333333333333333e-5 (S/cm2)
    g_Na = 0.02333333333333333 (S/cm2)
    g_Kv1 = 6.666666666666667e-5 (S/cm2)
    g_Kv3 = 0.01 (S/cm2)
    g_SK = 6.666666666666667e-5 (S/cm2)
    g_Ca = 0.001 (S/cm2)
    E_L = -68 (mV)
    E_Na = 74 (mV)
    E_K = -90 (mV)
    E_Ca = 80 (mV)
    K_SK = 0.5 (uM)
    F = 96485.332
    d = 0.2 (um)
    gamma = 1 (/ms)
    Ca_rest = 0.07 (uM)
    k_on_ca = 0.1 (/uM-ms)
    k_off_ca = 0.001 (/ms)
    k_on_mg = 0.0008 (/uM-ms)
    k_off_mg = 0.025 (/ms)
    Mg = 500 (uM)
    PV_T = 63.5 (uM)
    influx = 1
    steady = 0
}

ASSIGNED {
    v (mV)
    i (mA/cm2)
    i_L (mA/cm2)
    i_Na (mA/cm2)
    i_Kv1 (mA/cm2)
    i_Kv3 (mA/cm2)
    i_SK (mA/cm2)
    i_Ca (mA/cm2)
}

STATE {
    h
    n1
    n3
    PV_Mg (uM)
    PV_Ca (uM)
    Ca (uM)
    k
}

INITIAL {
    LOCAL a, b, c
    h = 0
    n1 = 0
    n3 = 0
    PV_Mg = 0
    PV_Ca = 0
    Ca = 0
    k = 0
    if (steady > 0) {
        a = 0.0035*exp(-v/24.186)
        b = 0.017*linoid(-51.25 - v, 5.2)
        h = a/(a + b)
        a = 0.014*linoid(-44 - v, 2.3)
        b = 0.0043*exp((44 + v)/34)
        n1 = a/(a + b)
        a = linoid(95 - v, 11.8)
        b = 0.025*exp(-v/22.222)
        n3 = a/(a + b)
        Ca = Ca_rest
        k = Ca/(K_SK + Ca)
        : PV_Ca = a PV and PV_Mg = b PV, so PV = PV_T/(1 + a + b)
        a = k_on_ca*Ca/k_off_ca
        b = k_on_mg*Mg/k_off_mg
        c = PV_T/(1 + a + b)
        PV_Ca = a*c
        PV_Mg = b*c
    }
}

BREAKPOINT {
    LOCAL m
    SOLVE states METHOD cnexp
    m = 40*linoid(75.5 - v, 13.5)
    m = m/(m + 1.2262*exp(-v/42.248))
    i_L = g_L*(v - E_L)
    i_Na = g_Na*m*m*m*h*(v - E_Na)
    i_Kv1 = g_Kv1*n1*n1*n1*n1*(v - E_K)
    i_Kv3 = g_Kv3*n3*n3*(v - E_K)
    i_SK = g_SK*k*k*(v - E_K)
    i_Ca = calcium(v)
    i = i_L + i_Na + i_Kv1 + i_Kv3 + i_SK + i_Ca
}

DERIVATIVE states {
    LOCAL ah, bh, an1, bn1, an3, bn3, q
    ah = 0.0035*exp(-v/24.186)
    bh = 0.017*linoid(-51.25 - v, 5.2)
    an1 = 0.014*linoid(-44 - v, 2.3)
    bn1 = 0.0043*exp((44 + v)/34)
    an3 = linoid(95 - v, 11.8)
    bn3 = 0.025*exp(-v/22.222)
    q = influx*10*calcium(v)/(2*F*d)
    h' = ah*(1 - h) - bh*h
    n1' = an1*(1 - n1) - bn1*n1
    n3' = an3*(1 - n3) - bn3*n3
    PV_Mg' = k_on_mg*Mg*(PV_T - PV_Ca - PV_Mg) - k_off_mg*PV_Mg
    PV_Ca' = k_on_ca*Ca*(PV_T - PV_Ca - PV_Mg) - k_off_ca*PV_Ca
    Ca' = q - gamma*(Ca - Ca_rest) - k_on_ca*Ca*(PV_T - PV_Ca - PV_Mg) + k_off_ca*PV_Ca
    k' = Ca - (K_SK + Ca)*k
}

FUNCTION calcium(v (mV)) (mA/cm2) {
    LOCAL a
    a = 1/(1 + exp((-6 - v)/7.775))
    calcium = g_Ca*a*a*(v - E_Ca)
}

: y/(exp(y/s) - 1). Near y = 0 both parts vanish; there the Taylor series is
: used, whose first term left out is below 4e-17 of the whole.
FUNCTION linoid(y, s) {
    LOCAL x, q
    x = y/s
    if (fabs(x) < 0.05) {
        q = x*x
        linoid = s*(1 - 0.5*x + q*(1/12.0 - q*(1/720.0 - q/30240.0)))
    } else {
        linoid = y/(exp(x) - 1)
    }
}
