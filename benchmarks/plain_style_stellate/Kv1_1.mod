TITLE Kv1_1, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Kv1_1
  USEION k READ ek WRITE ik
  RANGE gbar, ik, g, nAlpha, nBeta, nInf, nTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}

PARAMETER {
  gbar = 0.004 (S/cm2)
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
  g = gbar*n^4
  ik = g*(v - ek)
}

DERIVATIVE states {
  rates(v)
  n' = (nInf - n)/nTau
}

PROCEDURE rates(v) {
  qt = 2.7^((celsius - 22)/10)
  nAlpha = 0.12889*exp((v + 45)/33.90877)
  nBeta = 0.12889*exp(-(v + 45)/12.42101)
  nInf = nAlpha/(nAlpha + nBeta)
  nTau = 1/(nAlpha + nBeta)/qt
}
