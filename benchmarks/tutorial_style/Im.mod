TITLE Im, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Im
  USEION k READ ek WRITE ik
  RANGE gImbar, gIm, ik, mAlpha, mBeta, mInf, mTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gImbar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  gIm (S/cm2)
  mAlpha
  mBeta
  mInf
  mTau
}

STATE { m }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gIm = gImbar*m
  ik = gIm*(v - ek)
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
  LOCAL qt
  qt = 2.3^((34 - 21)/10)
  mAlpha = 3.3e-3*exp(2.5*0.04*(v + 35))
  mBeta = 3.3e-3*exp(-2.5*0.04*(v + 35))
  mInf = mAlpha/(mAlpha + mBeta)
  mTau = (1/(mAlpha + mBeta))/qt
}
