TITLE K_Tst, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX K_Tst
  USEION k READ ek WRITE ik
  RANGE gK_Tstbar, gK_Tst, ik, mInf, mTau, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gK_Tstbar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  gK_Tst (S/cm2)
  mInf
  mTau
  hInf
  hTau
}

STATE { m h }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gK_Tst = gK_Tstbar*(m^4)*h
  ik = gK_Tst*(v - ek)
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
  mInf = 1/(1 + exp(-v/19))
  mTau = (0.34 + 0.92*exp(-((v + 71)/59)^2))/qt
  hInf = 1/(1 + exp((v + 66)/10))
  hTau = (8 + 49*exp(-((v + 73)/23)^2))/qt
  v = v - 10
}
