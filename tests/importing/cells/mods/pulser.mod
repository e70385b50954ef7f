NEURON {
  POINT_PROCESS pulser
  NONSPECIFIC_CURRENT i
  RANGE vth, amp, width, refrac
}
PARAMETER { vth = -62 (millivolt) amp = 0.4 (nanoamp) width = 1 (ms) refrac = 11 (ms) }
ASSIGNED { v (millivolt) i (nanoamp) last (ms) }
INITIAL { last = -1000 i = 0 }
BREAKPOINT {
  if (t - last > refrac && v > vth) { last = t }
  i = 0
  if (t - last < width) { i = -amp }
}
