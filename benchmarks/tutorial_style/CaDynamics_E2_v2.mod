TITLE Intracellular calcium concentration, version 2

COMMENT
Destexhe, Mainen and Sejnowski (1994) J Comput Neurosci 1:195, as used by Hay et al. (2011) PLoS Comput Biol
7:e1002107, Methods. A shell of thickness `depth` fills with the free part `gamma` of the calcium current and
empties towards minCai with time constant `decay`:

    cai' = -10000 ica gamma/(2 F depth) - (cai - minCai)/decay

The concentration starts at minCai.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX CaDynamics_E2_v2
    USEION ca READ ica WRITE cai
    RANGE decay, gamma, minCai, depth
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (um) = (micron)
    (mM) = (milli/liter)
    FARADAY = (faraday) (coulombs)
}

PARAMETER {
    gamma = 0.05
    decay = 80 (ms)
    depth = 0.1 (um)
    minCai = 1e-4 (mM)
}

ASSIGNED { ica (mA/cm2) }

STATE { cai (mM) }

INITIAL { cai = minCai }

BREAKPOINT { SOLVE states METHOD cnexp }

DERIVATIVE states {
    cai' = -10000*ica*gamma/(2*FARADAY*depth) - (cai - minCai)/decay
}
