TITLE Currents of a motoneuron soma: fast and persistent sodium, fast and slow potassium, leak

COMMENT
Two-compartment motoneuron of Cisi and Kohn (2008) J Comput Neurosci 25:520, with the persistent sodium current
and the values of the NERLab pools (docs/reference/motor.md). Voltages are in the frame of Hodgkin and Huxley
(1952) J Physiol 117:500: rest is near 0 mV. With u = v - vtraub and L(x, k) = x/(exp(x/k) - 1):

    ina = gnabar m^3 h (v - ena) + gnapbar p^3 (v - ena)
    ik  = gkfbar n^4 (v - ek) + gksbar r^2 (v - ek)        il = gl (v - el)

    alpha_m = 0.64 L(15 - u, 4)                            beta_m = 0.56 L(u - 40, 5)
    alpha_h = 0.928 exp((17 - u)/18)                       beta_h = 9/(exp((40 - u)/5) + 1)
    alpha_p = 0.64 L(5 - u, 4)                             beta_p = 0.56 L(u - 30, 5)
    alpha_n = 0.08 L(15 - u, 7)                            beta_n = 2 exp((10 - u)/40)
    alpha_r = 3.5/(exp((55 - u)/4) + 1)                    beta_r = rinact

mact is part of published parameter sets and stands in no equation.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX napp
    USEION na READ ena WRITE ina
    USEION k READ ek WRITE ik
    NONSPECIFIC_CURRENT il
    RANGE gnabar, gnapbar, gkfbar, gksbar, gl, el, vtraub, mact, rinact
    RANGE m_alpha_A, m_alpha_v_offset, m_alpha_k, m_beta_A, m_beta_v_offset, m_beta_k
    RANGE h_alpha_A, h_alpha_v_offset, h_alpha_tau, h_beta_A, h_beta_v_offset, h_beta_k
    RANGE p_alpha_A, p_alpha_v_offset, p_alpha_k, p_beta_A, p_beta_v_offset, p_beta_k
    RANGE n_alpha_A, n_alpha_v_offset, n_alpha_k, n_beta_A, n_beta_v_offset, n_beta_tau
    RANGE r_alpha_A, r_alpha_v_offset, r_alpha_k
    RANGE gna, gnap, gkf, gks, inaf, inap, ikf, iks
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gnabar = 0.030 (S/cm2)
    gnapbar = 3.3e-5 (S/cm2)
    gkfbar = 0.016 (S/cm2)
    gksbar = 0.004 (S/cm2)
    gl = 3e-4 (S/cm2)
    el = -54.3 (mV)
    vtraub = 50 (mV)
    mact = 15 (mV)
    rinact = 0.05 (/ms)
    m_alpha_A = 0.64 (/ms/mV)
    m_alpha_v_offset = 15 (mV)
    m_alpha_k = 4 (mV)
    m_beta_A = 0.56 (/ms/mV)
    m_beta_v_offset = 40 (mV)
    m_beta_k = 5 (mV)
    h_alpha_A = 0.928 (/ms)
    h_alpha_v_offset = 17 (mV)
    h_alpha_tau = 18 (mV)
    h_beta_A = 9 (/ms)
    h_beta_v_offset = 40 (mV)
    h_beta_k = 5 (mV)
    p_alpha_A = 0.64 (/ms/mV)
    p_alpha_v_offset = 5 (mV)
    p_alpha_k = 4 (mV)
    p_beta_A = 0.56 (/ms/mV)
    p_beta_v_offset = 30 (mV)
    p_beta_k = 5 (mV)
    n_alpha_A = 0.08 (/ms/mV)
    n_alpha_v_offset = 15 (mV)
    n_alpha_k = 7 (mV)
    n_beta_A = 2 (/ms)
    n_beta_v_offset = 10 (mV)
    n_beta_tau = 40 (mV)
    r_alpha_A = 3.5 (/ms)
    r_alpha_v_offset = 55 (mV)
    r_alpha_k = 4 (mV)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ek (mV)
    ina (mA/cm2)
    ik (mA/cm2)
    il (mA/cm2)
    inaf (mA/cm2)
    inap (mA/cm2)
    ikf (mA/cm2)
    iks (mA/cm2)
    gna (S/cm2)
    gnap (S/cm2)
    gkf (S/cm2)
    gks (S/cm2)
}

STATE { m h p n r }

INITIAL {
    LOCAL u, a
    u = v - vtraub
    a = m_alpha_A*linoid(m_alpha_v_offset - u, m_alpha_k)
    m = a/(a + m_beta_A*linoid(u - m_beta_v_offset, m_beta_k))
    a = h_alpha_A*exp((h_alpha_v_offset - u)/h_alpha_tau)
    h = a/(a + h_beta_A/(exp((h_beta_v_offset - u)/h_beta_k) + 1))
    a = p_alpha_A*linoid(p_alpha_v_offset - u, p_alpha_k)
    p = a/(a + p_beta_A*linoid(u - p_beta_v_offset, p_beta_k))
    a = n_alpha_A*linoid(n_alpha_v_offset - u, n_alpha_k)
    n = a/(a + n_beta_A*exp((n_beta_v_offset - u)/n_beta_tau))
    a = r_alpha_A/(exp((r_alpha_v_offset - u)/r_alpha_k) + 1)
    r = a/(a + rinact)
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    gna = gnabar*m*m*m*h
    gnap = gnapbar*p*p*p
    gkf = gkfbar*n*n*n*n
    gks = gksbar*r*r
    inaf = gna*(v - ena)
    inap = gnap*(v - ena)
    ikf = gkf*(v - ek)
    iks = gks*(v - ek)
    ina = inaf + inap
    ik = ikf + iks
    il = gl*(v - el)
}

DERIVATIVE states {
    LOCAL u, am, bm, ah, bh, ap, bp, an, bn, ar
    u = v - vtraub
    am = m_alpha_A*linoid(m_alpha_v_offset - u, m_alpha_k)
    bm = m_beta_A*linoid(u - m_beta_v_offset, m_beta_k)
    ah = h_alpha_A*exp((h_alpha_v_offset - u)/h_alpha_tau)
    bh = h_beta_A/(exp((h_beta_v_offset - u)/h_beta_k) + 1)
    ap = p_alpha_A*linoid(p_alpha_v_offset - u, p_alpha_k)
    bp = p_beta_A*linoid(u - p_beta_v_offset, p_beta_k)
    an = n_alpha_A*linoid(n_alpha_v_offset - u, n_alpha_k)
    bn = n_beta_A*exp((n_beta_v_offset - u)/n_beta_tau)
    ar = r_alpha_A/(exp((r_alpha_v_offset - u)/r_alpha_k) + 1)
    m' = am - (am + bm)*m
    h' = ah - (ah + bh)*h
    p' = ap - (ap + bp)*p
    n' = an - (an + bn)*n
    r' = ar - (ar + rinact)*r
}

: x/(exp(x/k) - 1); both parts vanish at x = 0, where the first two terms of the series take over.
FUNCTION linoid(x (mV), k (mV)) (mV) {
    if (fabs(x/k) < 1e-6) {
        linoid = k*(1 - x/k/2)
    } else {
        linoid = x/(exp(x/k) - 1)
    }
}
