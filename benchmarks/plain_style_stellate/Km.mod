TITLE Km, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Km
  USEION k READ ek WRITE ik
  RANGE gkbar, ik, g, nAlpha, nBeta, nInf, nTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}

PARAMETER {
  gkbar = 2.5e-4 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  g
  nAlpha
  nBeta
  nInf
  nTau
  qt
}

STATE { n }

INITIAL {
  rates(v)
  n = nInf
}

BREAKPOINT {
  SOLVE states METHOD cnexp
  g = gkbar*n
  ik = g*(v - ek)
}

DERIVATIVE states {
  rates(v)
  n' = (nInf - n)/nTau
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 22)/10)
  nAlpha = 0.0033*exp((v + 30)/40)
  nBeta = 0.0033*exp(-(v + 30)/20)
  nInf = 1/(1 + exp(-(v + 35)/6))
  nTau = 1/(nAlpha + nBeta)/qt
}
