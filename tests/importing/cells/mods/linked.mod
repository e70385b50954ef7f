NEURON {
  SUFFIX linked
  NONSPECIFIC_CURRENT i
  POINTER level
  RANGE g
}
PARAMETER { g = 1e-5 (siemens/cm2) }
ASSIGNED { v (millivolt) i (milliamp/cm2) level }
BREAKPOINT { i = g*(1 + level)*(v + 70) }
