TITLE K_Pst, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX K_Pst
  USEION k READ ek WRITE ik
  RANGE gK_Pstbar, gK_Pst, ik, mInf, mTau, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gK_Pstbar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  gK_Pst (S/cm2)
  mInf
  mTau
  hInf
  hTau
}

STATE { m h }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gK_Pst = gK_Pstbar*m*m*h
  ik = gK_Pst*(v - ek)
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
  v = v + 10
  mInf = 1/(1 + exp(-(v + 1)/12))
  if (v < -50) {
    mTau = (1.25 + 175.03*exp(v*0.026))/qt
  } else {
    mTau = (1.25 + 13*exp(-v*0.026))/qt
  }
  hInf = 1/(1 + exp((v + 54)/11))
  hTau = (360 + (1010 + 24*(v + 55))*exp(-((v + 75)/48)^2))/qt
  v = v - 10
}
