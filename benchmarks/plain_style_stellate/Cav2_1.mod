TITLE Cav2_1, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Cav2_1
  USEION ca READ cai, cao WRITE ica
  RANGE pcabar, ica, g, mInf, mTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
  FARADAY = (faraday) (coulombs)
  R = (k-mole) (joule/degC)
}

PARAMETER {
  pcabar = 2.2e-4 (cm/s)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ica (mA/cm2)
  g
  cai (mM)
  cao (mM)
  mInf
  mTau
  qt
}

STATE { m }

INITIAL {
  rates(v)
  m = mInf
}

BREAKPOINT {
  SOLVE states METHOD cnexp
  g = pcabar*m^3
  ica = 1e3*g*ghk(v, cai, cao)
}

DERIVATIVE states {
  rates(v)
  m' = (mInf - m)/mTau
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 23)/10)
  mInf = 1/(1 + exp(-(v + 29.458)/8.429))
  if (v >= -40) {
    mTau = (0.2702 + 1.1622*exp(-(v + 26.798)^2/164.19))/qt
  } else {
    mTau = 0.6923*exp(v/1089.372)/qt
  }
}

FUNCTION ghk(v (mV), ci (mM), co (mM)) {
  LOCAL x
  x = 1e-3*2*FARADAY*v/(R*(celsius + 273.15))
  if (fabs(x) < 1e-6) {
    ghk = 1e-6*2*FARADAY*(ci - co*exp(-x))*(1 + x/2)
  } else {
    ghk = 1e-6*2*x*FARADAY*(ci - co*exp(-x))/(1 - exp(-x))
  }
}
