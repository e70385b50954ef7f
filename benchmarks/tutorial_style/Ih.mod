TITLE Ih, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Ih
  NONSPECIFIC_CURRENT ihcn
  RANGE gIhbar, gIh, ihcn, mAlpha, mBeta, mInf, mTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gIhbar = 1e-5 (S/cm2)
  ehcn = -45 (mV)
}

ASSIGNED {
  v (mV)
  ihcn (mA/cm2)
  gIh (S/cm2)
  mAlpha
  mBeta
  mInf
  mTau
}

STATE { m }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gIh = gIhbar*m
  ihcn = gIh*(v - ehcn)
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
  if (v == -154.9) { v = v + 0.0001 }
  mAlpha = 0.001*6.43*(v + 154.9)/(exp((v + 154.9)/11.9) - 1)
  mBeta = 0.001*193*exp(v/33.1)
  mInf = mAlpha/(mAlpha + mBeta)
  mTau = 1/(mAlpha + mBeta)
}
