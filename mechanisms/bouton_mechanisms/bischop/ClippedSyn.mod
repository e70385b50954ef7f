TITLE Conductance that can only depolarise, or only hyperpolarise

COMMENT
The synapses of CompNeuroPy 1.0.4 (HHneuronBischopSyn). An event adds its weight (nS) to the conductance g, which
decays with g' = -g/tau. The membrane current is clipped:

    i = min(g (v - e), 0) for an excitatory synapse (sign = 1), max(g (v - e), 0) for an inhibitory one (sign = -1)

so that beyond its reversal potential a synapse does nothing; that is not what ExpSyn does.
ENDCOMMENT

NEURON {
    THREADSAFE
    POINT_PROCESS ClippedSyn
    RANGE tau, e, sign, i
    NONSPECIFIC_CURRENT i
}

UNITS {
    (mV) = (millivolt)
    (nA) = (nanoamp)
    (nS) = (nanosiemens)
}

PARAMETER {
    tau = 10 (ms)
    e = 0 (mV)
    sign = 1
}

ASSIGNED {
    v (mV)
    i (nA)
}

STATE { g (nS) }

INITIAL { g = 0 }

BREAKPOINT {
    SOLVE decay METHOD cnexp
    i = 1e-3*g*(v - e)
    if (i*sign > 0) {
        i = 0
    }
}

DERIVATIVE decay { g' = -g/tau }

NET_RECEIVE(weight (nS)) { g = g + weight }
