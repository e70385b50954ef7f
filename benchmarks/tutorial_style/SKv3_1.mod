TITLE SKv3_1, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX SKv3_1
  USEION k READ ek WRITE ik
  RANGE gSKv3_1bar, gSKv3_1, ik, mInf, mTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gSKv3_1bar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  gSKv3_1 (S/cm2)
  mInf
  mTau
}

STATE { m }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gSKv3_1 = gSKv3_1bar*m
  ik = gSKv3_1*(v - ek)
}

DERIVATIVE states {
  rates()
  m' = (mInf - m)/mTau
}

INITIAL {
  rates()
  m = mInf
}

PROCEDURE rates() {
  mInf = 1/(1 + exp((v - 18.7)/-9.7))
  mTau = 0.2*20/(1 + exp((v + 46.56)/-44.14))
}
