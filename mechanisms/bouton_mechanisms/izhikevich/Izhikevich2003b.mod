TITLE Neuron of Izhikevich (2003) that is the membrane of its section

COMMENT
C v' = -i with i = -0.001 (0.04 v^2 + f v + g - u + Iin) nA, u' = a (b v - u)
With a section of 0.001 nF (100 um2 at 1 uF/cm2) this is the model in mV and ms.
When v rises above thresh: an event, v = c, u = u + d.
Source: Izhikevich (2003) IEEE Trans Neural Netw 14:1569.
ENDCOMMENT

NEURON {
  POINT_PROCESS Izhikevich2003b
  NONSPECIFIC_CURRENT i
  RANGE a, b, c, d, f, g, Iin, thresh, V0, u0
}

PARAMETER {
  a = 0.02 (/ms)
  b = 0.2
  c = -65 (millivolt)
  d = 6
  f = 5
  g = 140
  Iin = 0
  thresh = 30 (millivolt)
  V0 = -65 (millivolt)
  u0 = 0
}

ASSIGNED { v (millivolt) i (nanoamp) }

STATE { u }

INITIAL {
  u = u0
  net_send(0, 1)
}

BREAKPOINT {
  SOLVE change METHOD derivimplicit
  i = -0.001*(0.04*v*v + f*v + g - u + Iin)
}

DERIVATIVE change { u' = a*(b*v - u) }

NET_RECEIVE (w) {
  if (flag == 1) {
    WATCH (v > thresh) 2
    v = V0 : after WATCH, or NEURON forgets it
  } else if (flag == 2) {
    net_event(t)
    v = c
    u = u + d
  }
}
