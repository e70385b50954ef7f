TITLE Ca_HVA, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Ca_HVA
  USEION ca READ eca WRITE ica
  RANGE gCa_HVAbar, gCa_HVA, ica, mAlpha, mBeta, mInf, mTau, hAlpha, hBeta, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gCa_HVAbar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  eca (mV)
  ica (mA/cm2)
  gCa_HVA (S/cm2)
  mAlpha
  mBeta
  mInf
  mTau
  hAlpha
  hBeta
  hInf
  hTau
}

STATE { m h }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gCa_HVA = gCa_HVAbar*m*m*h
  ica = gCa_HVA*(v - eca)
}

DERIVATIVE states {
  rates()
  m' = (mInf - m)/mTau
  h' = (hInf - h)/hTau
}

INITIAL {
  rates()
  m = mInf
  h = hInf
}

PROCEDURE rates() {
  if (v == -27) { v = v + 0.0001 }
  mAlpha = (0.055*(-27 - v))/(exp((-27 - v)/3.8) - 1)
  mBeta = 0.94*exp((-75 - v)/17)
  mInf = mAlpha/(mAlpha + mBeta)
  mTau = 1/(mAlpha + mBeta)
  hAlpha = 0.000457*exp((-13 - v)/50)
  hBeta = 0.0065/(exp((-v - 15)/28) + 1)
  hInf = hAlpha/(hAlpha + hBeta)
  hTau = 1/(hAlpha + hBeta)
}
