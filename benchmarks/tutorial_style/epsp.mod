TITLE Current of double-exponential shape

COMMENT
The dendritic current that stands for a synaptic potential in the protocol of Larkum, Zhu and Sakmann (1999)
Nature 398:338, as used by Hay et al. (2011) PLoS Comput Biol 7:e1002107, Methods. With s = t - onset >= 0:

    i = -imax (exp(-s/tau1) - exp(-s/tau0))/(exp(-p/tau1) - exp(-p/tau0))
    p = tau0 tau1 ln(tau0/tau1)/(tau0 - tau1), the time of the peak

i is a membrane current: negative depolarises, and its largest size is imax. Equal time constants have the
limit i = -imax (s/tau0) exp(1 - s/tau0).
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS epsp
    RANGE onset, tau0, tau1, imax, i, myv
    NONSPECIFIC_CURRENT i
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
}

PARAMETER {
    onset = 0 (ms)
    tau0 = 0.2 (ms)
    tau1 = 3 (ms)
    imax = 0 (nA)
}

ASSIGNED {
    v (mV)
    i (nA)
    myv (mV)
}

BREAKPOINT {
    myv = v
    if (t < onset) {
        i = 0
    } else {
        i = -imax*shape(t - onset)
    }
}

: 0 where the exponential is too small to matter.
FUNCTION decayed(x) {
    if (x < -100) {
        decayed = 0
    } else {
        decayed = exp(x)
    }
}

: Unit peak; the difference of nearly equal exponentials would lose all digits, hence the limit.
FUNCTION shape(s (ms)) {
    LOCAL peak
    if (fabs(tau0 - tau1) < 1e-7*tau1) {
        shape = s/tau0*decayed(1 - s/tau0)
    } else {
        peak = tau0*tau1*log(tau0/tau1)/(tau0 - tau1)
        shape = (decayed(-s/tau1) - decayed(-s/tau0))/(decayed(-peak/tau1) - decayed(-peak/tau0))
    }
}
