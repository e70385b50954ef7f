NEURON {
  SUFFIX store
  USEION ca READ ica, cai WRITE cai
  RANGE depth, kick, mark
  GLOBAL ceiling
}
UNITS { (mA) = (milliamp) (mM) = (milli/liter) (um) = (micron) }
PARAMETER { depth = 1 (um) ceiling = 1e9 (mM) kick[3] }
ASSIGNED { ica (mA/cm2) mark }
STATE { cai (mM) }
INITIAL { cai = 1e-4 + 1e-5*kick[1] }
BREAKPOINT { SOLVE change METHOD cnexp }
DERIVATIVE change { cai' = (1e-4 - cai)/(80*depth) + mark*1e-6 }
