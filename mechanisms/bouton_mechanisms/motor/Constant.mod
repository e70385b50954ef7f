TITLE Constant current density

COMMENT
A bias current of the membrane, the same at all voltages: i = ic; positive values hyperpolarise. The motoneuron pools
(docs/reference/motor.md) insert it everywhere, with 0.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX Constant
    NONSPECIFIC_CURRENT i
    RANGE i, ic
}

UNITS {
    (mA) = (milliamp)
}

PARAMETER {
    ic = 0 (mA/cm2)
}

ASSIGNED {
    i (mA/cm2)
}

BREAKPOINT {
    i = ic
}
