TITLE Cav3_2, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Cav3_2
  USEION ca READ cai, cao WRITE ica
  RANGE gcabar, ica, g, mInf, mTau, hInf, hTau
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
  gcabar = 8e-4 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ica (mA/cm2)
  g
  cai (mM)
  cao (mM)
  reversal (mV)
  mInf
  mTau
  hInf
  hTau
  qt
}

STATE { m h }

INITIAL {
  rates(v)
  m = mInf
  h = hInf
}

BREAKPOINT {
  SOLVE states METHOD cnexp
  reversal = 1e3*R*(celsius + 273.15)/(2*FARADAY)*log(cao/cai)
  g = gcabar*m^2*h
  ica = g*(v - reversal)
}

DERIVATIVE states {
  rates(v)
  m' = (mInf - m)/mTau
  h' = (hInf - h)/hTau
}

PROCEDURE rates(v) {
  qt = 1
  mInf = 1/(1 + exp(-(v + 54.8)/7.4))
  mTau = (1.9 + 1/(exp((v + 37)/11.9) + exp(-(v + 131.6)/21)))/5^1.2
  hInf = 1/(1 + exp((v + 85.5)/7.18))
  hTau = 13.7 + ((1942 + exp((v + 164)/9.2))/(1 + exp((v + 89.3)/3.7)))/3^1.2
}
