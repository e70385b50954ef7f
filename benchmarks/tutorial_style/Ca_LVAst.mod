TITLE Ca_LVAst, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `hay`. Every rate is stored per segment, each exponential of the
published formula is evaluated, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Ca_LVAst
  USEION ca READ eca WRITE ica
  RANGE gCa_LVAstbar, gCa_LVAst, ica, mInf, mTau, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  gCa_LVAstbar = 1e-5 (S/cm2)
}

ASSIGNED {
  v (mV)
  eca (mV)
  ica (mA/cm2)
  gCa_LVAst (S/cm2)
  mInf
  mTau
  hInf
  hTau
}

STATE { m h }

BREAKPOINT {
  SOLVE states METHOD cnexp
  gCa_LVAst = gCa_LVAstbar*m*m*h
  ica = gCa_LVAst*(v - eca)
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
  mInf = 1/(1 + exp((v + 30)/-6))
  mTau = (5 + 20/(1 + exp((v + 25)/5)))/qt
  hInf = 1/(1 + exp((v + 80)/6.4))
  hTau = (20 + 50/(1 + exp((v + 40)/7)))/qt
  v = v - 10
}
