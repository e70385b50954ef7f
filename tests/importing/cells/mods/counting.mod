NEURON { POINT_PROCESS counting RANGE tau }
INCLUDE "counting.inc"
NEURON { USEION other WRITE iother VALENCE 1 }
ASSIGNED { iother (nanoamp) }
