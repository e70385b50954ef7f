TITLE Nav1_6, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Every rate is stored per segment, the temperature factor is
worked out at every step, and the conductance is left to numerical differentiation.
ENDCOMMENT

NEURON {
  SUFFIX Nav1_6
  USEION na READ ena WRITE ina
  RANGE gbar, ina, g, f1, b1, f2, b2, f3, b3, f4, b4, f5, b5, f6, b6, f7, b7, f8, b8, f9, b9, f10, b10, f11, b11, f12, b12, f13, b13, f14, b14, f15, b15, f16, b16, f17, b17
}

UNITS {
  (mV) = (millivolt)
  (mA) = (milliamp)
  (S) = (siemens)
}

PARAMETER {
  gbar = 0.01 (S/cm2)
  celsius (degC)
}

ASSIGNED {
  v (mV)
  ena (mV)
  ina (mA/cm2)
  g
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
  f14
  b14
  f15
  b15
  f16
  b16
  f17
  b17
  qt
}

STATE { C1 C2 C3 C4 C5 O B I1 I2 I3 I4 I5 I6 }

INITIAL {
  SOLVE kinetics STEADYSTATE sparse
}

BREAKPOINT {
  SOLVE kinetics METHOD sparse
  g = gbar*(O)
  ina = g*(v - ena)
}

KINETIC kinetics {
  rates(v)
  ~ C1 <-> C2 (f1, b1)
  ~ C2 <-> C3 (f2, b2)
  ~ C3 <-> C4 (f3, b3)
  ~ C4 <-> C5 (f4, b4)
  ~ C5 <-> O (f5, b5)
  ~ O <-> B (f6, b6)
  ~ O <-> I6 (f7, b7)
  ~ C1 <-> I1 (f8, b8)
  ~ C2 <-> I2 (f9, b9)
  ~ C3 <-> I3 (f10, b10)
  ~ C4 <-> I4 (f11, b11)
  ~ C5 <-> I5 (f12, b12)
  ~ I1 <-> I2 (f13, b13)
  ~ I2 <-> I3 (f14, b14)
  ~ I3 <-> I4 (f15, b15)
  ~ I4 <-> I5 (f16, b16)
  ~ I5 <-> I6 (f17, b17)
  CONSERVE C1 + C2 + C3 + C4 + C5 + O + B + I1 + I2 + I3 + I4 + I5 + I6 = 1
}

PROCEDURE rates(v) {
  qt = 3^((celsius - 22)/10)
  f1 = 4*150*exp(v/20)*qt
  b1 = 1*3*exp(-v/20)*qt
  f2 = 3*150*exp(v/20)*qt
  b2 = 2*3*exp(-v/20)*qt
  f3 = 2*150*exp(v/20)*qt
  b3 = 3*3*exp(-v/20)*qt
  f4 = 1*150*exp(v/20)*qt
  b4 = 4*3*exp(-v/20)*qt
  f5 = 150*qt
  b5 = 40*qt
  f6 = 1.75*qt
  b6 = 0.03*exp(-v/25)*qt
  f7 = 0.75*qt
  b7 = 0.005*qt
  f8 = 0.005*((0.75/0.005)^0.25)^0*qt
  b8 = 0.5*((0.005/0.5)^0.25)^0*qt
  f9 = 0.005*((0.75/0.005)^0.25)^1*qt
  b9 = 0.5*((0.005/0.5)^0.25)^1*qt
  f10 = 0.005*((0.75/0.005)^0.25)^2*qt
  b10 = 0.5*((0.005/0.5)^0.25)^2*qt
  f11 = 0.005*((0.75/0.005)^0.25)^3*qt
  b11 = 0.5*((0.005/0.5)^0.25)^3*qt
  f12 = 0.005*((0.75/0.005)^0.25)^4*qt
  b12 = 0.5*((0.005/0.5)^0.25)^4*qt
  f13 = 4*150*exp(v/20)*qt*(0.75/0.005)^0.25
  b13 = 1*3*exp(-v/20)*qt*(0.005/0.5)^0.25
  f14 = 3*150*exp(v/20)*qt*(0.75/0.005)^0.25
  b14 = 2*3*exp(-v/20)*qt*(0.005/0.5)^0.25
  f15 = 2*150*exp(v/20)*qt*(0.75/0.005)^0.25
  b15 = 3*3*exp(-v/20)*qt*(0.005/0.5)^0.25
  f16 = 1*150*exp(v/20)*qt*(0.75/0.005)^0.25
  b16 = 4*3*exp(-v/20)*qt*(0.005/0.5)^0.25
  f17 = 150*qt
  b17 = 40*qt
}
