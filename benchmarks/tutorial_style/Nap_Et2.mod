TITLE Nap_Et2, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Nap_Et2
  USEION na READ ena WRITE ina
  RANGE gNap_Et2bar, gNap_Et2, ina, mAlpha, mBeta, mInf, mTau, hAlpha, hBeta, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gNap_Et2bar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  ena (mV)
  ina (mA/cm2)
  gNap_Et2 (S/cm2)
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
  gNap_Et2 = gNap_Et2bar*m*m*m*h
  ina = gNap_Et2*(v - ena)
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
  mInf = 1/(1 + exp((v + 52.6)/-4.6))
  if (v == -38) { v = v + 0.0001 }
  mAlpha = (0.182*(v + 38))/(1 - exp(-(v + 38)/6))
  mBeta = (0.124*(-v - 38))/(1 - exp(-(-v - 38)/6))
  mTau = 6*(1/(mAlpha + mBeta))/qt
  if (v == -17) { v = v + 0.0001 }
  if (v == -64.4) { v = v + 0.0001 }
  hInf = 1/(1 + exp((v + 48.8)/10))
  hAlpha = -2.88e-6*(v + 17)/(1 - exp((v + 17)/4.63))
  hBeta = 6.94e-6*(v + 64.4)/(1 - exp(-(v + 64.4)/2.63))
  hTau = (1/(hAlpha + hBeta))/qt
}
