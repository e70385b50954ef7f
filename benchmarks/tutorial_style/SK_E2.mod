TITLE SK_E2, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX SK_E2
  USEION k READ ek WRITE ik
  USEION ca READ cai
  RANGE gSK_E2bar, gSK_E2, ik, zInf
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gSK_E2bar = 1e-6 (mho/cm2)
  zTau = 1 (ms)
}

ASSIGNED {
  v (mV)
  ek (mV)
  cai (mM)
  ik (mA/cm2)
  gSK_E2 (mho/cm2)
  zInf
}

STATE { z }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gSK_E2 = gSK_E2bar*z
  ik = gSK_E2*(v - ek)
}

DERIVATIVE states {
  rates()
  z' = (zInf - z)/zTau
}

INITIAL {
  rates()
  z = zInf
}

PROCEDURE rates() {
  LOCAL ca
  ca = cai
  if (ca < 1e-7) { ca = ca + 1e-7 }
  zInf = 1/(1 + (0.00043/ca)^4.8)
}
