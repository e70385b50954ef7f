TITLE Kv3_4, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Kv3_4
  USEION k READ ek WRITE ik
  RANGE gkbar, ik, g, mInf, mTau, hInf, hTau
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}

PARAMETER {
  gkbar = 0.004 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  g
  w
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
  g = gkbar*m^3*h
  ik = g*(v - ek)
}

DERIVATIVE states {
  rates(v)
  m' = (mInf - m)/mTau
  h' = (hInf - h)/hTau
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 37)/10)
  w = v + 11
  mInf = 1/(1 + exp(-(w + 24)/15.4))
  if (w < -35) {
    mTau = 1000*3*(3.4225e-5 + 0.00498*exp(w/28.29))/qt
  } else {
    mTau = 1000*(0.00012851 + 1/(exp((w + 100.7)/12.9) + exp(-(w - 56)/23.1)))/qt
  }
  hInf = 0.31 + 0.69/(1 + exp((w + 5.802)/11.2))
  if (w > 0) {
    hTau = 1000*(0.0012 + 0.0023*exp(-0.141*w))/qt
  } else {
    hTau = 1000*(1.2202e-5 + 0.012*exp(-((w + 56.3)/49.6)^2))/qt
  }
}
