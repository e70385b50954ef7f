TITLE Cav3_3, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Cav3_3
  USEION ca READ cai, cao WRITE ica
  RANGE pcabar, ica, g, nInf, nTau, lInf, lTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
  (mM) = (milli/liter)
}

PARAMETER {
  pcabar = 1e-4 (cm/s)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ica (mA/cm2)
  g
  cai (mM)
  cao (mM)
  w
  nInf
  nTau
  lInf
  lTau
  qt
}

STATE { n l }

INITIAL {
  rates(v)
  n = nInf
  l = lInf
}

BREAKPOINT {
  SOLVE states METHOD cnexp
  w = 0.002*v*96520/(8.3134*(celsius + 273.14))
  g = pcabar*n^2*l
  ica = -1e-5*g*0.002*96520*(cao - cai*exp(w))*w/(exp(w) - 1)
}

DERIVATIVE states {
  rates(v)
  n' = (nInf - n)/nTau
  l' = (lInf - l)/lTau
}

PROCEDURE rates(v) {
  qt = 2.3^((celsius - 28)/10)
  nInf = 1/(1 + exp(-(v + 41.5)/6.2))
  if (v > -60) {
    nTau = (7.2 + 0.02*exp(-v/14.7))/qt
  } else {
    nTau = 0.875*exp((v + 120)/41)/qt
  }
  lInf = 1/(1 + exp((v + 69.8)/6.1))
  if (v > -60) {
    lTau = (79.5 + 2*exp(-v/9.3))/qt
  } else {
    lTau = 260/qt
  }
}
