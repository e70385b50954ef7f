NEURON {
  POINT_PROCESS follow
  NONSPECIFIC_CURRENT i
  POINTER other
  RANGE g
}
PARAMETER { g = 0.002 (microsiemens) }
ASSIGNED { v (millivolt) i (nanoamp) other (millivolt) }
BREAKPOINT { i = g*(v - other) }
