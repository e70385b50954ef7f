TITLE cdp5, written the customary way, for comparison only

COMMENT
Same equations and names as the catalogue `stellate`. Rates are multiplied out at every step.
ENDCOMMENT

NEURON {
  SUFFIX cdp5
  USEION ca READ ica WRITE cai
  RANGE TotalPump, vrat
}

UNITS {
  (mA) = (milliamp)
  (um) = (micron)
  (mol) = (1)
  (molar) = (1/liter)
  (mM) = (millimolar)
  FARADAY = (faraday) (10000 coulomb)
  PI = (pi) (1)
}

PARAMETER {
  TotalPump = 1e-9 (mol/cm2)
}

ASSIGNED {
  diam (um)
  ica (mA/cm2)
  vrat (1)
}

STATE {
  cai (mM) <1e-3>
  buffer (mM)
  cabuffer (mM)
  pv (mM)
  capv (mM)
  mgpv (mM)
  pump (mol/cm2) <1e-15>
  pumpca (mol/cm2) <1e-15>
}

INITIAL {
  LOCAL d, a, b
  d = 0.5/(10.9495 - 1)/2
  vrat = PI*(0.5 - d/2)*2*d
  cai = 45e-6
  a = 0.1435(/mM-ms)*cai/0.0014(/ms)
  buffer = 60.9091(mM)/(1 + a)
  cabuffer = buffer*a
  a = 107(/mM-ms)*cai/9.5e-4(/ms)
  b = 0.8*0.59/0.025
  pv = 0.08(mM)/(1 + a + b)
  capv = pv*a
  mgpv = pv*b
  a = 0.003(/mM-ms)*cai/(1.75e-5(/ms) + 7.255e-5(/ms))
  pump = TotalPump/(1 + a)
  pumpca = pump*a
}

BREAKPOINT {
  SOLVE kinetics METHOD sparse
}

KINETIC kinetics {
  COMPARTMENT diam*diam*vrat {cai buffer cabuffer pv capv mgpv}
  COMPARTMENT (1e10)*PI*diam {pump pumpca}
  ~ cai << (-ica*PI*diam/(2*FARADAY))
  ~ cai + buffer <-> cabuffer (0.1435(/mM-ms)*diam*diam*vrat, 0.0014(/ms)*diam*diam*vrat)
  ~ cai + pv <-> capv (107(/mM-ms)*diam*diam*vrat, 9.5e-4(/ms)*diam*diam*vrat)
  ~ pv <-> mgpv (0.8(/mM-ms)*0.59(mM)*diam*diam*vrat, 0.025(/ms)*diam*diam*vrat)
  ~ cai + pump <-> pumpca (0.003(/mM-ms)*(1e10)*PI*diam, 1.75e-5(/ms)*(1e10)*PI*diam)
  ~ pumpca <-> pump (7.255e-5(/ms)*(1e10)*PI*diam, 0)
}
