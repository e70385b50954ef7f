TITLE Kca1_1, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Kca1_1
  USEION k READ ek WRITE ik
  USEION ca READ cai
  RANGE gbar, ik, g, f1, b1, f2, b2, f3, b3, f4, b4, f5, b5, f6, b6, f7, b7, f8, b8, f9, b9, f10, b10, f11, b11, f12, b12, f13, b13
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
  gbar = 0.01 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ek (mV)
  ik (mA/cm2)
  g
  cai (mM)
  f1
  b1
  f2
  b2
  f3
  b3
  f4
  b4
  f5
  b5
  f6
  b6
  f7
  b7
  f8
  b8
  f9
  b9
  f10
  b10
  f11
  b11
  f12
  b12
  f13
  b13
  qt
}

STATE { C0 C1 C2 C3 C4 O0 O1 O2 O3 O4 }

INITIAL {
  SOLVE kinetics STEADYSTATE sparse
}

BREAKPOINT {
  SOLVE kinetics METHOD sparse
  g = gbar*(O0 + O1 + O2 + O3 + O4)
  ik = g*(v - ek)
}

KINETIC kinetics {
  rates(v)
  ~ C0 <-> C1 (f1, b1)
  ~ C1 <-> C2 (f2, b2)
  ~ C2 <-> C3 (f3, b3)
  ~ C3 <-> C4 (f4, b4)
  ~ O0 <-> O1 (f5, b5)
  ~ O1 <-> O2 (f6, b6)
  ~ O2 <-> O3 (f7, b7)
  ~ O3 <-> O4 (f8, b8)
  ~ C0 <-> O0 (f9, b9)
  ~ C1 <-> O1 (f10, b10)
  ~ C2 <-> O2 (f11, b11)
  ~ C3 <-> O3 (f12, b12)
  ~ C4 <-> O4 (f13, b13)
  CONSERVE C0 + C1 + C2 + C3 + C4 + O0 + O1 + O2 + O3 + O4 = 1
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 23)/10)
  f1 = 4*1000*cai*qt
  b1 = 1*11*qt
  f2 = 3*1000*cai*qt
  b2 = 2*11*qt
  f3 = 2*1000*cai*qt
  b3 = 3*11*qt
  f4 = 1*1000*cai*qt
  b4 = 4*11*qt
  f5 = 4*1000*cai*qt
  b5 = 1*1.1*qt
  f6 = 3*1000*cai*qt
  b6 = 2*1.1*qt
  f7 = 2*1000*cai*qt
  b7 = 3*1.1*qt
  f8 = 1*1000*cai*qt
  b8 = 4*1.1*qt
  f9 = 0.00239*exp(0.73*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  b9 = 3.936*exp(-0.67*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  f10 = 0.007*exp(0.73*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  b10 = 1.152*exp(-0.67*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  f11 = 0.04*exp(0.73*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  b11 = 0.659*exp(-0.67*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  f12 = 0.295*exp(0.73*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  b12 = 0.486*exp(-0.67*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  f13 = 0.557*exp(0.73*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
  b13 = 0.092*exp(-0.67*1e-3*FARADAY*v/(R*(celsius + 273.15)))*qt
}
