TITLE Kv4_3, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Kv4_3
  USEION k READ ek WRITE ik
  RANGE gkbar, ik, g, aAlpha, aBeta, bAlpha, bBeta, aInf, aTau, bInf, bTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}

PARAMETER {
  gkbar = 0.0032 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  g
  aAlpha
  aBeta
  bAlpha
  bBeta
  aInf
  aTau
  bInf
  bTau
  qt
}

STATE { a b }

INITIAL {
  rates(v)
  a = aInf
  b = bInf
}

BREAKPOINT {
  SOLVE states METHOD cnexp
  g = gkbar*a^3*b
  ik = g*(v - ek)
}

DERIVATIVE states {
  rates(v)
  a' = (aInf - a)/aTau
  b' = (bInf - b)/bTau
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 25.5)/10)
  aAlpha = 0.8147/(1 + exp(-(v + 9.17203)/23.32708))
  aBeta = 0.1655*exp(-(v + 18.27914)/19.47175)
  aInf = 1/(1 + exp(-(v + 38)/17))
  aTau = 1/(aAlpha + aBeta)/qt
  bAlpha = 0.0368/(1 + exp((v + 111.33209)/12.8433))
  bBeta = 0.0345/(1 + exp(-(v + 49.9537)/8.90123))
  bInf = 1/(1 + exp((v + 78.8)/8.4))
  bTau = 1/(bAlpha + bBeta)/qt
}
