NEURON {
  POINT_PROCESS drivepoint
  NONSPECIFIC_CURRENT i
  RANGE gain, drive, u
}
PARAMETER { gain = 1 drive = 12 }
ASSIGNED { v (millivolt) i (nanoamp) }
STATE { u }
INITIAL { u = 0.2*v net_send(0, 1) }
BREAKPOINT {
  SOLVE change METHOD derivimplicit
  i = -0.1*(0.04*v*v + 5*v + 140 - u + gain*drive)
}
DERIVATIVE change { u' = 0.02*(0.2*v - u) }
NET_RECEIVE (w) {
  if (flag == 1) { WATCH (v > 30) 2 }
  else if (flag == 2) { net_event(t) v = -65 u = u + 6 }
}
