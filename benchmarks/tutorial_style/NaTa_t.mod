TITLE NaTa_t, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX NaTa_t
  USEION na READ ena WRITE ina
  RANGE gNaTa_tbar, gNaTa_t, ina, mAlpha, mBeta, mInf, mTau, hAlpha, hBeta, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gNaTa_tbar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  ena (mV)
  ina (mA/cm2)
  gNaTa_t (S/cm2)
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
  gNaTa_t = gNaTa_tbar*m*m*m*h
  ina = gNaTa_t*(v - ena)
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
  LOCAL qt
  qt = 2.3^((34 - 21)/10)
  if (v == -38) { v = v + 0.0001 }
  mAlpha = (0.182*(v + 38))/(1 - exp(-(v + 38)/6))
  mBeta = (0.124*(-v - 38))/(1 - exp(-(-v - 38)/6))
  mTau = (1/(mAlpha + mBeta))/qt
  mInf = mAlpha/(mAlpha + mBeta)
  if (v == -66) { v = v + 0.0001 }
  hAlpha = (-0.015*(v + 66))/(1 - exp((v + 66)/6))
  hBeta = (-0.015*(-v - 66))/(1 - exp((-v - 66)/6))
  hTau = (1/(hAlpha + hBeta))/qt
  hInf = hAlpha/(hAlpha + hBeta)
}
