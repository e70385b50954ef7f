TITLE HCN1, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX HCN1
  USEION h WRITE ih VALENCE 1
  RANGE gbar, ih, g, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}

PARAMETER {
  gbar = 1e-4 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ih (mA/cm2)
  g
  hInf
  hTau
  qt
}

STATE { h }

INITIAL {
  rates(v)
  h = hInf
}

BREAKPOINT {
  SOLVE states METHOD cnexp
  g = gbar*h
  ih = g*(v + 34.4)
}

DERIVATIVE states {
  rates(v)
  h' = (hInf - h)/hTau
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 37)/10)
  hInf = 1/(1 + exp((v + 99.6)/9.67))
  hTau = 1/(0.0018*(exp(-(v + 77.3)/22) + exp((v + 77.3)/7.14)))/qt
}
