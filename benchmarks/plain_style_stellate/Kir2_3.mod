TITLE Kir2_3, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Kir2_3
  USEION k READ ek WRITE ik
  RANGE gkbar, ik, g, dAlpha, dBeta, dInf, dTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}

PARAMETER {
  gkbar = 0.01 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  g
  dAlpha
  dBeta
  dInf
  dTau
  qt
}

STATE { d }

INITIAL {
  rates(v)
  d = dInf
}

BREAKPOINT {
  SOLVE states METHOD cnexp
  g = gkbar*d
  ik = g*(v - ek)
}

DERIVATIVE states {
  rates(v)
  d' = (dInf - d)/dTau
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 20)/10)
  dAlpha = qt*0.13289*exp(-(v + 83.94)/24.3902)
  dBeta = qt*0.16994*exp((v + 83.94)/35.714)
  dInf = dAlpha/(dAlpha + dBeta)
  dTau = 1/(dAlpha + dBeta)
}
