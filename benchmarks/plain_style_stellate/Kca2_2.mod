TITLE Kca2_2, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Kca2_2
  USEION k READ ek WRITE ik
  USEION ca READ cai
  RANGE gkbar, ik, g, f1, b1, f2, b2, f3, b3, f4, b4, f5, b5
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gkbar = 0.01 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  g
  cai (mM)
  f1
  b1
  f2
  b2
  f3
  b3
  f4
  b4
  f5
  b5
  qt
}

STATE { c1 c2 c3 c4 o1 o2 }

INITIAL {
  SOLVE kinetics STEADYSTATE sparse
}

BREAKPOINT {
  SOLVE kinetics METHOD sparse
  g = gkbar*(o1 + o2)
  ik = g*(v - ek)
}

KINETIC kinetics {
  rates(v)
  ~ c1 <-> c2 (f1, b1)
  ~ c2 <-> c3 (f2, b2)
  ~ c3 <-> c4 (f3, b3)
  ~ c3 <-> o1 (f4, b4)
  ~ c4 <-> o2 (f5, b5)
  CONSERVE c1 + c2 + c3 + c4 + o1 + o2 = 1
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 23)/10)
  f1 = 200*(cai/3)*qt
  b1 = 0.08*qt
  f2 = 160*(cai/3)*qt
  b2 = 0.08*qt
  f3 = 80*(cai/3)*qt
  b3 = 0.2*qt
  f4 = 0.16*qt
  b4 = 1*qt
  f5 = 1.2*qt
  b5 = 0.1*qt
}
